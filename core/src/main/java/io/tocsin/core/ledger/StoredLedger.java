package io.tocsin.core.ledger;

import io.tocsin.core.storage.StorageClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What [LedgerWatch] looks at: the balance of a minute, what storage has counts of, and the alarms
/// that it holds.
///
/// Thread-safety: any thread.
final class StoredLedger implements LedgerWatch.Minute {
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final int MAX_ROWS = 100_000;
    private static final int MAX_SECONDS = 60;
    private static final long MAX_BYTES = 32L << 20;

    private final LedgerBalance balance;
    private final StorageClient storage;

    StoredLedger(LedgerBalance balance, StorageClient storage) {
        this.balance = balance;
        this.storage = storage;
    }

    @Override
    public List<LedgerBalance.Line> lines(long minuteMillis) {
        return balance.ledger(minuteMillis, minuteMillis + MINUTE_MILLIS).entries();
    }

    @Override
    public Map<Long, Long> sums(long fromMillis) {
        Map<Long, Long> sums = new HashMap<>();
        for (JsonNode row : rows(
                "SELECT toUnixTimestamp64Milli(Minute), sum(Value) FROM ledger WHERE Minute >="
                        + " fromUnixTimestamp64Milli(toInt64({from:String})) GROUP BY Minute",
                fromMillis,
                null)) {
            sums.put(row.path(0).asLong(), row.path(1).asLong());
        }
        return sums;
    }

    @Override
    public Set<LedgerWatch.Told> told(long fromMillis) {
        Set<LedgerWatch.Told> told = new HashSet<>();
        for (JsonNode row : rows(
                "SELECT toUnixTimestamp64Milli(StartTime), DeviceCustomString1, DeviceCustomString2 FROM events WHERE"
                        + " ServiceName = 'monitoring' AND DeviceEventClassID = 'ledger-gap' AND StartTime >="
                        + " fromUnixTimestamp64Milli(toInt64({from:String}))",
                fromMillis,
                fromMillis)) {
            told.add(new LedgerWatch.Told(
                    row.path(0).asLong(), row.path(1).asString(""), row.path(2).asString("")));
        }
        return told;
    }

    private JsonNode rows(String sql, long fromMillis, @Nullable Long boundMillis) {
        return storage.smallQuery(new StorageClient.Query(
                        sql,
                        Map.of("from", Long.toString(fromMillis)),
                        boundMillis,
                        null,
                        "json",
                        MAX_ROWS,
                        MAX_SECONDS,
                        MAX_BYTES))
                .path("rows");
    }
}
