@NullMarked
package io.tocsin.pipeline.diagnostics;

import org.jspecify.annotations.NullMarked;
