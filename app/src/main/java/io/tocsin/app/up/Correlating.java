package io.tocsin.app.up;

import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Duration;

/// A correlator between two logs, and the life of its thread.
final class Correlating {
    private static final Logger LOG = System.getLogger(Correlating.class.getName());
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);

    private Correlating() {}

    /// Reads the last checkpoint; nothing runs yet.
    static CorrelatorRunner prepare(
            DataFolder folder, RuleSet rules, BatchLogInput input, DurableLog output, SystemClock clock)
            throws IOException {
        return new CorrelatorRunner(
                rules, folder.correlator(), input, new CorrelationLogOutput(output), clock, CHECKPOINT_INTERVAL);
    }

    /// Works until it is stopped.
    static void run(CorrelatorRunner correlator) {
        try {
            correlator.run();
        } catch (InterruptedException | LogException ended) {
            // The last checkpoint holds; the next start goes on from there.
        } catch (IOException | RuntimeException e) {
            LOG.log(
                    Logger.Level.ERROR,
                    "the correlator ended by an error; events wait in the log until the next start",
                    e);
        }
    }
}
