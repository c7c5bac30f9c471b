package io.tocsin.storage;

import io.tocsin.event.DeliveryRun;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.storage.block.EventBlockEncoder;
import io.tocsin.storage.embedded.Engine;
import io.tocsin.storage.embedded.EngineOptions;
import io.tocsin.storage.embedded.NativeLibrary;
import io.tocsin.storage.embedded.Session;
import io.tocsin.storage.store.Inserter;
import io.tocsin.storage.store.Tables;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Measures one inserter with events of 30 filled fields and 330 bytes of `Raw`, and some searches over them. Not a
/// test: run `main` with folder, deliveries and events per delivery.
public final class InsertMeasurement {
    private static final int FILLED_TEXTS = 20;
    private static final int FILLED_NUMBERS = 8;
    /// In the future: what is older than the process may be stored already and is looked up.
    private static final long BASE_NANOS = 1_900_000_000_000_000_000L;

    private InsertMeasurement() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        int deliveries = Integer.parseInt(arguments[1]);
        int size = Integer.parseInt(arguments[2]);
        PrintStream out = new PrintStream(System.out, true);
        long started = System.nanoTime();
        try (Engine engine = Engine.open(
                        new EngineOptions(folder, Tables.DATABASE, Tables.READABLE, 3L << 30, 64L << 20, 2),
                        NativeLibrary.locate());
                Session session = engine.administrator()) {
            Tables.prepare(session);
            for (String sql : System.getProperty("sql", "").split(";", -1)) {
                if (!sql.isBlank()) {
                    session.execute(sql);
                }
            }
            out.println("open ms " + millisSince(started) + " " + memory());
            insert(engine, deliveries, size, out);
            out.println("after inserts " + memory());
            out.println("rows, bytes a row, parts: "
                    + session.text(
                            "SELECT sum(rows), round(sum(bytes_on_disk) / sum(rows), 1), count() FROM system.parts"
                                    + " WHERE active AND table = 'events'"));
            out.println(session.text(
                    "SELECT arrayStringConcat(groupArray(concat(event, ' ', toString(intDiv(value, 1000)))), '\n"
                            + "') FROM (SELECT event, value FROM system.events WHERE event LIKE '%Microseconds' AND value"
                            + " > 100000 ORDER BY value DESC)"));
            for (String sql : List.of(
                    "SELECT count() FROM events WHERE Raw LIKE '%needle-7777777%'",
                    "SELECT count() FROM events WHERE hasToken(Raw, '7777777')",
                    "SELECT toStartOfMinute(Timestamp) AS t, count() FROM events GROUP BY t FORMAT Null",
                    "SELECT SourceAddress, count() AS n FROM events GROUP BY ALL ORDER BY n DESC LIMIT 10 FORMAT Null",
                    "SELECT * FROM events ORDER BY Timestamp DESC LIMIT 250 FORMAT Null")) {
                for (int i = 0; i < 2; i++) {
                    long begin = System.nanoTime();
                    session.text(sql);
                    out.println(millisSince(begin) + " ms " + sql);
                }
            }
            out.println("at end " + memory());
        }
    }

    /// Inserts, and then a third of it once more by another producer, as a replay does.
    private static void insert(Engine engine, int deliveries, int size, PrintStream out) {
        Random random = new Random(1);
        List<EventBatch> batches = new ArrayList<>();
        for (int b = 0; b < size / 500; b++) {
            batches.add(new EventBatch());
        }
        EventBlockEncoder encoder = new EventBlockEncoder();
        EventIds ids = new EventIds(() -> Instant.EPOCH);
        long encodeNanos = 0;
        long insertNanos = 0;
        long wallNanos = 0;
        long measured = 0;
        long number = 0;
        long replayNanos = 0;
        long replayed = 0;
        try (Inserter inserter = Inserter.open(engine)) {
            for (int d = 0; d < deliveries; d++) {
                for (EventBatch batch : batches) {
                    fill(batch, random, number, ids);
                    number += 500;
                }
                if (d == deliveries / 3) {
                    encodeNanos = 0;
                    insertNanos = 0;
                    wallNanos = 0;
                    measured = 0;
                }
                measured += size;
                long begin = processNanos();
                encoder.encode(batches);
                encodeNanos += processNanos() - begin;
                begin = processNanos();
                long wall = System.nanoTime();
                inserter.insert(new DeliveryRun(1, 1, number - size, size), batches, 0);
                insertNanos += processNanos() - begin;
                wallNanos += System.nanoTime() - wall;
            }
            for (int d = 0; d < deliveries / 3; d++) {
                for (int b = 0; b < batches.size(); b++) {
                    fill(batches.get(b), random, (long) d * size + b * 500L, ids);
                }
                long wall = System.nanoTime();
                replayed += inserter.insert(new DeliveryRun(2, 1, (long) d * size, size), batches, 0)
                        .duplicates();
                replayNanos += System.nanoTime() - wall;
            }
        }
        out.printf("replay: %d duplicates left out, %.0f rows/s%n", replayed, replayed / (replayNanos / 1e9));
        out.printf(
                "encode %.0f rows per CPU second, insert (with encode and merges) %.0f rows per CPU second, %.0f"
                        + " rows/s%n",
                measured / (encodeNanos / 1e9), measured / (insertNanos / 1e9), measured / (wallNanos / 1e9));
    }

    private static void fill(EventBatch batch, Random random, long first, EventIds ids) {
        batch.clear();
        EventBuilder builder = batch.builder();
        EntryOrigin origin = new EntryOrigin("", "syslog", "tcp", "10.0.0.1", 40000, "127.0.0.1", 5140, "");
        for (int i = 0; i < 500; i++) {
            byte[] raw = new byte[330];
            for (int c = 0; c < raw.length; c++) {
                raw[c] = (byte) (c % 9 == 8 ? ' ' : 'a' + random.nextInt(6));
            }
            byte[] needle = ("needle-" + (first + i)).getBytes(StandardCharsets.UTF_8);
            System.arraycopy(needle, 0, raw, 100, needle.length);
            long nanos = BASE_NANOS + (first + i) * 20_000L;
            ids.ofPlace(nanos / 1_000_000, first + i, 0x0123_4567_89AB_CDEFL);
            builder.begin(origin, ids.high(), ids.low(), nanos, first + i, raw, 0, raw.length);
            builder.setFlag(EventBatch.FLAG_KEEP_RAW);
            int texts = 0;
            int numbers = 0;
            for (Field field : Field.values()) {
                if (field.code() < Field.SOURCE_ADDRESS.code()) {
                    continue;
                }
                if (field.type() == FieldType.STRING && texts < FILLED_TEXTS) {
                    texts++;
                    builder.setText(field, "value" + random.nextInt(texts % 4 == 0 ? 5000 : 40));
                } else if (field.type() == FieldType.INTEGER && numbers < FILLED_NUMBERS) {
                    numbers++;
                    builder.setInteger(field, random.nextInt(60000));
                }
            }
            builder.commit();
        }
    }

    /// CPU time of the whole process, background merges included.
    private static long processNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    private static String memory() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS") || line.startsWith("RssAnon") || line.startsWith("RssFile"))
                .toList()
                .toString();
    }
}
