@NullMarked
package io.tocsin.pipeline.mutate;

import org.jspecify.annotations.NullMarked;
