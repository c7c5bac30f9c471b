/// The durable log: the one buffer on disk that stands between a part that produces events and the parts that
/// consume them. Records are opaque bytes here. `DurableLog` is the entry and its comment is the design of the
/// format.
@NullMarked
package io.tocsin.pipeline.transport.log;

import org.jspecify.annotations.NullMarked;
