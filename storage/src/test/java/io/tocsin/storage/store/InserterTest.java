package io.tocsin.storage.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.event.BatchLedger;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.storage.RandomBatches;
import io.tocsin.storage.TestEngine;
import io.tocsin.storage.embedded.Session;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("native")
final class InserterTest {
    private static final long BASE_NANOS = 1_780_000_000_000_000_000L;

    @TempDir
    private Path folder;

    private static EventBatch batch(int events, int days) {
        EventBatch batch = new RandomBatches(new Random(events), BASE_NANOS, days).next(events);
        batch.ledger().add(29_000_000, "syslog", "10.0.0.1", BatchLedger.Counter.RECEIVED, "", events + 2L);
        batch.ledger().add(29_000_000, "syslog", "10.0.0.1", BatchLedger.Counter.REJECTED, "too-long", 2);
        return batch;
    }

    @Test
    void storesARepeatedDeliveryOnce() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                Tables.prepare(session);
                try (Inserter inserter = Inserter.open(engine)) {
                    DeliveryRun run = new DeliveryRun(0xfedcba9876543210L, 1, 0, 500);
                    assertThat(inserter.insert(run, List.of(batch(500, 2)), 0))
                            .isEqualTo(new Inserter.Outcome(500, 500));
                    assertThat(inserter.insert(run, List.of(batch(500, 2)), 0)).isEqualTo(new Inserter.Outcome(500, 0));
                }
                assertStored(session, 500);
            }
        });
    }

    /// The process died after any of the three statements: what was stored must not be stored again, the rest
    /// must be.
    @Test
    void completesADeliveryThatWasInterrupted() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                Tables.prepare(session);
                DeliveryRun run = new DeliveryRun(7, 1, 0, 500);
                try (Inserter inserter = Inserter.open(engine)) {
                    inserter.insert(run, List.of(batch(500, 2)), 0);
                }
                // As if the process had died before the last statement, then before the last two.
                session.execute("TRUNCATE TABLE deliveries");
                try (Inserter inserter = Inserter.open(engine)) {
                    assertThat(inserter.insert(run, List.of(batch(500, 2)), 0).next())
                            .isEqualTo(500);
                }
                assertStored(session, 500);
            }
        });
    }

    @Test
    void takesRepeatsOfRunsThatAnOlderReleaseStored() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                Tables.prepare(session);
                session.execute("ALTER TABLE deliveries DROP COLUMN First, DROP COLUMN Checksum");
                session.execute("INSERT INTO deliveries (Producer, Epoch, End) VALUES (5, 1, 150)");
                Tables.prepare(session);
                try (Inserter inserter = Inserter.open(engine)) {
                    assertThat(inserter.insert(new DeliveryRun(5, 1, 100, 50), List.of(batch(50, 1)), 7))
                            .isEqualTo(new Inserter.Outcome(150, 0));
                    assertThat(inserter.insert(new DeliveryRun(5, 1, 150, 10), List.of(batch(10, 1)), 7))
                            .isEqualTo(new Inserter.Outcome(160, 10));
                    assertThatThrownBy(() -> inserter.insert(new DeliveryRun(5, 1, 150, 10), List.of(batch(10, 1)), 8))
                            .isInstanceOf(Inserter.KnownRunException.class);
                }
            }
        });
    }

    @Test
    void remembersStreamsOverAReopen() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                Tables.prepare(session);
                try (Inserter inserter = Inserter.open(engine)) {
                    inserter.insert(new DeliveryRun(-1, 2, 100, 50), List.of(batch(50, 1)), 0);
                }
                try (Inserter inserter = Inserter.open(engine)) {
                    assertThatThrownBy(() -> inserter.insert(new DeliveryRun(-1, 2, 160, 10), List.of(batch(10, 1)), 0))
                            .isInstanceOfSatisfying(
                                    Inserter.SequenceGapException.class,
                                    e -> assertThat(e.expected()).isEqualTo(150));
                    assertThatThrownBy(() -> inserter.insert(new DeliveryRun(-1, 2, 120, 50), List.of(batch(10, 1)), 0))
                            .isInstanceOf(Inserter.KnownRunException.class);
                    assertThatThrownBy(() -> inserter.insert(new DeliveryRun(-1, 2, 110, 20), List.of(batch(20, 1)), 0))
                            .as("a part of what is known, or other events under the same sequences")
                            .isInstanceOfSatisfying(
                                    Inserter.KnownRunException.class,
                                    e -> assertThat(e.answer()).isEqualTo(DeliveryRun.knownAnswer(150, 100, 0)));
                    assertThatThrownBy(() -> inserter.insert(new DeliveryRun(-1, 2, 100, 50), List.of(batch(50, 1)), 7))
                            .as("other events under the same sequences")
                            .isInstanceOf(Inserter.KnownRunException.class);
                    assertThat(inserter.insert(new DeliveryRun(-1, 2, 100, 50), List.of(batch(50, 1)), 0))
                            .isEqualTo(new Inserter.Outcome(150, 0));
                    assertThat(inserter.insert(new DeliveryRun(-1, 3, 0, 1), List.of(), 0)
                                    .next())
                            .as("a run without events")
                            .isEqualTo(1);
                }
            }
        });
    }

    @Test
    void storesADeliveryOfManyDays() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                Tables.prepare(session);
                try (Inserter inserter = Inserter.open(engine)) {
                    inserter.insert(new DeliveryRun(7, 1, 0, 2000), List.of(batch(2000, 400)), 0);
                }
                assertThat(session.text("SELECT count(), uniqExact(toDate(Timestamp)) > 300 FROM events"))
                        .isEqualTo("2000\t1");
            }
        });
    }

    @Test
    void addsColumnsThatANewerSchemaHas() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                Tables.prepare(session);
                session.execute("ALTER TABLE events DROP COLUMN Tactic, DROP COLUMN Extra");
                Tables.prepare(session);
                assertThat(session.text("SELECT count() FROM system.columns WHERE table = 'events'"
                                + " AND name IN ('Tactic', 'Extra')"))
                        .isEqualTo("2");
            }
        });
    }

    @Test
    void fieldsTakeNoPlaceUntilAnEventFillsThem() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                Tables.prepare(session);
                assertThat(Tables.storedEventColumns(session)).contains("Raw").doesNotContain("DeviceCustomNumber1");
                try (Inserter inserter = Inserter.open(engine)) {
                    inserter.insert(new DeliveryRun(7, 1, 0, 1), List.of(number(0)), 0);
                }
                assertThat(Tables.storedEventColumns(session))
                        .contains("DeviceCustomNumber1")
                        .doesNotContain("Tactic");
                assertThat(session.text("SELECT count() FROM events WHERE Tactic = '' AND empty(SA)"))
                        .isEqualTo("1");
                // The next process knows what is there.
                try (Inserter inserter = Inserter.open(engine)) {
                    inserter.insert(new DeliveryRun(7, 1, 1, 2), List.of(number(1)), 0);
                }
                assertThat(session.text("SELECT sum(DeviceCustomNumber1) FROM events"))
                        .isEqualTo("84");
            }
        });
    }

    private static EventBatch number(int index) {
        EventBatch batch = new EventBatch();
        EventBuilder builder = batch.builder();
        builder.begin(EntryOrigin.local("t", "t", ""), 1, index, BASE_NANOS, index, new byte[] {'x'}, 0, 1);
        builder.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, 42);
        builder.commit();
        return batch;
    }

    private static void assertStored(Session session, int events) {
        assertThat(session.text("SELECT count(), uniqExact(ID) FROM events")).isEqualTo(events + "\t" + events);
        assertThat(session.text("SELECT Counter, Reason, sum(Value) FROM ledger GROUP BY ALL ORDER BY ALL"))
                .isEqualTo("received\t\t" + (events + 2) + "\nrejected\ttoo-long\t2");
        assertThat(session.text("SELECT max(End) FROM deliveries")).isEqualTo(Integer.toString(events));
    }
}
