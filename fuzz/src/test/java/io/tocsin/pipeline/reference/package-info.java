@NullMarked
package io.tocsin.pipeline.reference;

import org.jspecify.annotations.NullMarked;
