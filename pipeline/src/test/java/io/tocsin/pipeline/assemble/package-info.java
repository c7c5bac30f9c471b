@NullMarked
package io.tocsin.pipeline.assemble;

import org.jspecify.annotations.NullMarked;
