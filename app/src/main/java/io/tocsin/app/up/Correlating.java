package io.tocsin.app.up;

import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A correlator between two logs, and the life of its thread.
final class Correlating {
    private static final Logger LOG = System.getLogger(Correlating.class.getName());
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);

    private Correlating() {}

    /// Lets own events say what goes wrong with a correlator.
    static void tell(CorrelatorRunner correlator, MonitoringEvents events, InstantSource clock) {
        correlator.onFullTables(new FullTableAlarm(events, clock));
        correlator.onShedding(new SheddingAlarm(events, clock));
        // The log may be full just now, and it is this thread that makes room in it.
        correlator.onFailedCheckpoint(reason -> Thread.ofVirtual()
                .name("failed-checkpoint")
                .start(() -> events.checkpointFailed(String.valueOf(reason.getMessage()))));
    }

    /// What is wrong with a correlator, for people; null when nothing is.
    static @Nullable String trouble(CorrelatorRunner correlator) {
        Exception failure = correlator.failure();
        if (failure != null) {
            return "ended by an error, events wait in the log until the next start: " + failure;
        }
        IOException checkpoint = correlator.checkpointTrouble();
        return checkpoint == null
                ? null
                : "checkpoints cannot be written, the log keeps the events until they can: " + checkpoint.getMessage();
    }

    /// Reads the last checkpoint; nothing runs yet.
    static CorrelatorRunner prepare(
            DataFolder folder, RuleSet rules, BatchLogInput input, DurableLog output, SystemClock clock)
            throws IOException {
        return new CorrelatorRunner(
                rules, folder.correlator(), input, new CorrelationLogOutput(output), clock, CHECKPOINT_INTERVAL);
    }

    /// Works until it is stopped.
    static void run(CorrelatorRunner correlator) {
        run(correlator, reason -> {});
    }

    /// Works until it is stopped.
    ///
    /// @param ended hears why it ended without having been stopped
    static void run(CorrelatorRunner correlator, Consumer<String> ended) {
        try {
            correlator.run();
        } catch (InterruptedException expected) {
            // The last checkpoint holds; the next start goes on from there.
        } catch (IOException | RuntimeException e) {
            if (correlator.failure() != null) {
                LOG.log(
                        Logger.Level.ERROR,
                        "the correlator ended by an error; events wait in the log until the next start",
                        e);
                ended.accept(String.valueOf(e));
            }
        }
    }
}
