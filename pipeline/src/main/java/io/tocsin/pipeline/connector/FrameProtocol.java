package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.framing.FrameDecoder;
import io.tocsin.pipeline.connector.framing.FrameSink;
import io.tocsin.pipeline.connector.framing.Framing;
import java.io.IOException;

/// Takes a stream apart into frames, each an event; nothing is answered. A peer that sends half a frame and closes has
/// that half handed on, marked.
///
/// Memory: a quiet connection holds 4 KiB. Buffers of busy connections and of long frames grow, together at
/// most by an eighth of the heap; a frame for which nothing is left is cut.
///
/// Thread-safety: immutable.
final class FrameProtocol implements StreamProtocol {
    /// A record of the TLS handshake, any version.
    private static final int TLS_RECORD = 0x16;

    private static final int TLS_MAJOR = 3;

    private final Framing framing;
    private final int maxEventBytes;
    private final boolean binary;

    /// @param binary events are bytes that may look like anything
    FrameProtocol(Framing framing, int maxEventBytes, boolean binary) {
        this.framing = framing;
        this.maxEventBytes = maxEventBytes;
        this.binary = binary;
    }

    @Override
    public boolean answers() {
        return false;
    }

    @Override
    public void serve(StreamConnection connection) throws IOException {
        try (FrameDecoder decoder = new FrameDecoder(framing, maxEventBytes, connection.budget())) {
            EntryOrigin origin = connection.origin();
            EventSink sink = connection.sink();
            FrameSink frames = (buffer, offset, length, flags) -> sink.accept(origin, buffer, offset, length, flags);
            boolean first = !binary && framing != Framing.FILE;
            while (!decoder.isBroken()) {
                byte[] buffer = decoder.buffer();
                int offset = decoder.writeOffset();
                int length = connection.read(buffer, offset, decoder.room(), decoder.isLarge());
                if (length < 0) {
                    break;
                }
                if (length == 0) {
                    decoder.shrink();
                    continue;
                }
                if (first && length > 1 && buffer[offset] == TLS_RECORD && buffer[offset + 1] == TLS_MAJOR) {
                    connection.counters().increment(StageCounter.TLS_ON_PLAINTEXT);
                    return;
                }
                first = false;
                connection.begin();
                try {
                    decoder.received(length, frames);
                } finally {
                    connection.end();
                }
            }
            if (decoder.isBroken()) {
                connection.counters().increment(StageCounter.FRAMING_ERRORS);
            }
            if (decoder.isEmpty()) {
                // A probe, for one. It must not look as if the log had taken something.
                return;
            }
            connection.begin();
            try {
                decoder.end(frames);
            } finally {
                connection.end();
            }
        }
    }
}
