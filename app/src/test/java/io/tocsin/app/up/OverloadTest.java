package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.run.CorrelatorOutput;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OverloadTest {
    private static final int RECORDS = 3_000;
    private static final int EVENTS = 10;
    private static final long LOG_BYTES = 256 << 10;

    private static final String RULES = """
        kind: rule
        name: every
        spec:
          type: simple
          description: tells every event
          selectors: [{ filter: "EventOutcome = 'failure'" }]
        """;

    /// Takes nothing before it is allowed to.
    private static final class HeldOutput implements CorrelatorOutput {
        final CountDownLatch allowed = new CountDownLatch(1);
        final AtomicLong taken = new AtomicLong();

        @Override
        public long nextSequence() {
            return taken.get();
        }

        @Override
        public void append(EventBatch events) throws InterruptedException {
            allowed.await();
            taken.addAndGet(events.count());
        }

        @Override
        public void sync() {
            // What it has taken it has.
        }

        @Override
        public void readIds(long fromSequence, IdConsumer consumer) {
            // Nothing was taken before.
        }
    }

    private static void fill(DurableLog log) throws InterruptedException {
        BatchEncoder encoder = new BatchEncoder();
        EventBatch batch = new EventBatch();
        byte[] raw = {};
        for (int record = 0; record < RECORDS; record++) {
            batch.clear();
            for (int i = 0; i < EVENTS; i++) {
                EventBuilder event = batch.builder();
                long number = (long) record * EVENTS + i;
                event.begin(EntryOrigin.local("t", "t", ""), 7, number, 1_000_000_000L, number, raw, 0, 0);
                event.setText(Field.EVENT_OUTCOME, "failure");
                event.commit();
            }
            int length = encoder.encode(batch, "collector");
            log.append(encoder.buffer(), 0, length, EVENTS, Duration.ofMinutes(1));
        }
    }

    @Test
    void aCorrelatorSlowerThanItsInputHoldsTheInputBackAndLosesNothing(@TempDir Path folder) throws Exception {
        RuleSet rules = RuleLoader.read("rules", RULES, SigmaTaxonomy.schema()).ruleSet();
        LogOptions options = LogOptions.defaults().withReserveBytes(0).withSizes(32 << 10, LOG_BYTES);
        try (DurableLog log = DurableLog.open(folder.resolve("log"), options, SystemClock.process())) {
            HeldOutput output = new HeldOutput();
            BatchLogInput input = new BatchLogInput(log.consumer("correlator"), _ -> true);
            CorrelatorRunner runner = new CorrelatorRunner(
                    rules, folder.resolve("correlator"), input, output, SystemClock.process(), Duration.ofMillis(20));
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread correlator = Thread.ofPlatform()
                    .uncaughtExceptionHandler((_, e) -> failure.set(e))
                    .start(() -> run(runner));
            Thread appender = Thread.ofPlatform()
                    .uncaughtExceptionHandler((_, e) -> failure.set(e))
                    .start(() -> {
                        try {
                            fill(log);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
            // The correlator stands: the log fills up and whoever appends waits.
            await().atMost(Duration.ofSeconds(30)).until(() -> log.metrics().fullWaits() > 0);
            assertThat(appender.isAlive()).isTrue();
            assertThat(log.metrics().bytes()).isLessThanOrEqualTo(LOG_BYTES);
            long before = log.metrics().appendedRecords();
            assertThat(before).isLessThan(RECORDS);
            output.allowed.countDown();
            await().atMost(Duration.ofSeconds(60)).until(() -> output.taken.get() == (long) RECORDS * EVENTS);
            appender.join();
            runner.stop();
            correlator.join();
            assertThat(failure.get()).isNull();
            assertThat(runner.events()).isEqualTo((long) RECORDS * EVENTS);
            assertThat(runner.duplicateEvents()).isZero();
            assertThat(log.metrics().letGoEvents()).isZero();
            assertThat(log.metrics().lostEvents()).isZero();
        }
    }

    private static void run(CorrelatorRunner runner) {
        Correlating.run(runner);
    }
}
