package io.tocsin.pipeline.connector;

import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.framing.BufferBudget;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Takes what a Redis client sends apart into commands and their arguments: arrays of bulk strings and inline commands
/// of the protocol RESP2, with the limits that Redis has.
///
/// ```java
/// while (input.next()) {
///     input.count(); input.array(); input.start(0); input.length(0); …
/// }
/// ```
///
/// Arguments longer than the longest event are cut there. They stay until [#forget()], over several commands; what they
/// take comes out of the [BufferBudget] of all connections. Before the peer is
/// waited for, `beforeWait` runs, so that nothing lies here while nothing comes.
///
/// Thread-safety: one thread.
final class RedisInput implements AutoCloseable {
    private static final int BUFFER_BYTES = 4 << 10;
    /// Limits of Redis 7 (`networking.c`).
    private static final int MAXIMUM_INLINE_BYTES = 64 << 10;

    private static final int MAXIMUM_ELEMENTS = 1 << 20;
    private static final int MAXIMUM_BULK_BYTES = 512 << 20;
    private static final int MAXIMUM_ELEMENTS_OF_STRANGERS = 10;
    private static final int MAXIMUM_BULK_BYTES_OF_STRANGERS = 16 << 10;
    private static final int MAXIMUM_DIGITS = 10;
    /// What an argument takes beside its bytes.
    private static final int ARGUMENT_BYTES = 21;

    private static final int TLS_HANDSHAKE = 0x16;
    /// Of one command, as far as it is kept.
    private static final int MAXIMUM_COMMAND_BYTES = 64 << 20;
    /// How long a command waits for memory that other connections hold.
    private static final long BUDGET_PATIENCE_NANOS = 5_000_000_000L;

    private static final long BUDGET_WAIT_NANOS = 5_000_000L;

    /// Where bytes come from; see [StreamConnection#read].
    interface Source {
        /// Waits for bytes; 0 when nothing came for a while and `large` is set, -1 when nothing will come.
        int read(byte[] buffer, int offset, int length, boolean large) throws IOException;
    }

    private final Source source;
    private final BufferBudget budget;
    private final Runnable beforeWait;
    private final int maxEventBytes;
    private final EventClock clock;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int end;
    private boolean trusted;
    /// No command was under way when the last bytes came.
    private boolean ended = true;

    private EventTexts arguments;
    /// Index of the name of the command at hand.
    private int first;
    private int commandBytes;
    /// Nothing of the next command has come.
    private boolean whole = true;

    /// @param maxEventBytes longest argument that is kept whole
    /// @param eventTimeout how long a long command may take; zero: for ever
    RedisInput(Source source, BufferBudget budget, int maxEventBytes, Duration eventTimeout, Runnable beforeWait) {
        this.source = source;
        this.budget = budget;
        this.maxEventBytes = maxEventBytes;
        this.clock = new EventClock(eventTimeout);
        this.beforeWait = beforeWait;
        this.arguments = new EventTexts(budget);
    }

    /// From now on the peer may send commands of any size; before it has said who it is, only small ones.
    void trust() {
        trusted = true;
    }

    /// Goes to the next whole command; false when none comes any more.
    ///
    /// @throws RedisProblem when the peer sends something else
    boolean next() throws IOException {
        first = arguments.count();
        commandBytes = 0;
        try {
            do {
                int type = read();
                whole = false;
                if (type == TLS_HANDSHAKE) {
                    throw new RedisProblem("", StageCounter.TLS_ON_PLAINTEXT);
                }
                if (type == '*') {
                    array();
                } else {
                    inline(type);
                }
            } while (count() == 0);
        } catch (EOFException e) {
            return false;
        }
        ended = true;
        whole = true;
        return true;
    }

    private void array() throws IOException {
        int elements = number("invalid multibulk length", -1, MAXIMUM_ELEMENTS);
        if (!trusted && elements > MAXIMUM_ELEMENTS_OF_STRANGERS) {
            throw new RedisProblem("ERR Protocol error: unauthenticated multibulk length");
        }
        for (int i = 0; i < elements; i++) {
            int type = read();
            if (type != '$') {
                throw new RedisProblem("ERR Protocol error: expected '$', got '" + shown(type) + "'");
            }
            bulk();
            if (i == 0) {
                refuseBrowsers();
            }
        }
    }

    private void bulk() throws IOException {
        int length = number("invalid bulk length", 0, MAXIMUM_BULK_BYTES);
        if (!trusted && length > MAXIMUM_BULK_BYTES_OF_STRANGERS) {
            throw new RedisProblem("ERR Protocol error: unauthenticated bulk length");
        }
        int kept = 0;
        int left = length;
        commandBytes += ARGUMENT_BYTES;
        while (left > 0) {
            fill();
            int piece = Math.min(left, end - at);
            int wanted = Math.min(piece, maxEventBytes - kept);
            if (wanted > 0) {
                append(wanted);
                kept += wanted;
            }
            at += piece;
            left -= piece;
        }
        if (read() != '\r' || read() != '\n') {
            throw new RedisProblem("ERR Protocol error: expected the end of a bulk string");
        }
        append(0);
        arguments.finish(kept < length ? EventBatch.FLAG_CUT : 0, 0, 0);
    }

    /// Keeps bytes at hand, waiting a while when others have the memory.
    private void append(int length) throws RedisProblem {
        commandBytes += length;
        if (commandBytes > MAXIMUM_COMMAND_BYTES) {
            throw new RedisProblem("ERR Protocol error: too big command");
        }
        long untilNanos = System.nanoTime() + BUDGET_PATIENCE_NANOS;
        while (!arguments.append(buffer, at, length)) {
            if (System.nanoTime() - untilNanos > 0) {
                throw new RedisProblem(
                        "OOM command not allowed when used memory > 'maxmemory'.", StageCounter.REQUESTS_SENT_AWAY);
            }
            beforeWait.run();
            LockSupport.parkNanos(BUDGET_WAIT_NANOS);
        }
    }

    /// The rest of a line that holds a number.
    private int number(String error, int least, int most) throws IOException {
        long value = 0;
        boolean negative = false;
        int digits = 0;
        int next = read();
        if (next == '-') {
            negative = true;
            next = read();
        }
        while (next >= '0' && next <= '9' && digits <= MAXIMUM_DIGITS) {
            value = value * 10 + (next - '0');
            digits++;
            next = read();
        }
        if (negative) {
            value = -value;
        }
        if (digits == 0 || next != '\r' || read() != '\n' || value < least || value > most) {
            throw new RedisProblem("ERR Protocol error: " + error);
        }
        return (int) value;
    }

    private void inline(int begin) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = begin;
        while (next != '\n') {
            if (line.size() == MAXIMUM_INLINE_BYTES) {
                throw new RedisProblem("ERR Protocol error: too big inline request");
            }
            line.write(next);
            next = read();
        }
        byte[] bytes = line.toByteArray();
        int length = bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
        for (byte[] word : RedisWords.of(bytes, length)) {
            int kept = Math.min(word.length, maxEventBytes);
            if (!arguments.add(word, 0, kept, kept < word.length ? EventBatch.FLAG_CUT : 0, 0, 0)) {
                throw new RedisProblem(
                        "OOM command not allowed when used memory > 'maxmemory'.", StageCounter.REQUESTS_SENT_AWAY);
            }
        }
        refuseBrowsers();
    }

    /// A page in a browser can make it send HTTP here. Redis lets such peers go without a word, too.
    private void refuseBrowsers() throws RedisProblem {
        String name = count() == 0 ? "" : text(0);
        if (name.equalsIgnoreCase("post") || name.equalsIgnoreCase("host:")) {
            throw new RedisProblem("");
        }
    }

    private static String shown(int value) {
        return value > ' ' && value < 0x7F ? String.valueOf((char) value) : "?";
    }

    private int read() throws IOException {
        fill();
        return buffer[at++] & 0xFF;
    }

    /// Waits until there are bytes.
    private void fill() throws IOException {
        if (at < end) {
            return;
        }
        at = 0;
        end = 0;
        beforeWait.run();
        while (end == 0) {
            clock.waits();
            int length = source.read(buffer, 0, buffer.length, commandBytes > 0);
            clock.waited();
            if (length < 0) {
                throw new EOFException();
            }
            clock.received(length, ended);
            ended = false;
            end = length;
            if (commandBytes >= BUFFER_BYTES && clock.isOver(budget.isShort())) {
                throw new RedisProblem("ERR command takes too long", StageCounter.STALLED_EVENTS);
            }
        }
    }

    /// Arguments of the command at hand, its name included.
    int count() {
        return arguments.count() - first;
    }

    /// The name of the command at hand in [#texts()].
    int first() {
        return first;
    }

    /// Where arguments are kept, those of earlier commands before those of the command at hand. Another one after
    /// [#forget()].
    EventTexts texts() {
        return arguments;
    }

    /// An argument of the command at hand.
    String text(int index) {
        return new String(
                arguments.array(),
                arguments.start(first + index),
                arguments.length(first + index),
                java.nio.charset.StandardCharsets.UTF_8);
    }

    /// Gives the memory of earlier commands back; the one at hand stays, when it is not whole.
    void forget() {
        if (whole ? arguments.count() == 0 : first == 0) {
            return;
        }
        int kept = whole ? arguments.count() : first;
        EventTexts rest = new EventTexts(budget);
        boolean moved = true;
        for (int i = kept; i < arguments.count() && moved; i++) {
            moved = rest.add(arguments.array(), arguments.start(i), arguments.length(i), arguments.flag(i), 0, 0);
        }
        if (moved && arguments.openLength() > 0) {
            moved = rest.append(arguments.array(), arguments.openStart(), arguments.openLength());
        }
        if (!moved) {
            // Nothing is left for a copy. It goes with the command at hand.
            rest.release();
            return;
        }
        arguments.release();
        arguments = rest;
        first = 0;
    }

    @Override
    public void close() {
        arguments.release();
    }
}
