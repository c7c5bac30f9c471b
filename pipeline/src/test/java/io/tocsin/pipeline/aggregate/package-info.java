@NullMarked
package io.tocsin.pipeline.aggregate;

import org.jspecify.annotations.NullMarked;
