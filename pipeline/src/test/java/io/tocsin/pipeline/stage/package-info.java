/// Tests of what the stages have in common.
@NullMarked
package io.tocsin.pipeline.stage;

import org.jspecify.annotations.NullMarked;
