package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.framing.FrameDecoder;
import io.tocsin.pipeline.connector.framing.FrameSettings;
import io.tocsin.pipeline.connector.framing.FrameSink;
import io.tocsin.pipeline.connector.framing.Framing;
import io.tocsin.pipeline.connector.framing.ReceiveBuffer;
import java.io.IOException;
import java.time.Duration;

/// Takes a stream apart into frames, each an event; nothing is answered. A peer that sends half a frame and closes has
/// that half handed on, marked.
///
/// Memory: a quiet connection holds 4 KiB. Buffers of busy connections and of long frames grow within [PeerBudgets]; a
/// frame for which nothing is left is cut. A long frame that does not end in time (much sooner, when memory is short)
/// is handed on as far as it came, marked, and the connection is closed.
///
/// Thread-safety: immutable.
final class FrameProtocol implements StreamProtocol {
    /// A record of the TLS handshake, any version.
    private static final int TLS_RECORD = 0x16;

    private static final int TLS_MAJOR = 3;
    /// A peer that sends little at a time for so long has no need of a large buffer.
    private static final long LARGE_NANOS = 2_000_000_000L;

    private final FrameSettings settings;
    private final boolean binary;
    private final Duration eventTimeout;

    /// @param binary events are bytes that may look like anything
    /// @param eventTimeout how long a long event may take; zero: for ever
    FrameProtocol(FrameSettings settings, boolean binary, Duration eventTimeout) {
        this.settings = settings;
        this.binary = binary;
        // There the end of the connection is that of the event.
        this.eventTimeout = settings.framing() == Framing.FILE ? Duration.ZERO : eventTimeout;
    }

    @Override
    public boolean answers() {
        return false;
    }

    @Override
    public void serve(StreamConnection connection) throws IOException {
        try (FrameDecoder decoder = new FrameDecoder(settings, connection.budget())) {
            EntryOrigin origin = connection.origin();
            EventSink sink = connection.sink();
            long[] events = {0};
            FrameSink frames = (buffer, offset, length, flags) -> {
                events[0]++;
                sink.accept(origin, buffer, offset, length, flags);
            };
            EventClock clock = new EventClock(eventTimeout);
            long largeNanos = System.nanoTime();
            long seen = 0;
            Told told = new Told();
            boolean first = !binary && settings.framing() != Framing.FILE;
            while (!decoder.isBroken()) {
                byte[] buffer = decoder.buffer();
                int offset = decoder.writeOffset();
                clock.waits();
                int length = connection.read(buffer, offset, decoder.room(), decoder.isLarge() || decoder.awaitsMore());
                clock.waited();
                if (length < 0) {
                    break;
                }
                if (length == 0) {
                    if (decoder.awaitsMore()) {
                        flush(connection, decoder, frames);
                    }
                    decoder.shrink();
                    if (isStalled(connection, decoder, clock)) {
                        break;
                    }
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
                if (length >= ReceiveBuffer.SMALL_BUFFER_BYTES) {
                    largeNanos = System.nanoTime();
                } else if (decoder.isLarge() && System.nanoTime() - largeNanos > LARGE_NANOS) {
                    decoder.shrink();
                }
                clock.received(length, events[0] != seen || decoder.isEmpty());
                seen = events[0];
                told.tell(decoder, connection.counters());
                if (isStalled(connection, decoder, clock)) {
                    break;
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
                told.tell(decoder, connection.counters());
            } finally {
                connection.end();
            }
        }
    }

    private static void flush(StreamConnection connection, FrameDecoder decoder, FrameSink frames) {
        connection.begin();
        try {
            decoder.flush(frames);
        } finally {
            connection.end();
        }
    }

    /// True when the peer holds memory for an event that does not end.
    private static boolean isStalled(StreamConnection connection, FrameDecoder decoder, EventClock clock) {
        if (decoder.heldBytes() < ReceiveBuffer.SMALL_BUFFER_BYTES
                || !clock.isOver(connection.budget().isShort())) {
            return false;
        }
        connection.counters().increment(StageCounter.STALLED_EVENTS);
        return true;
    }

    /// What the counters of the collector know of those of the decoder.
    private static final class Told {
        private long emptyLines;
        private long linesSplit;

        void tell(FrameDecoder decoder, StageCounters counters) {
            if (decoder.emptyLines() != emptyLines) {
                counters.add(StageCounter.EMPTY_LINES, decoder.emptyLines() - emptyLines);
                emptyLines = decoder.emptyLines();
            }
            if (decoder.linesSplit() != linesSplit) {
                counters.add(StageCounter.SPLIT_LINES, decoder.linesSplit() - linesSplit);
                linesSplit = decoder.linesSplit();
            }
        }
    }
}
