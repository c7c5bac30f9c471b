/// How well the texts of each source are understood: what was parsed, what was not and why, which fields were filled.
/// Lanes count for themselves and tell the table of their collector once a batch.
@NullMarked
package io.tocsin.pipeline.diagnostics;

import org.jspecify.annotations.NullMarked;
