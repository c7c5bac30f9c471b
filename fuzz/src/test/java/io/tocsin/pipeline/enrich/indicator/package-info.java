@NullMarked
package io.tocsin.pipeline.enrich.indicator;

import org.jspecify.annotations.NullMarked;
