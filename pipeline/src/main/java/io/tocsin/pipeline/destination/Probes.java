package io.tocsin.pipeline.destination;

import io.tocsin.pipeline.destination.Targets.Target;
import java.io.IOException;
import java.time.Duration;

/// Finds out when peers that failed can be reached again, each on a thread of its own.
///
/// Thread-safety: any thread.
final class Probes {
    private static final System.Logger LOGGER = System.getLogger(Probes.class.getName());
    private static final Duration LONGEST = Duration.ofSeconds(3);

    private final String name;
    private final Targets targets;
    private final Probe probe;
    private final Duration limit;

    /// Reaches for one peer.
    @FunctionalInterface
    interface Probe {
        /// @param peer its index
        /// @throws IOException when it cannot be reached
        void reach(int peer) throws IOException, InterruptedException;
    }

    /// @param name name of the destination
    /// @param timeout longest time that a probe may take, at most three seconds of it
    Probes(String name, Targets targets, Probe probe, Duration timeout) {
        this.name = name;
        this.targets = targets;
        this.probe = probe;
        this.limit = timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST;
    }

    /// Starts those that are due.
    void startDue() {
        for (Target target : targets.due()) {
            Thread.ofVirtual().name("probe-" + name + "-" + target.index).start(() -> run(target));
        }
    }

    private void run(Target target) {
        Thread probing = Thread.currentThread();
        Thread end = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(limit);
                probing.interrupt();
            } catch (InterruptedException done) {
                Thread.currentThread().interrupt();
            }
        });
        String reason = null;
        try {
            probe.reach(target.index);
            LOGGER.log(
                    System.Logger.Level.INFO,
                    "peer can be reached again [destination={0}, peer={1}]",
                    name,
                    target.address.url());
        } catch (IOException | RuntimeException e) {
            reason = e.getMessage() == null ? e.toString() : e.getMessage();
        } catch (InterruptedException e) {
            reason = "peer did not answer within " + limit.toMillis() + " ms";
        } finally {
            end.interrupt();
            targets.probed(target, reason);
        }
    }
}
