package io.tocsin.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A number of bytes with the way people write it: `512B`, `64KiB`, `10MB`. `KB`, `MB`, `GB`, `TB` count by
/// thousands, `KiB`, `MiB`, `GiB`, `TiB` by 1024.
///
/// @param bytes from 0
public record ByteSize(long bytes) implements Comparable<ByteSize> {
    private static final String[] UNITS = {"TiB", "GiB", "MiB", "KiB"};

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size cannot be negative [bytes=" + bytes + "]");
        }
    }

    public static ByteSize ofKibibytes(long count) {
        return new ByteSize(Math.multiplyExact(count, 1L << 10));
    }

    public static ByteSize ofMebibytes(long count) {
        return new ByteSize(Math.multiplyExact(count, 1L << 20));
    }

    public static ByteSize ofGibibytes(long count) {
        return new ByteSize(Math.multiplyExact(count, 1L << 30));
    }

    /// The size that the text means, or null when it means none.
    public static @Nullable ByteSize parse(String text) {
        int end = 0;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        if (end == 0 || end > 18) {
            return null;
        }
        long unit = switch (text.substring(end).strip().toLowerCase(Locale.ROOT)) {
            case "b" -> 1L;
            case "kb" -> 1_000L;
            case "mb" -> 1_000_000L;
            case "gb" -> 1_000_000_000L;
            case "tb" -> 1_000_000_000_000L;
            case "kib" -> 1L << 10;
            case "mib" -> 1L << 20;
            case "gib" -> 1L << 30;
            case "tib" -> 1L << 40;
            default -> 0L;
        };
        long count = Long.parseLong(text, 0, end, 10);
        return unit == 0 || count > Long.MAX_VALUE / unit ? null : new ByteSize(count * unit);
    }

    /// The size as an array length.
    ///
    /// @throws IllegalArgumentException when it is 2 GiB or more
    public int toInt() {
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("size is too large for memory [size=" + this + "]");
        }
        return (int) bytes;
    }

    @Override
    public int compareTo(ByteSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /// The largest unit that divides the size; [#parse] reads it back.
    @Override
    public String toString() {
        for (int i = 0; i < UNITS.length; i++) {
            long unit = 1L << (10 * (UNITS.length - i));
            if (bytes != 0 && bytes % unit == 0) {
                return bytes / unit + UNITS[i];
            }
        }
        return bytes + "B";
    }
}
