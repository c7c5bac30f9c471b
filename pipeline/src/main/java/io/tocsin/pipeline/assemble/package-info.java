/// Joins the parts of events that arrive as several lines or messages, before anything is parsed: by key, until an end
/// condition, a time or a limit. Deterministic: the same lines with the same times give the same events.
@NullMarked
package io.tocsin.pipeline.assemble;

import org.jspecify.annotations.NullMarked;
