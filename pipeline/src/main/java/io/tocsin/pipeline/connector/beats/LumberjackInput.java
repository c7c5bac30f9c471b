package io.tocsin.pipeline.connector.beats;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/// Reads windows of events from a connection. Every frame begins with a version (`1` or `2`) and a
/// type; integers are big-endian.
///
/// | Type | Layout | Limit here |
/// |---|---|---|
/// | `W` | events of the window | the largest window |
/// | `J` | sequence, length, JSON object | 1 byte to 256 MiB, cut at the longest event |
/// | `D` | sequence, pairs, for each: length, key, length, value | 10,000 pairs; becomes JSON |
/// | `C` | length, zlib of whole frames | 64 MiB, expanded 256 MiB and 100-fold; none in another |
///
/// Sequences run on by one inside a window. Anything else is a [LumberjackProblem]: the connection is
/// of no use then, and the peer sends the window again over another.
///
/// Thread-safety: one thread.
public final class LumberjackInput {
    /// Sets how long the next reads may wait.
    @FunctionalInterface
    public interface Patience {
        /// @param millis 0: as long as the connection may be idle at all
        void readsWaitAtMost(int millis) throws IOException;
    }

    /// Takes the text of an event in parts.
    public interface Receiver {
        /// The next part of the event at hand.
        void part(byte[] bytes, int offset, int length) throws IOException;

        /// The event is complete.
        ///
        /// @param cut true when it was longer than the limit
        void end(boolean cut) throws IOException;
    }

    /// @param idleMillis how long a connection may be without a window; 0: as long as it may be idle
    /// at all
    /// @param windowMillis how long a window may take on top of what its bytes allow
    /// @param bytesPerSecond slowest window that is waited for
    /// @param maximumWindow events of the largest window
    /// @param maximumEventBytes longest event that is handed on whole
    public record Limits(
            int idleMillis, int windowMillis, int bytesPerSecond, int maximumWindow, int maximumEventBytes) {
        /// Windows of at least 1 KiB a second after 30 seconds.
        public static Limits of(int idleMillis, int maximumWindow, int maximumEventBytes) {
            return new Limits(idleMillis, 30_000, 1 << 10, maximumWindow, maximumEventBytes);
        }
    }

    /// What [#window()] says when the peer has ended the connection, or was silent for too long.
    public static final int ENDED = -1;

    private static final int BUFFER_BYTES = 8 << 10;
    private static final int SMALL_BUFFER_BYTES = 1 << 10;
    private static final int MAXIMUM_FRAME_BYTES = 256 << 20;
    private static final int MAXIMUM_COMPRESSED_BYTES = 64 << 20;
    private static final long MAXIMUM_EXPANDED_BYTES = 256L << 20;
    private static final long FREE_BYTES = 1 << 20;
    private static final int GREATEST_RATIO = 100;
    private static final int MAXIMUM_PAIRS = 10_000;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final Connection connection;
    private final Limits limits;
    private final byte[] numbers = new byte[8];
    private byte[] scratch = {};
    private int version;
    private long sequence;
    private boolean first;
    /// What may still be handed on of the event at hand.
    private int room;

    private boolean cut;

    public LumberjackInput(InputStream in, Patience patience, Limits limits) {
        this.connection = new Connection(in, patience);
        this.limits = limits;
    }

    /// Waits for the next window.
    ///
    /// @return how many events it holds, or [#ENDED]; 0 is answered and nothing follows
    public int window() throws IOException {
        scratch = new byte[0];
        connection.idle();
        int read;
        try {
            read = connection.read();
        } catch (SocketTimeoutException idle) {
            return ENDED;
        }
        if (read < 0) {
            return ENDED;
        }
        connection.begin();
        if (read != '1' && read != '2') {
            throw new LumberjackProblem("version is neither 1 nor 2");
        }
        version = read;
        full(connection, 1);
        if (numbers[0] != 'W') {
            throw new LumberjackProblem("a window is expected first");
        }
        long events = number(connection);
        if (events > limits.maximumWindow()) {
            throw new LumberjackProblem("window is larger than allowed");
        }
        first = true;
        return (int) events;
    }

    /// The version in which the peer speaks, as its byte: the one to answer in.
    public int version() {
        return version;
    }

    /// The sequence of the last event that was read: what acknowledges the window.
    public long sequence() {
        return sequence;
    }

    /// Reads the events of a window.
    ///
    /// @param events how many
    public void events(int events, Receiver receiver) throws IOException {
        scratch = new byte[BUFFER_BYTES];
        int left = events;
        while (left > 0) {
            int type = type(connection);
            if (type == 'C') {
                left = compressed(left, receiver);
            } else {
                event(connection, type, receiver);
                left--;
            }
        }
    }

    private int type(InputStream in) throws IOException {
        full(in, 2);
        if (numbers[0] != '1' && numbers[0] != '2') {
            throw new LumberjackProblem("version is neither 1 nor 2");
        }
        return numbers[1];
    }

    private int compressed(int events, Receiver receiver) throws IOException {
        long length = number(connection);
        if (length == 0 || length > MAXIMUM_COMPRESSED_BYTES) {
            throw new LumberjackProblem("compressed frame has a length that is not allowed");
        }
        Part part = new Part(connection, length);
        Inflater inflater = new Inflater();
        int left = events;
        try {
            InputStream frames = new Expanded(new InflaterInputStream(part, inflater, BUFFER_BYTES), part);
            int version = frames.read();
            while (version >= 0) {
                if (left == 0) {
                    throw new LumberjackProblem("window holds more events than it says");
                }
                numbers[0] = (byte) version;
                int type = frames.read();
                if ((version != '1' && version != '2') || type == 'C' || type < 0) {
                    throw new LumberjackProblem("frame inside a compressed one is none");
                }
                event(frames, type, receiver);
                left--;
                version = frames.read();
            }
            part.skipRest();
        } finally {
            inflater.end();
        }
        return left;
    }

    private void event(InputStream in, int type, Receiver receiver) throws IOException {
        if (type != 'J' && type != 'D') {
            throw new LumberjackProblem("frame is of no known type");
        }
        long number = number(in);
        if (!first && number != sequence + 1) {
            throw new LumberjackProblem("sequence does not run on");
        }
        first = false;
        sequence = number;
        room = limits.maximumEventBytes();
        cut = false;
        if (type == 'J') {
            json(in, receiver);
        } else {
            pairs(in, receiver);
        }
        receiver.end(cut);
    }

    private void json(InputStream in, Receiver receiver) throws IOException {
        long left = length(in);
        if (left == 0) {
            throw new LumberjackProblem("event is empty");
        }
        boolean begun = false;
        while (left > 0) {
            int read = in.read(scratch, 0, (int) Math.min(scratch.length, left));
            if (read < 0) {
                throw new EOFException("stream ended inside an event");
            }
            if (!begun) {
                int at = 0;
                while (at < read && scratch[at] <= ' ' && scratch[at] >= 0) {
                    at++;
                }
                begun = at < read;
                if (begun && scratch[at] != '{') {
                    throw new LumberjackProblem("event is no JSON object");
                }
            }
            hand(scratch, 0, read, receiver);
            left -= read;
        }
        if (!begun) {
            throw new LumberjackProblem("event is no JSON object");
        }
    }

    /// Keys and values as an object, as Logstash makes one of them.
    private void pairs(InputStream in, Receiver receiver) throws IOException {
        long pairs = number(in);
        if (pairs > MAXIMUM_PAIRS) {
            throw new LumberjackProblem("event has too many pairs");
        }
        hand(receiver, "{");
        for (long i = 0; i < pairs; i++) {
            hand(receiver, i == 0 ? "\"" : ",\"");
            escaped(in, receiver);
            hand(receiver, "\":\"");
            escaped(in, receiver);
            hand(receiver, "\"");
        }
        hand(receiver, "}");
    }

    private void escaped(InputStream in, Receiver receiver) throws IOException {
        long left = length(in);
        byte[] out = new byte[6 * SMALL_BUFFER_BYTES];
        while (left > 0) {
            int read = in.read(scratch, 0, (int) Math.min(SMALL_BUFFER_BYTES, left));
            if (read < 0) {
                throw new EOFException("stream ended inside an event");
            }
            int length = 0;
            for (int i = 0; i < read; i++) {
                byte b = scratch[i];
                if (b == '"' || b == '\\') {
                    out[length++] = '\\';
                    out[length++] = b;
                } else if (b >= 0 && b < ' ') {
                    out[length++] = '\\';
                    out[length++] = 'u';
                    out[length++] = '0';
                    out[length++] = '0';
                    out[length++] = HEX[b >> 4];
                    out[length++] = HEX[b & 15];
                } else {
                    out[length++] = b;
                }
            }
            hand(out, 0, length, receiver);
            left -= read;
        }
    }

    private void hand(Receiver receiver, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        hand(bytes, 0, bytes.length, receiver);
    }

    private void hand(byte[] bytes, int offset, int length, Receiver receiver) throws IOException {
        int part = Math.min(length, room);
        cut |= part < length;
        room -= part;
        if (part > 0) {
            receiver.part(bytes, offset, part);
        }
    }

    private long length(InputStream in) throws IOException {
        long length = number(in);
        if (length > MAXIMUM_FRAME_BYTES) {
            throw new LumberjackProblem("event is longer than allowed");
        }
        return length;
    }

    private long number(InputStream in) throws IOException {
        full(in, 4);
        return (numbers[0] & 0xffL) << 24 | (numbers[1] & 0xff) << 16 | (numbers[2] & 0xff) << 8 | (numbers[3] & 0xff);
    }

    private void full(InputStream in, int length) throws IOException {
        if (in.readNBytes(numbers, 0, length) < length) {
            throw new EOFException("stream ended inside a frame");
        }
    }

    /// The connection with a small buffer and a deadline.
    ///
    /// Thread-safety: one thread.
    private final class Connection extends InputStream {
        private final InputStream in;
        private final Patience patience;
        private byte[] buffer = new byte[SMALL_BUFFER_BYTES];
        private int start;
        private int end;
        /// For the window at hand; what the pipeline took its time for is not the peer's.
        private long waitedNanos;

        private long received;
        private boolean waiting;

        Connection(InputStream in, Patience patience) {
            this.in = in;
            this.patience = patience;
        }

        /// A connection that is quiet holds a small buffer.
        void idle() throws IOException {
            waiting = true;
            if (start == end) {
                start = 0;
                end = 0;
                buffer = new byte[SMALL_BUFFER_BYTES];
                patience.readsWaitAtMost(limits.idleMillis());
            }
        }

        void begin() {
            waiting = false;
            waitedNanos = 0;
            received = 0;
        }

        private int fill(byte[] into, int offset, int length) throws IOException {
            if (waiting) {
                return in.read(into, offset, length);
            }
            long allowedNanos =
                    limits.windowMillis() * 1_000_000L + received / limits.bytesPerSecond() * 1_000_000_000L;
            long millis = (allowedNanos - waitedNanos) / 1_000_000L;
            if (millis <= 0) {
                throw new LumberjackProblem("window took too long");
            }
            patience.readsWaitAtMost((int) Math.min(Integer.MAX_VALUE, millis));
            long fromNanos = System.nanoTime();
            try {
                int read = in.read(into, offset, length);
                received += Math.max(0, read);
                return read;
            } catch (SocketTimeoutException e) {
                throw new LumberjackProblem("window took too long");
            } finally {
                waitedNanos += System.nanoTime() - fromNanos;
            }
        }

        @Override
        public int read() throws IOException {
            if (start == end) {
                if (!waiting && buffer.length < BUFFER_BYTES) {
                    buffer = new byte[BUFFER_BYTES];
                }
                int read = fill(buffer, 0, buffer.length);
                if (read < 0) {
                    return -1;
                }
                start = 0;
                end = read;
            }
            return buffer[start++] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (start == end) {
                if (length >= buffer.length) {
                    return fill(into, offset, length);
                }
                int first = read();
                if (first < 0) {
                    return -1;
                }
                start--;
            }
            int held = Math.min(length, end - start);
            System.arraycopy(buffer, start, into, offset, held);
            start += held;
            return held;
        }
    }

    /// So many bytes of the connection.
    ///
    /// Thread-safety: one thread.
    private static final class Part extends FilterInputStream {
        private final long length;
        private long left;

        Part(InputStream in, long length) {
            super(in);
            this.length = length;
            this.left = length;
        }

        long taken() {
            return length - left;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int wanted) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = super.read(into, offset, (int) Math.min(wanted, left));
            if (read < 0) {
                throw new EOFException("stream ended inside a compressed frame");
            }
            left -= read;
            return read;
        }

        void skipRest() throws IOException {
            byte[] waste = new byte[SMALL_BUFFER_BYTES];
            while (left > 0) {
                if (read(waste, 0, waste.length) < 0) {
                    return;
                }
            }
        }
    }

    /// An inflated stream within limits.
    ///
    /// Thread-safety: one thread.
    private static final class Expanded extends FilterInputStream {
        private final Part part;
        private final byte[] one = new byte[1];
        private long count;

        Expanded(InputStream in, Part part) {
            super(in);
            this.part = part;
        }

        @Override
        public int read() throws IOException {
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read;
            try {
                read = super.read(into, offset, length);
            } catch (ZipException e) {
                throw new LumberjackProblem("compressed frame is damaged");
            } catch (EOFException e) {
                throw new LumberjackProblem("compressed frame is cut");
            }
            count += Math.max(0, read);
            if (count > MAXIMUM_EXPANDED_BYTES || (count > FREE_BYTES && count / GREATEST_RATIO > part.taken())) {
                throw new LumberjackProblem("compressed frame expands too much");
            }
            return read;
        }
    }
}
