package io.tocsin.pipeline.connector.framing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/// The texts that end frames with [Framing#DELIMITED]. The one that begins first ends the frame; of several that begin
/// at the same place it is the longest, so where the bytes at hand are the beginning of a longer one, nothing is
/// decided before more of them come.
///
/// Thread-safety: immutable.
public final class Delimiters {
    /// How many there may be.
    public static final int MAXIMUM_COUNT = 8;
    /// Bytes of the longest one.
    public static final int MAXIMUM_BYTES = 8;

    /// Longest first.
    private final byte[][] texts;
    private final boolean[] first = new boolean[256];
    /// The first bytes when there are one or two, which a scan finds eight at a time.
    private final boolean scans;

    private final byte firstByte;
    private final byte secondByte;

    private Delimiters(List<byte[]> texts) {
        this.texts = texts.stream()
                .sorted(Comparator.comparingInt((byte[] text) -> text.length).reversed())
                .toArray(byte[][]::new);
        byte other = this.texts[0][0];
        int different = 0;
        for (byte[] text : this.texts) {
            if (!first[text[0] & 0xFF]) {
                first[text[0] & 0xFF] = true;
                different++;
                other = text[0];
            }
        }
        scans = different <= 2;
        firstByte = this.texts[0][0];
        secondByte = other;
    }

    /// Reads delimiters as they are written in a configuration: UTF-8, with `\n`, `\r`, `\t`, `\0`, `\\` and `\xHH` for
    /// a byte.
    ///
    /// @throws IllegalArgumentException when they are none or too many, or one is empty, too long or not readable
    public static Delimiters of(List<String> written) {
        if (written.isEmpty() || written.size() > MAXIMUM_COUNT) {
            throw new IllegalArgumentException(
                    "1 to " + MAXIMUM_COUNT + " delimiters are needed [count=" + written.size() + "]");
        }
        List<byte[]> texts = new ArrayList<>();
        for (String text : written) {
            byte[] bytes = bytes(text);
            if (bytes.length == 0 || bytes.length > MAXIMUM_BYTES) {
                throw new IllegalArgumentException("a delimiter has 1 to " + MAXIMUM_BYTES + " bytes [delimiter=" + text
                        + ", bytes=" + bytes.length + "]");
            }
            texts.add(bytes);
        }
        return new Delimiters(texts);
    }

    private static byte[] bytes(String written) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int at = 0;
        while (at < written.length()) {
            int escape = written.indexOf('\\', at);
            int plain = escape < 0 ? written.length() : escape;
            bytes.writeBytes(written.substring(at, plain).getBytes(StandardCharsets.UTF_8));
            at = plain;
            if (escape >= 0) {
                char kind = at + 1 < written.length() ? written.charAt(at + 1) : ' ';
                bytes.write(escaped(written, at, kind));
                at += kind == 'x' ? 4 : 2;
            }
        }
        return bytes.toByteArray();
    }

    private static int escaped(String written, int at, char kind) {
        return switch (kind) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case '0' -> 0;
            case '\\' -> '\\';
            default -> {
                boolean digits = kind == 'x'
                        && at + 4 <= written.length()
                        && HexFormat.isHexDigit(written.charAt(at + 2))
                        && HexFormat.isHexDigit(written.charAt(at + 3));
                if (!digits) {
                    throw new IllegalArgumentException("the delimiter is not readable [delimiter=" + written
                            + "]: write \\n, \\r, \\t, \\0, \\\\ or \\xHH behind a backslash");
                }
                yield HexFormat.fromHexDigits(written, at + 2, at + 4);
            }
        };
    }

    /// Looks for the first delimiter.
    ///
    /// @param complete true when nothing follows the bytes at hand
    /// @return where it begins; when it is not known yet, `~` of where to go on: nothing before is part of one
    int find(byte[] bytes, int from, int to, boolean complete) {
        int at = from;
        while (true) {
            at = candidate(bytes, at, to);
            if (at == to) {
                return ~to;
            }
            int length = lengthAt(bytes, at, to, complete);
            if (length > 0) {
                return at;
            }
            if (length < 0) {
                return ~at;
            }
            at++;
        }
    }

    private int candidate(byte[] bytes, int from, int to) {
        if (scans) {
            int found = ByteScan.find(bytes, from, to, firstByte, secondByte);
            return found < 0 ? to : found;
        }
        int at = from;
        while (at < to && !first[bytes[at] & 0xFF]) {
            at++;
        }
        return at;
    }

    /// Bytes of the delimiter that begins there; 0 when none does, -1 when more bytes are needed to know.
    int lengthAt(byte[] bytes, int at, int to, boolean complete) {
        for (byte[] text : texts) {
            int compared = Math.min(text.length, to - at);
            int same = 0;
            while (same < compared && bytes[at + same] == text[same]) {
                same++;
            }
            if (same == text.length) {
                return text.length;
            }
            if (same == compared && !complete) {
                return -1;
            }
        }
        return 0;
    }
}
