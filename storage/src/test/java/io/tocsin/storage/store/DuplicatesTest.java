package io.tocsin.storage.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.BatchLedger;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventIds;
import io.tocsin.storage.TestEngine;
import io.tocsin.storage.embedded.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One row per identifier, whatever the ways are by which an event comes.
@Tag("native")
final class DuplicatesTest {
    private static final long BASE_MILLIS = 1_780_000_000_000L;
    private static final Instant BEFORE = Instant.ofEpochMilli(BASE_MILLIS - 1);
    private static final Instant LATER = Instant.ofEpochMilli(BASE_MILLIS + 3_600_000);
    private static final EntryOrigin ORIGIN =
            new EntryOrigin("", "edge", "tcp", "10.0.0.1", 40000, "127.0.0.1", 5140, "");

    @TempDir
    private Path folder;

    /// An event as tests make it.
    private record Made(long high, long low, long receivedMillis) {}

    private static List<Made> made(EventIds ids, long firstMillis, int count) {
        List<Made> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long millis = firstMillis + i / 3;
            ids.next(millis);
            made.add(new Made(ids.high(), ids.low(), millis));
        }
        return made;
    }

    private static EventBatch batch(List<Made> events) {
        EventBatch batch = new EventBatch();
        for (Made event : events) {
            byte[] raw = {'x'};
            batch.builder().begin(ORIGIN, event.high(), event.low(), event.receivedMillis() * 1_000_000, 1, raw, 0, 1);
            batch.builder().commit();
            batch.ledger().add(event.receivedMillis() * 1_000_000, ORIGIN, BatchLedger.Counter.RECEIVED, "", 1);
        }
        return batch;
    }

    private static EventIds ids() {
        return new EventIds(() -> BEFORE);
    }

    private interface Body {
        void run(Session session, Storage storage) throws IOException;
    }

    private interface Storage {
        Inserter open(Instant now);

        default Inserter open() {
            return open(BEFORE);
        }
    }

    private void with(Body body) throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                Tables.prepare(session);
                body.run(session, now -> Inserter.open(engine, () -> now));
            }
        });
    }

    private static void assertBalanced(Session session, long rows) {
        assertThat(session.text("SELECT count(), uniqExact(ID) FROM events")).isEqualTo(rows + "\t" + rows);
        assertThat(session.text(
                        "SELECT sumIf(Value, Counter = 'received') - sumIf(Value, Counter = 'rejected') FROM ledger"))
                .isEqualTo(Long.toString(rows));
        assertThat(session.text("SELECT groupUniqArray(Reason) FROM ledger WHERE Counter = 'rejected'"))
                .isIn("['duplicate']", "[]");
    }

    /// P24: every event of a window three times, in random order, over several receivers.
    @Test
    void storesWhatComesThreeTimesInRandomOrderOnce() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Made> all = new ArrayList<>();
        for (int lane = 0; lane < 4; lane++) {
            List<Made> made = made(ids(), BASE_MILLIS + random.nextInt(1000), 1500);
            for (int copy = 0; copy < 3; copy++) {
                all.addAll(made);
            }
        }
        Collections.shuffle(all, random);
        with((session, storage) -> {
            int removed = 0;
            try (Inserter inserter = storage.open()) {
                long[] sequence = new long[3];
                for (int from = 0; from < all.size(); ) {
                    int receiver = random.nextInt(3);
                    List<EventBatch> batches = new ArrayList<>();
                    int count = 0;
                    for (int b = 0; b < 2 && from < all.size(); b++) {
                        int size = Math.min(1 + random.nextInt(900), all.size() - from);
                        batches.add(batch(all.subList(from, from + size)));
                        from += size;
                        count += size;
                    }
                    removed += inserter.insert(new DeliveryRun(receiver, 1, sequence[receiver], count), batches, 0)
                            .duplicates();
                    sequence[receiver] += count;
                }
            }
            assertThat(removed).isEqualTo(12_000);
            assertBalanced(session, 6_000);
        });
    }

    @Test
    void recognisesWhatAnEarlierProcessStored() throws Exception {
        List<Made> events = made(ids(), BASE_MILLIS, 500);
        with((session, storage) -> {
            try (Inserter inserter = storage.open()) {
                inserter.insert(new DeliveryRun(1, 1, 0, 500), List.of(batch(events)), 0);
            }
            // A replay by another producer, after a restart; the clock has gone on.
            try (Inserter inserter = storage.open(LATER)) {
                assertThat(inserter.insert(new DeliveryRun(2, 1, 0, 500), List.of(batch(events.subList(100, 400))), 0))
                        .isEqualTo(new Inserter.Outcome(500, 0, 300));
            }
            assertBalanced(session, 500);
        });
    }

    @Test
    void recognisesWhatComesFromAQueueAtAnotherTime() throws Exception {
        EventIds ids = ids();
        List<Made> first = new ArrayList<>();
        List<Made> again = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            ids.ofPlace(BASE_MILLIS + i, i, 0x1234_5678_9ABC_DEF0L);
            first.add(new Made(ids.high(), ids.low(), BASE_MILLIS + 50_000 + i));
            again.add(new Made(ids.high(), ids.low(), BASE_MILLIS + 86_400_000L * 6 + i));
        }
        with((session, storage) -> {
            try (Inserter inserter = storage.open()) {
                inserter.insert(new DeliveryRun(1, 1, 0, 200), List.of(batch(first)), 0);
                assertThat(inserter.insert(new DeliveryRun(2, 1, 0, 200), List.of(batch(again)), 0)
                                .duplicates())
                        .isEqualTo(200);
            }
            assertThat(session.text("SELECT count() FROM events")).isEqualTo("200");
        });
    }

    /// W43: a sender that names its events was not answered, and sends them again later to another collector.
    @Test
    void recognisesWhatASenderNamesAtAnotherTime() throws Exception {
        Random names = new Random(43);
        List<Made> first = new ArrayList<>();
        List<Made> again = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            long name = names.nextLong();
            long made = BASE_MILLIS + i / 50;
            long high = EventIds.namedHigh(made, name);
            long low = EventIds.namedLow(i % 7, name);
            first.add(new Made(high, low, made + 20));
            again.add(new Made(high, low, made + 40_000));
        }
        Collections.shuffle(again, names);
        with((session, storage) -> {
            try (Inserter inserter = storage.open()) {
                inserter.insert(new DeliveryRun(1, 1, 0, 200), List.of(batch(first)), 0);
                assertThat(inserter.insert(new DeliveryRun(2, 1, 0, 150), List.of(batch(again.subList(0, 150))), 0)
                                .duplicates())
                        .isEqualTo(150);
            }
            try (Inserter inserter = storage.open(LATER)) {
                assertThat(inserter.insert(new DeliveryRun(3, 1, 0, 200), List.of(batch(again)), 0)
                                .duplicates())
                        .isEqualTo(200);
            }
            assertThat(session.text("SELECT count() FROM events")).isEqualTo("200");
        });
    }

    /// The process dies after the events of a delivery are stored: its repetition must neither store them again nor
    /// take them for duplicates of somebody else's.
    @Test
    void repeatsAnInterruptedDeliveryWithTheSameDecision() throws Exception {
        List<Made> events = made(ids(), BASE_MILLIS, 600);
        DeliveryRun second = new DeliveryRun(2, 1, 0, 400);
        with((session, storage) -> {
            try (Inserter inserter = storage.open()) {
                inserter.insert(new DeliveryRun(1, 1, 0, 300), List.of(batch(events.subList(0, 300))), 0);
            }
            byte[] before = Files.readAllBytes(folder.resolve("known-events/intents"));
            try (Inserter inserter = storage.open(LATER)) {
                assertThat(inserter.insert(second, List.of(batch(events.subList(200, 600))), 0))
                        .isEqualTo(new Inserter.Outcome(400, 300, 100));
            }
            assertThat(Files.readAllBytes(folder.resolve("known-events/intents")))
                    .hasSizeGreaterThan(before.length);
            session.execute("ALTER TABLE deliveries DELETE WHERE Producer = 2 SETTINGS mutations_sync = 2");
            try (Inserter inserter = storage.open(LATER)) {
                assertThat(inserter.insert(second, List.of(batch(events.subList(200, 600))), 0))
                        .isEqualTo(new Inserter.Outcome(400, 300, 100));
            }
            assertBalanced(session, 600);
        });
    }

    @Test
    void doesNotAskTheTableAboutWhatIsNew() throws Exception {
        EventIds ids = ids();
        EventIds others = ids();
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator();
                    Spool spool = Spool.open(folder.resolve("spool"));
                    Duplicates duplicates = new Duplicates(session, spool, folder.resolve("known"), BASE_MILLIS - 1)) {
                Tables.prepare(session);
                for (int i = 0; i < 20; i++) {
                    DeliveryRun run = new DeliveryRun(1, 1, i * 200L, 200);
                    List<EventBatch> batches = List.of(
                            batch(made(ids, BASE_MILLIS + i * 100L, 100)),
                            batch(made(others, BASE_MILLIS + i * 100L, 100)));
                    assertThat(duplicates.remove(run, batches)).isZero();
                    duplicates.done(run, batches);
                }
                assertThat(duplicates.lookups()).isZero();
                List<EventBatch> old = List.of(batch(made(ids(), BASE_MILLIS - 1000, 10)));
                duplicates.remove(new DeliveryRun(2, 1, 0, 10), old);
                assertThat(duplicates.lookups()).isEqualTo(1);
            }
        });
    }
}
