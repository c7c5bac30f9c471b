/// Cuts a stream of bytes into the texts of events. Knows nothing of sockets, files or what the texts mean:
/// connectors read into the buffer of a [io.tocsin.pipeline.connector.framing.FrameDecoder] and get the
/// frames back, in place.
@NullMarked
package io.tocsin.pipeline.connector.framing;

import org.jspecify.annotations.NullMarked;
