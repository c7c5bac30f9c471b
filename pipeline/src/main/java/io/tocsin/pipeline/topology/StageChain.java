package io.tocsin.pipeline.topology;

import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.stage.Stage;
import io.tocsin.pipeline.stage.StageMeter;
import java.util.List;

/// Some stages of one lane in their order. Counts are kept here and told to the meters by [#flush()].
///
/// Thread-safety: one thread at a time.
final class StageChain {
    /// A stage with what it counts.
    ///
    /// Thread-safety: that of its chain.
    static final class Step {
        private static final System.Logger LOGGER = System.getLogger(StageChain.class.getName());
        /// One event in so many is timed, and stands for those before it. The first one stands for itself alone.
        private static final int SAMPLE = 32;

        private final Stage stage;
        private final StageMeter meter;
        private long received;
        private long sent;
        private long nanos;
        private int untimed;
        private boolean warm;
        private boolean failed;

        Step(Stage stage, StageMeter meter) {
            this.stage = stage;
            this.meter = meter;
        }

        boolean mayWait() {
            return stage.mayWait();
        }

        private Outcome process(OpenEvent event) {
            received++;
            if (++untimed < SAMPLE && warm) {
                return outcome(event, false);
            }
            long start = System.nanoTime();
            Outcome outcome = outcome(event, false);
            nanos += (System.nanoTime() - start) * untimed;
            untimed = 0;
            warm = true;
            return outcome;
        }

        private Outcome outcome(OpenEvent event, boolean finish) {
            Outcome outcome;
            try {
                outcome = finish ? stage.finish(event) : stage.process(event);
            } catch (RuntimeException | StackOverflowError e) {
                // A defect of a stage costs what the stage would have done to the event, never the event.
                fail(e);
                outcome = Outcome.PASS;
            }
            switch (outcome.kind()) {
                case PASS -> sent++;
                case FILTERED, REJECTED -> meter.addDropped(outcome.reason(), 1);
                case WAITING, HELD -> {}
            }
            return outcome;
        }

        private void fail(Throwable e) {
            meter.addErrors(1);
            if (!failed) {
                failed = true;
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "stage failed on an event, further failures are only counted [stage=" + meter.name() + "]",
                        e);
            }
        }

        private void await() throws InterruptedException {
            long start = System.nanoTime();
            stage.await();
            nanos += System.nanoTime() - start;
        }

        private void flush() {
            meter.addReceived(received);
            meter.addSent(sent);
            meter.addNanos(nanos);
            received = 0;
            sent = 0;
            nanos = 0;
        }
    }

    private final Step[] steps;
    private int waitingAt;

    StageChain(List<Step> steps) {
        this.steps = steps.toArray(Step[]::new);
    }

    boolean isEmpty() {
        return steps.length == 0;
    }

    /// Runs all stages, until one does not let the event go on.
    Outcome run(OpenEvent event) {
        return runFrom(event, 0);
    }

    private Outcome runFrom(OpenEvent event, int first) {
        for (int i = first; i < steps.length; i++) {
            Outcome outcome = steps[i].process(event);
            if (outcome.kind() != Outcome.Kind.PASS) {
                waitingAt = i;
                return outcome;
            }
        }
        return Outcome.PASS;
    }

    /// The stage that answered [Outcome#WAITING] last.
    int waitingAt() {
        return waitingAt;
    }

    /// Waits for all that was asked.
    void await() throws InterruptedException {
        for (Step step : steps) {
            if (step.mayWait()) {
                step.await();
            }
        }
    }

    /// Goes on with an event that waited at a stage.
    Outcome resume(OpenEvent event, int at) {
        Outcome outcome = steps[at].outcome(event, true);
        return outcome.kind() == Outcome.Kind.PASS ? runFrom(event, at + 1) : outcome;
    }

    /// Tells the meters what was counted since the last call.
    void flush() {
        for (Step step : steps) {
            step.flush();
        }
    }
}
