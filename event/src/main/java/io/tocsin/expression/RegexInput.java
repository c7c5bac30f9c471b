package io.tocsin.expression;

/// Shows UTF-8 bytes to the regular expression library as characters. ASCII is shown in place; other text is
/// decoded into a buffer that also knows where each character stands in the bytes.
///
/// Thread-safety: one thread; reused.
final class RegexInput implements CharSequence {
    private static final int RETAINED = 1 << 16;

    private byte[] bytes = {};
    private int offset;
    private int length;
    private boolean ascii = true;
    private char[] characters = new char[64];
    private int[] offsets = new int[65];

    void set(byte[] newBytes, int newOffset, int newLength) {
        bytes = newBytes;
        offset = newOffset;
        length = newLength;
        ascii = CaseFolding.isAscii(newBytes, newOffset, newLength);
        if (!ascii) {
            decode(newOffset + newLength);
        }
    }

    private void decode(int end) {
        int needed = end - offset;
        if (characters.length < needed || (characters.length > RETAINED && needed < RETAINED)) {
            characters = new char[Math.max(64, needed)];
            offsets = new int[characters.length + 1];
        }
        int count = 0;
        int i = offset;
        while (i < end) {
            offsets[count] = i;
            int size = Utf8.sequenceLength(bytes, i, end);
            if (size == 1) {
                characters[count++] = bytes[i] >= 0 ? (char) bytes[i] : '\ufffd';
            } else {
                int codePoint = Utf8.decode(bytes, i, size);
                if (codePoint < 0x10000) {
                    characters[count++] = (char) codePoint;
                } else {
                    characters[count++] = Character.highSurrogate(codePoint);
                    offsets[count] = i;
                    characters[count++] = Character.lowSurrogate(codePoint);
                }
            }
            i += size;
        }
        offsets[count] = end;
        length = count;
    }

    /// Place in the bytes of the character at `index`, which may be the end.
    int byteOffset(int index) {
        return ascii ? offset + index : offsets[index];
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public char charAt(int index) {
        return ascii ? (char) bytes[offset + index] : characters[index];
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return toString().substring(start, end);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(charAt(i));
        }
        return text.toString();
    }
}
