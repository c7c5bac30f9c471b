package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EventBuilder;

/// Writes numbers, addresses and octets as text behind the other bytes of an event. Each method returns the span. Needs
/// no object.
final class FlowText {
    private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);
    private static final int LONGEST_NUMBER = 20;
    private static final int LONGEST_ADDRESS = 45;

    private FlowText() {}

    /// A number in decimal.
    static long number(EventBuilder event, long value) {
        if (value == Long.MIN_VALUE) {
            byte[] text = Long.toString(value).getBytes(US_ASCII);
            return Conversion.span(event.append(text, 0, text.length), text.length);
        }
        int start = event.reserve(LONGEST_NUMBER);
        int end = number(event.arena(), start, value);
        event.advance(end - start);
        return Conversion.span(start, end - start);
    }

    private static int number(byte[] out, int start, long value) {
        int at = start;
        long rest = value;
        if (rest < 0) {
            out[at++] = '-';
            rest = -rest;
        }
        int digits = 1;
        for (long limit = 10; digits < 19 && rest >= limit; limit *= 10) {
            digits++;
        }
        int end = at + digits;
        for (int i = end - 1; i >= at; i--) {
            out[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return end;
    }

    /// Four bytes as `192.0.2.1`.
    static long ipv4(EventBuilder event, int from) {
        int start = event.reserve(LONGEST_ADDRESS);
        byte[] out = event.arena();
        int end = ipv4(out, from, start);
        event.advance(end - start);
        return Conversion.span(start, end - start);
    }

    private static int ipv4(byte[] out, int from, int start) {
        int at = start;
        for (int i = 0; i < 4; i++) {
            if (i > 0) {
                out[at++] = '.';
            }
            at = number(out, at, out[from + i] & 0xFF);
        }
        return at;
    }

    /// Sixteen bytes as text in the form of RFC 5952: the longest run of zeros is left out.
    static long ipv6(EventBuilder event, int from) {
        int start = event.reserve(LONGEST_ADDRESS);
        byte[] out = event.arena();
        int at = start;
        int runStart = -1;
        int runLength = 1;
        for (int i = 0; i < 8; i++) {
            int length = 0;
            while (i + length < 8 && out[from + 2 * (i + length)] == 0 && out[from + 2 * (i + length) + 1] == 0) {
                length++;
            }
            if (length > runLength) {
                runStart = i;
                runLength = length;
            }
            i += length;
        }
        boolean mapped = runStart == 0 && runLength == 5 && out[from + 10] == -1 && out[from + 11] == -1;
        int groups = mapped ? 6 : 8;
        for (int i = 0; i < groups; i++) {
            if (i == runStart) {
                out[at++] = ':';
                out[at++] = ':';
                i += runLength - 1;
            } else {
                if (i > 0 && out[at - 1] != ':') {
                    out[at++] = ':';
                }
                at = group(out, at, ((out[from + 2 * i] & 0xFF) << 8) | (out[from + 2 * i + 1] & 0xFF));
            }
        }
        if (mapped) {
            out[at++] = ':';
            at = ipv4(out, from + 12, at);
        }
        event.advance(at - start);
        return Conversion.span(start, at - start);
    }

    private static int group(byte[] out, int start, int value) {
        int at = start;
        for (int shift = 12; shift >= 0; shift -= 4) {
            if (at > start || value >> shift != 0 || shift == 0) {
                out[at++] = HEX[(value >> shift) & 0xF];
            }
        }
        return at;
    }

    /// Six bytes as `aa:bb:cc:dd:ee:ff`.
    static long mac(EventBuilder event, int from) {
        int start = event.reserve(17);
        byte[] out = event.arena();
        int at = start;
        for (int i = 0; i < 6; i++) {
            if (i > 0) {
                out[at++] = ':';
            }
            out[at++] = HEX[(out[from + i] >> 4) & 0xF];
            out[at++] = HEX[out[from + i] & 0xF];
        }
        event.advance(at - start);
        return Conversion.span(start, at - start);
    }

    /// Octets as hexadecimal digits.
    static long hex(EventBuilder event, int from, int length) {
        int start = event.reserve(2 * length);
        byte[] out = event.arena();
        for (int i = 0; i < length; i++) {
            out[start + 2 * i] = HEX[(out[from + i] >> 4) & 0xF];
            out[start + 2 * i + 1] = HEX[out[from + i] & 0xF];
        }
        event.advance(2 * length);
        return Conversion.span(start, 2 * length);
    }

    /// An application (RFC 6759): engine and selector as `engine..selector`, of an enterprise as
    /// `20..enterprise..selector`.
    static long application(EventBuilder event, int from, int length) {
        int start = event.reserve(3 * LONGEST_NUMBER);
        byte[] out = event.arena();
        int engine = out[from] & 0xFF;
        int at = number(out, start, engine);
        int selector = 1;
        if (engine == 20 && length >= 5) {
            out[at++] = '.';
            out[at++] = '.';
            at = number(out, at, unsigned(out, from + 1, 4));
            selector = 5;
        }
        if (length > selector && length - selector <= 7) {
            out[at++] = '.';
            out[at++] = '.';
            at = number(out, at, unsigned(out, from + selector, length - selector));
        }
        event.advance(at - start);
        return Conversion.span(start, at - start);
    }

    private static long unsigned(byte[] bytes, int from, int length) {
        long value = 0;
        for (int i = from; i < from + length; i++) {
            value = (value << 8) | (bytes[i] & 0xFF);
        }
        return value;
    }
}
