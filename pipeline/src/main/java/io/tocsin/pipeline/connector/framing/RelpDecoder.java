package io.tocsin.pipeline.connector.framing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Takes a stream of RELP apart into frames, in place: `number SP command SP length [SP data] LF`, numbers of at most
/// 9 digits, commands of at most 32 letters.
///
/// ```
/// int n = in.read(decoder.buffer(), decoder.writeOffset(), decoder.room());
/// decoder.received(n);
/// while (decoder.next()) { decoder.number(); decoder.command(); decoder.dataOffset(); … }
/// if (decoder.isBroken()) close();
/// ```
///
/// Data beyond the limit, or for which the [BufferBudget] has nothing left, is handed on cut; the rest of it is
/// skipped and the stream stays in step. Anything that is no frame ends the stream: [#isBroken()] turns true.
///
/// Thread-safety: one thread at a time.
public final class RelpDecoder extends ReceiveBuffer {
    /// What a peer may send.
    public enum Command {
        /// The first frame: offers.
        OPEN,
        /// One message.
        SYSLOG,
        /// The last frame.
        CLOSE,
        /// Anything else, known to the protocol or not.
        OTHER
    }

    private static final int MAXIMUM_DIGITS = 9;
    private static final int MAXIMUM_COMMAND_BYTES = 32;
    /// Number, command, length, and the spaces between and behind them.
    private static final int MAXIMUM_HEADER_BYTES = 2 * MAXIMUM_DIGITS + MAXIMUM_COMMAND_BYTES + 3;
    /// What other commands than messages carry is short.
    private static final int MAXIMUM_OFFER_BYTES = 16 << 10;

    private static final byte[] OPEN = "open".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SYSLOG = "syslog".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CLOSE = "close".getBytes(StandardCharsets.US_ASCII);

    private final int maximumDataBytes;

    /// Data still to be skipped of a frame that was cut, its line end included.
    private int skipping;
    private boolean broken;

    private int position;
    private int number;
    private Command command = Command.OTHER;
    private int dataOffset;
    private int dataLength;
    private boolean cut;

    /// @param maximumDataBytes longest data that is handed on whole, 1 to 1 GiB
    public RelpDecoder(int maximumDataBytes, BufferBudget budget) {
        super(budget);
        if (maximumDataBytes < 1 || maximumDataBytes > 1 << 30) {
            throw new IllegalArgumentException(
                    "frame limit must be between 1 byte and 1 GiB [bytes=" + maximumDataBytes + "]");
        }
        this.maximumDataBytes = maximumDataBytes;
    }

    @Override
    public boolean isBroken() {
        return broken;
    }

    @Override
    void moved(int bytes) {
        // No place in what is held is kept between calls.
    }

    /// Takes bytes that were written to the buffer at [#writeOffset()].
    public void received(int length) {
        end += length;
        filled = end == buffer.length;
    }

    /// Goes to the next whole frame; false when more bytes are needed, or the stream is broken.
    public boolean next() {
        if (broken) {
            return false;
        }
        if (skipping > 0 && !skip()) {
            return false;
        }
        int frameEnd = header() ? data() : -1;
        if (frameEnd >= 0) {
            start = frameEnd;
            return true;
        }
        if (start == end) {
            start = 0;
            end = 0;
        }
        return false;
    }

    private boolean skip() {
        int skipped = Math.min(skipping, end - start);
        start += skipped;
        skipping -= skipped;
        if (skipping > 0) {
            start = 0;
            end = 0;
            return false;
        }
        broken = buffer[start - 1] != '\n';
        return !broken;
    }

    /// Reads the header at `start`; false when it is not whole, or is none.
    private boolean header() {
        position = start;
        int first = digits();
        if (first < 0 || !space()) {
            return false;
        }
        int commandStart = position;
        while (position < end && isLetter(buffer[position])) {
            position++;
        }
        int commandLength = position - commandStart;
        if (commandLength > MAXIMUM_COMMAND_BYTES || (position < end && commandLength == 0)) {
            broken = true;
            return false;
        }
        if (!space()) {
            return false;
        }
        int length = digits();
        if (length < 0 || position == end) {
            return false;
        }
        if (length > 0 && !space()) {
            return false;
        }
        number = first;
        command = commandOf(commandStart, commandLength);
        dataOffset = position;
        dataLength = length;
        return true;
    }

    /// A number at the position, which must be followed by something; -1 when it is not whole, or is none.
    private int digits() {
        int value = 0;
        int first = position;
        while (position < end && buffer[position] >= '0' && buffer[position] <= '9') {
            if (position - first == MAXIMUM_DIGITS) {
                broken = true;
                return -1;
            }
            value = value * 10 + (buffer[position] - '0');
            position++;
        }
        if (position == end) {
            return -1;
        }
        if (position == first) {
            broken = true;
            return -1;
        }
        return value;
    }

    private boolean space() {
        if (position == end) {
            return false;
        }
        if (buffer[position] != ' ') {
            broken = true;
            return false;
        }
        position++;
        return true;
    }

    private static boolean isLetter(byte value) {
        return (value >= 'a' && value <= 'z') || (value >= 'A' && value <= 'Z');
    }

    private Command commandOf(int offset, int length) {
        if (is(SYSLOG, offset, length)) {
            return Command.SYSLOG;
        }
        return is(OPEN, offset, length) ? Command.OPEN : is(CLOSE, offset, length) ? Command.CLOSE : Command.OTHER;
    }

    private boolean is(byte[] name, int offset, int length) {
        return Arrays.equals(buffer, offset, offset + length, name, 0, name.length);
    }

    /// Looks whether the data is whole; where the frame ends, or -1.
    private int data() {
        cut = false;
        int most = command == Command.SYSLOG ? maximumDataBytes : MAXIMUM_OFFER_BYTES;
        int held = end - dataOffset;
        if (dataLength <= most && held > dataLength) {
            int last = dataOffset + dataLength;
            // Forgiven: a space before the line end of a frame without data.
            if (dataLength == 0 && buffer[last] == ' ') {
                if (held == 1) {
                    return -1;
                }
                last++;
            }
            broken = buffer[last] != '\n';
            return broken ? -1 : last + 1;
        }
        if (dataLength > most && command != Command.SYSLOG) {
            broken = true;
            return -1;
        }
        if (dataLength > most && held >= most) {
            return cutAt(most);
        }
        if (end - start < buffer.length) {
            return -1;
        }
        // The buffer is full of this frame.
        int wanted = (int) Math.min((long) MAXIMUM_HEADER_BYTES + Math.min(dataLength, most) + 1, buffer.length * 8L);
        if (grow(Math.max(wanted, buffer.length + 1))) {
            return -1;
        }
        if (command != Command.SYSLOG) {
            broken = true;
            return -1;
        }
        return cutAt(held);
    }

    /// Hands on what is held, and skips the rest.
    private int cutAt(int length) {
        cut = true;
        int whole = dataLength;
        dataLength = length;
        skipping = whole - length + 1;
        return dataOffset + length;
    }

    /// Number of the frame at hand, 0 to 999,999,999.
    public int number() {
        return number;
    }

    public Command command() {
        return command;
    }

    /// Where its data stands in [#buffer()]; valid until the next call of anything that takes bytes.
    public int dataOffset() {
        return dataOffset;
    }

    public int dataLength() {
        return dataLength;
    }

    /// True when the data is cut.
    public boolean isCut() {
        return cut;
    }

    /// The array in which the frame at hand stands.
    public byte[] frame() {
        return buffer;
    }
}
