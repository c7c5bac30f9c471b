package io.tocsin.bench.correlator;

import io.tocsin.correlator.table.SharingStep;
import io.tocsin.correlator.table.TableDefinition;
import io.tocsin.correlator.table.TableRecord;
import io.tocsin.correlator.table.Tables;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// What it takes when a correlator joins an installation whose shared list has a million records: to take them where it
/// joins, to make records of a log of them, and to bring those into the tables of the one who joins. Processor time of
/// the one thread that does it, and memory that stays.
public final class ListJoinCost {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("bench", "bench", "");
    private static final int STEP_BYTES = 256 << 10;

    private ListJoinCost() {}

    public static void main(String[] arguments) {
        int records = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        TableDefinition list = new TableDefinition(
                "blocked", TableDefinition.Kind.ACTIVE_LIST, "", 0, records, List.of(), TableDefinition.Scope.SHARED);
        long empty = used();
        Tables core = new Tables(List.of(list), List.of());
        core.share(1);
        for (int i = 0; i < records; i++) {
            core.set(
                    "blocked",
                    List.of("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255)),
                    values(i),
                    1_000L + i);
            for (Tables.Written written : core.takeWritten()) {
                core.apply(written.change(), written.idHigh(), written.idLow(), 1_000L + i, 1_000L + i);
            }
        }
        long held = used() - empty;
        List<Tables.Contents> taken = new ArrayList<>();
        core.onJoin((join, contents) -> taken.add(Objects.requireNonNull(contents)));
        long begin = cpu();
        core.step(new SharingStep.Join(2, 7), 1_000L + records);
        long tookTaking = cpu() - begin;
        Tables.Contents contents = taken.getFirst();
        begin = cpu();
        List<byte[]> log = encoded(contents);
        long tookEncoding = cpu() - begin;
        long bytes = log.stream().mapToLong(each -> each.length).sum();

        Tables joining = new Tables(List.of(list), List.of());
        joining.share(2);
        joining.step(new SharingStep.Ask(7), Long.MIN_VALUE);
        joining.step(new SharingStep.Join(2, 7), Long.MIN_VALUE);
        long before = used();
        begin = cpu();
        long wall = System.nanoTime();
        long longest = bring(log, joining);
        long tookBringing = cpu() - begin;
        long clock = System.nanoTime() - wall;
        long joined = used() - before;
        int found = Objects.requireNonNull(joining.records("blocked")).size();
        System.out.printf(
                Locale.ROOT,
                "%,d records, %d MB here: taken in %.1f ms, made into %d log records of %.1f MB in %.2f s, brought in in"
                        + " %.2f s of processor time (%.2f s of the clock, longest step %.0f ms), %d MB there, %,d records%n",
                records,
                held >> 20,
                tookTaking / 1e6,
                log.size(),
                bytes / 1e6,
                tookEncoding / 1e9,
                tookBringing / 1e9,
                clock / 1e9,
                longest / 1e6,
                joined >> 20,
                found);
    }

    private static Map<String, List<String>> values(int number) {
        return Map.of("by", List.of("rule-" + number % 50));
    }

    private static List<byte[]> encoded(Tables.Contents contents) {
        List<byte[]> log = new ArrayList<>();
        BatchEncoder encoder = new BatchEncoder();
        for (Map.Entry<String, List<TableRecord>> table : contents.records().entrySet()) {
            List<SharingStep.Row> rows = new ArrayList<>();
            int size = 0;
            for (TableRecord each : table.getValue()) {
                SharingStep.Row row = SharingStep.Row.of(each);
                rows.add(row);
                size += row.bytes();
                if (size >= STEP_BYTES) {
                    log.add(encoded(encoder, new SharingStep.Rows(7, table.getKey(), rows)));
                    rows.clear();
                    size = 0;
                }
            }
            log.add(encoded(encoder, new SharingStep.Rows(7, table.getKey(), rows)));
        }
        long count = contents.records().values().stream().mapToLong(List::size).sum();
        log.add(encoded(encoder, new SharingStep.End(7, count, contents.mark())));
        return log;
    }

    private static byte[] encoded(BatchEncoder encoder, SharingStep step) {
        EventBatch batch = new EventBatch(1, STEP_BYTES);
        step.addTo(batch, ORIGIN, 1, 2, 3);
        int length = encoder.encode(batch, "", false);
        return Arrays.copyOf(encoder.buffer(), length);
    }

    /// @return what the longest step took, nanoseconds of processor time: no event is looked at meanwhile
    private static long bring(List<byte[]> log, Tables joining) {
        BatchDecoder decoder = new BatchDecoder();
        Event event = new Event();
        EventBatch batch = new EventBatch();
        long longest = 0;
        for (byte[] each : log) {
            long begin = cpu();
            decoder.decode(each, 0, each.length, batch);
            joining.step(Objects.requireNonNull(SharingStep.of(event.moveTo(batch, 0))), Long.MIN_VALUE);
            longest = Math.max(longest, cpu() - begin);
        }
        if (joining.needsJoin()) {
            throw new IllegalStateException("the join did not end");
        }
        return longest;
    }

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
