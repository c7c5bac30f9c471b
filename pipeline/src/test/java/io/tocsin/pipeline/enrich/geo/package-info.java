@NullMarked
package io.tocsin.pipeline.enrich.geo;

import org.jspecify.annotations.NullMarked;
