package io.tocsin.pipeline.connector.framing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Judges what a frame begins with: an octet count (RFC 6587 §3.4.1), or what messages begin with.
final class FrameHeads {
    /// The bytes at hand may become a head.
    static final long INCOMPLETE = -1;
    /// There is no octet count.
    static final long NONE = -2;

    private static final int MAXIMUM_COUNT_DIGITS = 9;
    private static final byte[] CEF = "CEF:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LEEF = "LEEF:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] JSON_OBJECT = "{\"".getBytes(StandardCharsets.US_ASCII);

    enum Answer {
        YES,
        NO,
        INCOMPLETE
    }

    private FrameHeads() {}

    /// Reads `digits SP` at `start`, and what a message begins with behind it when `strict`.
    ///
    /// @return the count in the lower half and the bytes of the head in the upper one, or [#INCOMPLETE] or [#NONE]
    static long count(byte[] buffer, int start, int end, boolean strict) {
        int value = 0;
        int position = start;
        for (; position < end; position++) {
            byte digit = buffer[position];
            if (digit < '0' || digit > '9') {
                break;
            }
            if (position - start == MAXIMUM_COUNT_DIGITS) {
                return NONE;
            }
            value = value * 10 + (digit - '0');
        }
        if (position == end) {
            return INCOMPLETE;
        }
        if (buffer[position] != ' ') {
            return NONE;
        }
        long head = (long) (position + 1 - start) << 32 | value;
        if (!strict) {
            return head;
        }
        return switch (beginsMessage(buffer, position + 1, end)) {
            case YES -> head;
            case NO -> NONE;
            case INCOMPLETE -> INCOMPLETE;
        };
    }

    /// Whether a frame begins behind a space, which some firewalls put between a line end and the next frame. A line
    /// that goes on with something else keeps its space.
    static Answer beginsFrame(byte[] buffer, int position, int end) {
        if (position == end) {
            return Answer.INCOMPLETE;
        }
        byte value = buffer[position];
        if (value == '<') {
            return beginsPriority(buffer, position, end);
        }
        if (value < '1' || value > '9') {
            return Answer.NO;
        }
        int digits = position;
        while (digits < end && isDigit(buffer[digits]) && digits - position <= MAXIMUM_COUNT_DIGITS) {
            digits++;
        }
        if (digits == end) {
            return Answer.INCOMPLETE;
        }
        boolean count = digits - position <= MAXIMUM_COUNT_DIGITS && buffer[digits] == ' ';
        return count ? beginsMessage(buffer, digits + 1, end) : Answer.NO;
    }

    private static Answer beginsMessage(byte[] buffer, int position, int end) {
        if (position == end) {
            return Answer.INCOMPLETE;
        }
        return switch (buffer[position]) {
            case '<' -> beginsPriority(buffer, position, end);
            case 'C' -> beginsWith(buffer, position, end, CEF);
            case 'L' -> beginsWith(buffer, position, end, LEEF);
            case '{' -> beginsWith(buffer, position, end, JSON_OBJECT);
            default -> Answer.NO;
        };
    }

    private static Answer beginsPriority(byte[] buffer, int position, int end) {
        return position + 1 == end ? Answer.INCOMPLETE : isDigit(buffer[position + 1]) ? Answer.YES : Answer.NO;
    }

    private static Answer beginsWith(byte[] buffer, int position, int end, byte[] wanted) {
        int compared = Math.min(wanted.length, end - position);
        if (!Arrays.equals(buffer, position, position + compared, wanted, 0, compared)) {
            return Answer.NO;
        }
        return compared == wanted.length ? Answer.YES : Answer.INCOMPLETE;
    }

    private static boolean isDigit(byte value) {
        return value >= '0' && value <= '9';
    }

    /// Where the digits of an octet count begin that ends just before `position`, or -1.
    static int before(byte[] buffer, int start, int position) {
        if (position - start < 2 || buffer[position - 1] != ' ') {
            return -1;
        }
        int header = position - 1;
        while (header > start && isDigit(buffer[header - 1]) && position - 1 - header < MAXIMUM_COUNT_DIGITS) {
            header--;
        }
        while (header < position - 1 && buffer[header] == '0') {
            header++;
        }
        return header < position - 1 ? header : -1;
    }
}
