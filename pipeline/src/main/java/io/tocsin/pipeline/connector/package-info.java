/// Where events come from: one file per kind of source and [io.tocsin.pipeline.connector.Connectors], the
/// list. A connector reads bytes, cuts them into the texts of events and hands each to an
/// [io.tocsin.pipeline.connector.EventSink] with what is known about its origin; it knows nothing of
/// parsing, batches or the log.
@NullMarked
package io.tocsin.pipeline.connector;

import org.jspecify.annotations.NullMarked;
