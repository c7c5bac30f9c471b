package io.tocsin.expression;

/// Steps through UTF-8 bytes without ever failing on malformed ones.
final class Utf8 {
    private Utf8() {}

    /// Length of the well-formed sequence that begins here, 1 to 4; also 1 for a byte that begins none.
    static int sequenceLength(byte[] bytes, int at, int end) {
        int first = bytes[at] & 0xff;
        if (first < 0xc2 || first > 0xf4) {
            return 1;
        }
        int size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        if (at + size > end) {
            return 1;
        }
        for (int i = 1; i < size; i++) {
            if ((bytes[at + i] & 0xc0) != 0x80) {
                return 1;
            }
        }
        int second = bytes[at + 1] & 0xff;
        boolean refused = (first == 0xe0 && second < 0xa0)
                || (first == 0xed && second > 0x9f)
                || (first == 0xf0 && second < 0x90)
                || (first == 0xf4 && second > 0x8f);
        return refused ? 1 : size;
    }

    /// The character of a well-formed sequence of 2 to 4 bytes.
    static int decode(byte[] bytes, int at, int size) {
        int first = bytes[at];
        return switch (size) {
            case 2 -> (first & 0x1f) << 6 | (bytes[at + 1] & 0x3f);
            case 3 -> (first & 0x0f) << 12 | (bytes[at + 1] & 0x3f) << 6 | (bytes[at + 2] & 0x3f);
            default ->
                (first & 0x07) << 18
                        | (bytes[at + 1] & 0x3f) << 12
                        | (bytes[at + 2] & 0x3f) << 6
                        | (bytes[at + 3] & 0x3f);
        };
    }

    /// Writes a character and returns the place behind it.
    static int encode(int codePoint, byte[] out, int at) {
        int i = at;
        if (codePoint < 0x80) {
            out[i++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            out[i++] = (byte) (0xc0 | codePoint >> 6);
            out[i++] = (byte) (0x80 | (codePoint & 0x3f));
        } else if (codePoint < 0x10000) {
            out[i++] = (byte) (0xe0 | codePoint >> 12);
            out[i++] = (byte) (0x80 | (codePoint >> 6 & 0x3f));
            out[i++] = (byte) (0x80 | (codePoint & 0x3f));
        } else {
            out[i++] = (byte) (0xf0 | codePoint >> 18);
            out[i++] = (byte) (0x80 | (codePoint >> 12 & 0x3f));
            out[i++] = (byte) (0x80 | (codePoint >> 6 & 0x3f));
            out[i++] = (byte) (0x80 | (codePoint & 0x3f));
        }
        return i;
    }
}
