package io.tocsin.pipeline.reference;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Rows of texts that are found by a key of one or several columns in constant time, without allocation. A plain
/// dictionary is the case of one key and one value column.
///
/// Keys lie in one byte array behind an open-addressing table; equal values are held once. A key of several
/// columns is written with [#KEY_SEPARATOR] between its parts.
///
/// Immutable; any thread.
public final class Dictionary {
    /// Stands between the parts of a key of several columns (the unit separator of ASCII).
    public static final byte KEY_SEPARATOR = 0x1f;

    private final List<String> keyColumns;
    private final List<String> valueColumns;
    private final boolean ignoreCase;
    private final byte[] keys;
    private final int[] keyStart;
    private final int[] slots;
    private final byte[] @Nullable [] values;
    private final int size;

    private Dictionary(Builder builder) {
        keyColumns = builder.keyColumns;
        valueColumns = builder.valueColumns;
        ignoreCase = builder.ignoreCase;
        size = builder.size;
        keys = Arrays.copyOf(builder.keys, builder.keyStart[size]);
        keyStart = Arrays.copyOf(builder.keyStart, size + 1);
        slots = builder.slots;
        values = Arrays.copyOf(builder.values, size * valueColumns.size());
    }

    /// Number of rows.
    public int size() {
        return size;
    }

    public List<String> keyColumns() {
        return keyColumns;
    }

    public List<String> valueColumns() {
        return valueColumns;
    }

    /// Number of a value column, or -1 when there is none of this name.
    public int column(String name) {
        return valueColumns.indexOf(name);
    }

    /// The row of a key, or -1.
    ///
    /// @param key UTF-8 text; parts of a key of several columns with [#KEY_SEPARATOR] between them
    public int find(byte[] key, int offset, int length) {
        int mask = slots.length - 1;
        int slot = hash(key, offset, length, ignoreCase) & mask;
        while (slots[slot] != 0) {
            int row = slots[slot] - 1;
            if (equal(row, key, offset, length)) {
                return row;
            }
            slot = (slot + 1) & mask;
        }
        return -1;
    }

    /// The row of a key, or -1.
    public int find(String... parts) {
        byte[] key = String.join(String.valueOf((char) KEY_SEPARATOR), parts).getBytes(UTF_8);
        return find(key, 0, key.length);
    }

    /// The parts of the key of a row.
    public List<String> key(int row) {
        String key = new String(keys, keyStart[row], keyStart[row + 1] - keyStart[row], UTF_8);
        return List.of(key.split(String.valueOf((char) KEY_SEPARATOR), -1));
    }

    /// A value as UTF-8 text, or null when the cell is empty. Do not change the array.
    public byte @Nullable [] value(int row, int column) {
        return values[row * valueColumns.size() + column];
    }

    private boolean equal(int row, byte[] key, int offset, int length) {
        return equal(keys, keyStart[row], keyStart[row + 1], key, offset, length, ignoreCase);
    }

    private static boolean equal(
            byte[] keys, int start, int end, byte[] key, int offset, int length, boolean ignoreCase) {
        if (end - start != length) {
            return false;
        }
        if (!ignoreCase) {
            return Arrays.equals(keys, start, end, key, offset, offset + length);
        }
        for (int i = 0; i < length; i++) {
            if (keys[start + i] != lower(key[offset + i])) {
                return false;
            }
        }
        return true;
    }

    private static int hash(byte[] key, int offset, int length, boolean ignoreCase) {
        int hash = 1;
        for (int i = offset; i < offset + length; i++) {
            hash = hash * 31 + (ignoreCase ? lower(key[i]) : key[i]);
        }
        hash *= 0x9e3779b9;
        return hash ^ (hash >>> 15);
    }

    private static byte lower(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? (byte) (letter + 32) : letter;
    }

    /// Starts a dictionary.
    ///
    /// @param ignoreCase true: ASCII letters of keys are compared without regard to case
    public static Builder builder(List<String> keyColumns, List<String> valueColumns, boolean ignoreCase) {
        return new Builder(keyColumns, valueColumns, ignoreCase);
    }

    /// A plain dictionary of one key and one value column, named `key` and `value`.
    public static Dictionary of(Map<String, String> entries, boolean ignoreCase) {
        Builder builder = builder(List.of("key"), List.of("value"), ignoreCase);
        entries.forEach((key, value) -> builder.add(List.of(key), List.of(value)));
        return builder.build();
    }

    /// Collects rows. A key that comes again replaces the values of the row before.
    ///
    /// Thread-safety: one thread.
    public static final class Builder {
        private final List<String> keyColumns;
        private final List<String> valueColumns;
        private final boolean ignoreCase;
        private final Map<String, byte[]> interned = new HashMap<>();
        private byte[] keys = new byte[1024];
        private int[] keyStart = new int[65];
        private int[] slots = new int[128];
        private byte[] @Nullable [] values;
        private int size;
        private int repeated;

        private Builder(List<String> keyColumns, List<String> valueColumns, boolean ignoreCase) {
            if (keyColumns.isEmpty() || valueColumns.isEmpty()) {
                throw new IllegalArgumentException("a dictionary needs a key and a value column");
            }
            this.keyColumns = List.copyOf(keyColumns);
            this.valueColumns = List.copyOf(valueColumns);
            this.ignoreCase = ignoreCase;
            this.values = new byte[64 * valueColumns.size()][];
        }

        /// Rows so far.
        public int size() {
            return size;
        }

        /// Keys that came more than once.
        public int repeated() {
            return repeated;
        }

        /// Adds a row; both lists have one text for each column.
        public void add(List<String> keyParts, List<String> cells) {
            if (keyParts.size() != keyColumns.size() || cells.size() != valueColumns.size()) {
                throw new IllegalArgumentException("row does not fit its columns [key=" + keyParts + "]");
            }
            byte[] key =
                    String.join(String.valueOf((char) KEY_SEPARATOR), keyParts).getBytes(UTF_8);
            if (ignoreCase) {
                for (int i = 0; i < key.length; i++) {
                    key[i] = lower(key[i]);
                }
            }
            int row = row(key);
            for (int column = 0; column < cells.size(); column++) {
                String cell = cells.get(column);
                values[row * valueColumns.size() + column] =
                        cell.isEmpty() ? null : interned.computeIfAbsent(cell, text -> text.getBytes(UTF_8));
            }
        }

        private int row(byte[] key) {
            int mask = slots.length - 1;
            int slot = hash(key, 0, key.length, false) & mask;
            while (slots[slot] != 0) {
                int row = slots[slot] - 1;
                if (equal(keys, keyStart[row], keyStart[row + 1], key, 0, key.length, false)) {
                    repeated++;
                    return row;
                }
                slot = (slot + 1) & mask;
            }
            int start = keyStart[size];
            if (start + key.length > keys.length) {
                keys = Arrays.copyOf(keys, Math.max(Math.addExact(start, key.length), keys.length * 2));
            }
            System.arraycopy(key, 0, keys, start, key.length);
            if (size + 2 > keyStart.length) {
                keyStart = Arrays.copyOf(keyStart, keyStart.length * 2);
                values = Arrays.copyOf(values, values.length * 2 + valueColumns.size());
            }
            keyStart[size + 1] = start + key.length;
            slots[slot] = ++size;
            if (size * 2 > slots.length) {
                grow();
            }
            return size - 1;
        }

        private void grow() {
            slots = new int[slots.length * 2];
            int mask = slots.length - 1;
            for (int row = 0; row < size; row++) {
                int slot = hash(keys, keyStart[row], keyStart[row + 1] - keyStart[row], false) & mask;
                while (slots[slot] != 0) {
                    slot = (slot + 1) & mask;
                }
                slots[slot] = row + 1;
            }
        }

        public Dictionary build() {
            return new Dictionary(this);
        }
    }
}
