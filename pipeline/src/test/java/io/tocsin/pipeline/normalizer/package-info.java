@NullMarked
package io.tocsin.pipeline.normalizer;

import org.jspecify.annotations.NullMarked;
