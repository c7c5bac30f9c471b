package io.tocsin.storage.block;

import io.tocsin.event.BatchLedger;
import java.util.List;
import java.util.Locale;

/// Turns ledger entries into one block of the ClickHouse `Native` format.
///
/// Thread-safety: one thread.
public final class LedgerBlockEncoder {
    /// The columns of the block.
    public static final List<BlockColumn> COLUMNS = List.of(
            new BlockColumn("Minute", "DateTime64(3, 'UTC')"),
            new BlockColumn("Collector", "String"),
            new BlockColumn("Source", "String"),
            new BlockColumn("Counter", "String"),
            new BlockColumn("Reason", "String"),
            new BlockColumn("Value", "Int64"));

    private static final long MILLIS_PER_MINUTE = 60_000;

    private final BlockOutput output = new BlockOutput();

    /// Encodes the entries, in order.
    public Block encode(List<BatchLedger.Entry> entries) {
        output.clear();
        output.writeHeader(COLUMNS.size(), entries.size());
        output.writeColumn(COLUMNS.get(0));
        entries.forEach(entry -> output.writeLong(entry.minute() * MILLIS_PER_MINUTE));
        output.writeColumn(COLUMNS.get(1));
        entries.forEach(entry -> output.writeText(entry.service()));
        output.writeColumn(COLUMNS.get(2));
        entries.forEach(entry -> output.writeText(entry.source()));
        output.writeColumn(COLUMNS.get(3));
        entries.forEach(entry -> output.writeText(counterName(entry.counter())));
        output.writeColumn(COLUMNS.get(4));
        entries.forEach(entry -> output.writeText(entry.reason()));
        output.writeColumn(COLUMNS.get(5));
        entries.forEach(entry -> output.writeLong(entry.value()));
        return new Block(COLUMNS, entries.size(), output.view());
    }

    /// How a counter is named in the column `Counter`.
    public static String counterName(BatchLedger.Counter counter) {
        return counter.name().toLowerCase(Locale.ROOT);
    }
}
