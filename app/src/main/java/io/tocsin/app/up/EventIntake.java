package io.tocsin.app.up;

import io.tocsin.pipeline.transport.DeliveryReceiver;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/// Where the correlator takes events from collectors of other processes: a [DeliveryReceiver] on the log that the
/// correlator reads. Lets go of that log every few seconds, because others may write to it as well.
///
/// Thread-safety: any thread.
final class EventIntake implements AutoCloseable {
    /// Longest body of a delivery, the longest record that any sender has.
    static final int MAX_BODY_BYTES = 32 << 20;

    static final int MAX_RECORD_BYTES = MAX_BODY_BYTES + 4096;
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);

    private final DurableLog log;
    private final DeliveryReceiver receiver;
    private final Thread checkpoints;

    private EventIntake(DurableLog log, DeliveryReceiver receiver) {
        this.log = log;
        this.receiver = receiver;
        this.checkpoints = Thread.ofVirtual().name("intake-checkpoints").unstarted(this::writeCheckpoints);
    }

    /// @param folder keeps the memory of received runs
    static EventIntake open(DurableLog log, Path folder, String secret) throws IOException, InterruptedException {
        return open(log, folder, secret, new BatchBodies());
    }

    /// @param folder keeps the memory of received runs
    /// @param bodies says what may come
    static EventIntake open(DurableLog log, Path folder, String secret, BatchBodies bodies)
            throws IOException, InterruptedException {
        EventIntake intake = new EventIntake(log, DeliveryReceiver.open(log, folder, secret, MAX_BODY_BYTES, bodies));
        intake.checkpoints.start();
        return intake;
    }

    DeliveryReceiver receiver() {
        return receiver;
    }

    /// OpenMetrics text of what came in.
    String metrics() {
        return "# TYPE tocsin_intake_runs counter\n# HELP tocsin_intake_runs Deliveries that came in.\n"
                + sample("accepted", receiver.receivedRuns())
                + sample("repeated", receiver.repeatedRuns())
                + sample("refused", receiver.refusedRuns());
    }

    private static String sample(String result, long count) {
        return "tocsin_intake_runs_total{result=\"" + result + "\"} " + count + "\n";
    }

    private void writeCheckpoints() {
        LogPosition written = log.start();
        try {
            while (true) {
                Thread.sleep(CHECKPOINT_INTERVAL);
                LogPosition end = log.end();
                if (!end.equals(written)) {
                    receiver.checkpoint();
                    written = end;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        checkpoints.interrupt();
        receiver.close();
    }
}
