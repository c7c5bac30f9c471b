package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.framing.ReceiveBuffer;
import io.tocsin.pipeline.connector.framing.RelpDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// RELP, versions 0 and 1, the receiving side. Offers are answered with what is understood of them; messages are
/// answered `200 OK` in their order after they were synced to disk, while more are read; a drain finishes the answers
/// and says `serverclose`.
///
/// A frame that is wrong, out of turn, or before `open` ends the session at once, as librelp does: the sender takes
/// everything unanswered back and sends it again over a new session. `starttls` is not offered: with TLS it is spoken
/// from the first byte.
///
/// Thread-safety: immutable.
final class RelpProtocol implements StreamProtocol {
    private static final int HIGHEST_NUMBER = 999_999_999;
    private static final int NEWEST_VERSION = 1;

    private final int maxEventBytes;
    private final int window;
    private final Duration eventTimeout;

    /// @param eventTimeout how long a long message may take; zero: for ever
    RelpProtocol(int maxEventBytes, int window, Duration eventTimeout) {
        this.maxEventBytes = maxEventBytes;
        this.window = window;
        this.eventTimeout = eventTimeout;
    }

    @Override
    public void serve(StreamConnection connection) throws IOException {
        try (RelpDecoder decoder = new RelpDecoder(maxEventBytes, connection.budget())) {
            new Session(connection, decoder).run();
        }
    }

    /// One connection.
    ///
    /// Thread-safety: one thread.
    private final class Session {
        private final StreamConnection connection;
        private final RelpDecoder decoder;
        private final RelpReplies replies;
        private final EntryOrigin origin;
        private final EventSink sink;
        private int expected = 1;
        private boolean opened;
        private boolean closed;
        private boolean broken;

        Session(StreamConnection connection, RelpDecoder decoder) {
            this.connection = connection;
            this.decoder = decoder;
            this.replies = new RelpReplies(connection);
            this.origin = connection.origin();
            this.sink = connection.sink();
        }

        void run() throws IOException {
            try {
                EventClock clock = new EventClock(eventTimeout);
                int seen = expected;
                boolean stalled = false;
                while (!closed && !broken && !stalled) {
                    byte[] buffer = decoder.buffer();
                    clock.waits();
                    int length = connection.read(buffer, decoder.writeOffset(), decoder.room(), decoder.isLarge());
                    clock.waited();
                    if (length < 0) {
                        break;
                    }
                    if (length == 0) {
                        decoder.shrink();
                        stalled = isStalled(clock);
                        continue;
                    }
                    decoder.received(length);
                    frames();
                    clock.received(length, expected != seen);
                    seen = expected;
                    stalled = isStalled(clock);
                    replies.awaitFewerThan(window);
                }
                if (stalled) {
                    // What was read whole is kept and answered if there is time; the sender repeats the rest.
                    connection.counters().increment(StageCounter.STALLED_EVENTS);
                    return;
                }
                if (broken || decoder.isBroken()) {
                    connection.counters().increment(StageCounter.FRAMING_ERRORS);
                    // What was read whole is kept; the sender repeats what it got no answer for.
                    return;
                }
                replies.finish();
                connection.endOutput();
            } finally {
                replies.abandon();
            }
        }

        private boolean isStalled(EventClock clock) {
            return decoder.heldBytes() >= ReceiveBuffer.SMALL_BUFFER_BYTES
                    && clock.isOver(connection.budget().isShort());
        }

        /// Takes all whole frames at hand as one run.
        private void frames() {
            connection.begin();
            int first = expected;
            int messages = 0;
            try {
                while (!closed && !broken && decoder.next()) {
                    if (!inTurn()) {
                        broken = true;
                    } else if (decoder.command() == RelpDecoder.Command.SYSLOG && opened) {
                        first = messages == 0 ? decoder.number() : first;
                        messages++;
                        message();
                    } else {
                        replies.received(first, messages);
                        messages = 0;
                        command();
                    }
                }
                broken |= decoder.isBroken();
            } finally {
                replies.received(first, messages);
                replies.endRun();
            }
        }

        private boolean inTurn() {
            int number = decoder.number();
            // Hints carry 0 and need no answer; a sender has none to give.
            if (number != expected) {
                return false;
            }
            expected = expected == HIGHEST_NUMBER ? 1 : expected + 1;
            return true;
        }

        private void message() {
            int length = decoder.dataLength();
            int offset = decoder.dataOffset();
            byte[] buffer = decoder.frame();
            // Some senders leave the line end of the message in it.
            while (length > 0 && (buffer[offset + length - 1] == '\n' || buffer[offset + length - 1] == 0)) {
                length--;
            }
            if (length > 0) {
                sink.accept(origin, buffer, offset, length, decoder.isCut() ? EventBatch.FLAG_CUT : 0);
            }
        }

        private void command() {
            int number = decoder.number();
            if (!opened) {
                open(number);
                return;
            }
            switch (decoder.command()) {
                case CLOSE -> {
                    closed = true;
                    replies.answer(number, "");
                }
                case OPEN -> replies.answer(number, "500 the session is open already");
                case OTHER -> replies.answer(number, "500 unknown command");
                case SYSLOG -> throw new IllegalStateException("messages are handled apart");
            }
        }

        private void open(int number) {
            if (decoder.command() != RelpDecoder.Command.OPEN) {
                broken = true;
                return;
            }
            String offers = new String(
                    decoder.frame(), decoder.dataOffset(), decoder.dataLength(), StandardCharsets.ISO_8859_1);
            int version = -1;
            boolean syslog = false;
            for (String line : offers.split("\n", -1)) {
                int equals = line.indexOf('=');
                String name = equals < 0 ? line : line.substring(0, equals);
                String value = equals < 0 ? "" : line.substring(equals + 1).strip();
                if (name.equals("relp_version")) {
                    version = version(value);
                } else if (name.equals("commands")) {
                    syslog = ("," + value + ",").contains(",syslog,");
                }
            }
            if (version < 0 || !syslog) {
                replies.answer(
                        number, version < 0 ? "500 relp_version is missing" : "500 the command syslog is not offered");
                closed = true;
                return;
            }
            opened = true;
            replies.answer(
                    number,
                    "200 OK\nrelp_version=" + Math.min(version, NEWEST_VERSION)
                            + "\nrelp_software=tocsin\ncommands=syslog");
        }

        private static int version(String text) {
            if (text.isEmpty() || text.length() > 4 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return -1;
            }
            return Integer.parseInt(text);
        }
    }
}
