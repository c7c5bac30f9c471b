package io.tocsin.storage.block;

import java.util.Arrays;
import java.util.List;

/// Turns identifiers into one block of the ClickHouse `Native` format with the column `ID`.
///
/// Thread-safety: one thread.
public final class IdBlock {
    private static final List<BlockColumn> COLUMNS = List.of(new BlockColumn("ID", "UUID"));

    private final BlockOutput output = new BlockOutput();
    private long[] halves = new long[1024];
    private int rows;

    /// Forgets all identifiers.
    public void clear() {
        rows = 0;
    }

    public void add(long high, long low) {
        if (rows * 2 == halves.length) {
            halves = Arrays.copyOf(halves, halves.length * 2);
        }
        halves[rows * 2] = high;
        halves[rows * 2 + 1] = low;
        rows++;
    }

    /// Number of identifiers.
    public int rows() {
        return rows;
    }

    /// Encodes the identifiers, in order.
    public Block encode() {
        output.clear();
        output.writeHeader(1, rows);
        output.writeColumn(COLUMNS.getFirst());
        for (int i = 0; i < rows * 2; i++) {
            output.writeLong(halves[i]);
        }
        return new Block(COLUMNS, rows, output.view());
    }
}
