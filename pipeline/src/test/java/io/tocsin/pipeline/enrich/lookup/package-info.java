@NullMarked
package io.tocsin.pipeline.enrich.lookup;

import org.jspecify.annotations.NullMarked;
