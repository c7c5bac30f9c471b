package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The arguments of a program that was started, from `a0=`, `a1_len=`, `a1[0]=`, `a1[1]=` … of one or several records;
/// and how the audit system writes texts.
///
/// Thread-safety: one thread.
final class AuditdArguments {
    private static final int LONGEST_INDEX = 6;

    /// Thread-safety: that of the arguments.
    private static final class Argument {
        final TreeMap<Integer, byte[]> pieces = new TreeMap<>();
        boolean hex;
        long length = -1;
    }

    private final TreeMap<Integer, Argument> arguments = new TreeMap<>();
    private final List<String> missing = new ArrayList<>();
    private int count = -1;

    void clear() {
        arguments.clear();
        missing.clear();
        count = -1;
    }

    boolean isEmpty() {
        return arguments.isEmpty();
    }

    /// Takes a pair of an EXECVE record; false when it is no argument.
    boolean add(String key, byte[] text, int from, int to, boolean quoted) {
        if (key.equals("argc")) {
            String digits = new String(text, from, Math.min(to - from, LONGEST_INDEX), US_ASCII);
            count = digits.chars().allMatch(c -> c >= '0' && c <= '9') && !digits.isEmpty()
                    ? Integer.parseInt(digits)
                    : -1;
            return false;
        }
        if (key.length() < 2 || key.charAt(0) != 'a') {
            return false;
        }
        int digits = 1;
        while (digits < key.length() && key.charAt(digits) >= '0' && key.charAt(digits) <= '9') {
            digits++;
        }
        if (digits == 1 || digits > LONGEST_INDEX) {
            return false;
        }
        int index = Integer.parseInt(key, 1, digits, 10);
        String rest = key.substring(digits);
        if (index >= AuditdFormat.maximumArguments()) {
            return true;
        }
        if (rest.equals("_len")) {
            argument(index).length =
                    Math.min(Integer.MAX_VALUE, number(new String(text, from, Math.min(to - from, 9), US_ASCII)));
            return true;
        }
        int piece = 0;
        if (rest.startsWith("[") && rest.endsWith("]") && rest.length() <= LONGEST_INDEX) {
            piece = (int) number(rest.substring(1, rest.length() - 1));
        } else if (!rest.isEmpty()) {
            return false;
        }
        Argument argument = argument(index);
        argument.hex |= !quoted && decodeHex(text, from, to) != null;
        argument.pieces.put(piece, Arrays.copyOfRange(text, from, to));
        return true;
    }

    private Argument argument(int index) {
        return arguments.computeIfAbsent(index, _ -> new Argument());
    }

    private static long number(String digits) {
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') {
                return 0;
            }
            value = value * 10 + c - '0';
        }
        return value;
    }

    /// The arguments in order; what is missing is an empty one and listed in [#missing()].
    List<String> values() {
        List<String> values = new ArrayList<>();
        int last = arguments.isEmpty() ? -1 : arguments.lastKey();
        int size = Math.min(AuditdFormat.maximumArguments(), Math.max(last + 1, count));
        for (int i = 0; i < size; i++) {
            Argument argument = arguments.get(i);
            if (argument == null) {
                missing.add(Integer.toString(i));
                if (arguments.higherKey(i) == null) {
                    break;
                }
                values.add("");
            } else {
                values.add(value(i, argument));
            }
        }
        return values;
    }

    private String value(int index, Argument argument) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        int expected = 0;
        for (int piece : argument.pieces.keySet()) {
            if (piece != expected) {
                missing.add(index + "[" + expected + "]");
            }
            expected = piece + 1;
            joined.writeBytes(argument.pieces.get(piece));
        }
        byte[] bytes = joined.toByteArray();
        if (argument.length > bytes.length) {
            missing.add(index + "[" + expected + "]");
        }
        byte[] decoded = argument.hex ? decodeHex(bytes, 0, bytes.length) : null;
        return text(decoded == null ? bytes : decoded, false);
    }

    /// Places of missing arguments and pieces, with commas.
    String missing() {
        return String.join(",", missing);
    }

    /// Arguments as one line that a shell would take; one with other characters than usual stands in single quotes.
    static String printable(List<String> arguments) {
        StringBuilder line = new StringBuilder();
        for (String argument : arguments) {
            if (!line.isEmpty()) {
                line.append(' ');
            }
            boolean plain = !argument.isEmpty()
                    && argument.chars().noneMatch(c -> c <= ' ' || c == '\'' || c == '"' || c == '\\' || c == '$');
            line.append(plain ? argument : "'" + argument.replace("'", "'\\''") + "'");
        }
        return line.toString();
    }

    /// Parts between NULs.
    static List<String> split(byte[] bytes) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length || bytes[i] == 0) {
                if (i > from || i < bytes.length) {
                    parts.add(text(Arrays.copyOfRange(bytes, from, i), false));
                }
                from = i + 1;
            }
        }
        return parts;
    }

    /// The bytes that hexadecimal digits mean, or null when these are none.
    static byte @Nullable [] decodeHex(byte[] text, int from, int to) {
        int length = to - from;
        if (length < 2 || length % 2 != 0) {
            return null;
        }
        byte[] bytes = new byte[length / 2];
        for (int i = 0; i < bytes.length; i++) {
            int high = Character.digit(text[from + 2 * i], 16);
            int low = Character.digit(text[from + 2 * i + 1], 16);
            if (high < 0 || low < 0) {
                return null;
            }
            bytes[i] = (byte) ((high << 4) | low);
        }
        return bytes;
    }

    /// Bytes as text. What is no printable UTF-8 is written reversibly: each such byte as `%XX`, and `%` as `%25`.
    ///
    /// @param list bytes 0x01 separate the elements of a list, which gets commas
    static String text(byte[] bytes, boolean list) {
        byte[] source = bytes;
        if (list) {
            source = bytes.clone();
            for (int i = 0; i < source.length; i++) {
                if (source[i] == 1) {
                    source[i] = ',';
                }
            }
        }
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(source)).toString();
            if (text.chars().noneMatch(c -> c < ' ' || c == 0x7F)) {
                return text;
            }
        } catch (CharacterCodingException _) {
            // escaped below
        }
        StringBuilder escaped = new StringBuilder();
        for (byte b : source) {
            if (b >= ' ' && b < 0x7F && b != '%') {
                escaped.append((char) b);
            } else {
                escaped.append('%').append(String.format(Locale.ROOT, "%02X", b & 0xFF));
            }
        }
        return escaped.toString();
    }
}
