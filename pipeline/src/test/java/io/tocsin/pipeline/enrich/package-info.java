@NullMarked
package io.tocsin.pipeline.enrich;

import org.jspecify.annotations.NullMarked;
