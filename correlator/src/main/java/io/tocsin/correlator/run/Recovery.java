package io.tocsin.correlator.run;

import io.tocsin.correlator.checkpoint.Checkpoint;
import io.tocsin.correlator.checkpoint.CheckpointStore;
import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StatePart;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.engine.Engine;
import java.io.IOException;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Brings the state back from the newest checkpoint of which everything can be read.
///
/// Thread-safety: one thread.
final class Recovery {
    private static final Logger LOG = System.getLogger(Recovery.class.getName());

    private final CheckpointStore store;
    private final Supplier<Engine> engines;
    private final SeenEvents seen;
    private final CoverageObserver observer;
    private final CatchingUp catchingUp;

    /// Where the correlator begins.
    ///
    /// @param checkpoint null when there is none
    /// @param isWhole false when a part of the state could not be read and begins afresh
    record Start(Engine engine, @Nullable Checkpoint checkpoint, boolean isWhole) {}

    /// @param engines makes an empty engine
    /// @param seen takes over what was seen
    /// @param observer takes over what was observed
    /// @param catchingUp takes over what was still to be found again
    Recovery(
            CheckpointStore store,
            Supplier<Engine> engines,
            SeenEvents seen,
            CoverageObserver observer,
            CatchingUp catchingUp) {
        this.store = store;
        this.engines = engines;
        this.seen = seen;
        this.observer = observer;
        this.catchingUp = catchingUp;
    }

    /// Everything that is saved.
    static List<StatePart> parts(Engine engine, SeenEvents seen, CoverageObserver observer) {
        List<StatePart> parts = new ArrayList<>(engine.parts());
        parts.add(seen);
        parts.add(observer.part());
        return parts;
    }

    /// Reads the newest checkpoint of which everything can be read. When there is none, the newest one
    /// without what cannot be read; or nothing when it is the first one, because then all input is
    /// still there.
    Start start() throws IOException {
        Checkpoint newest = null;
        Map<String, String> newestDamage = Map.of();
        for (Checkpoint checkpoint : store.readAll()) {
            Engine candidate = engines.get();
            CheckpointStore.Restored restored = restore(checkpoint, candidate, Set.of());
            if (restored.damaged().isEmpty()) {
                use(checkpoint, candidate, restored.leftOut(), Set.of());
                if (newest != null) {
                    LOG.log(
                            Logger.Level.WARNING,
                            "the state goes back to the checkpoint before; what came after it is read again, and what"
                                    + " was told of it is not told again [checkpoint={0}, outputSequence={1}]",
                            checkpoint.number(),
                            checkpoint.outputSequence());
                }
                return new Start(candidate, checkpoint, true);
            }
            if (newest == null) {
                newest = checkpoint;
                newestDamage = restored.damaged();
            }
            store.refuseNewest(new DamagedStateException(restored.damaged().toString(), 0));
        }
        if (newest == null || newest.number() == 1) {
            catchingUp.clear();
            seen.clear();
            observer.clear();
            if (newest != null) {
                LOG.log(
                        Logger.Level.WARNING,
                        "the only checkpoint cannot be read; the state begins empty and all input is read again");
            } else if (store.hasDamage()) {
                LOG.log(
                        Logger.Level.ERROR,
                        "no checkpoint can be read; the state begins empty and what input there still is is read again,"
                                + " so what rules had counted and lists had held before that is missed");
            }
            return new Start(engines.get(), null, true);
        }
        LOG.log(
                Logger.Level.ERROR,
                "no checkpoint can be read whole; these parts of the state begin afresh, so what their rules had"
                        + " counted is missed, and everything else goes on from the newest checkpoint [parts={0}]",
                newestDamage.keySet());
        Engine candidate = engines.get();
        CheckpointStore.Restored restored = restore(newest, candidate, newestDamage.keySet());
        if (!restored.damaged().isEmpty()) {
            throw new IOException("the state of the correlator cannot be read, the disk does not give the same twice"
                    + " [parts=" + restored.damaged() + "]; check the disk, then start again");
        }
        use(newest, candidate, restored.leftOut(), newestDamage.keySet());
        return new Start(candidate, newest, false);
    }

    private CheckpointStore.Restored restore(Checkpoint checkpoint, Engine into, Set<String> except)
            throws IOException {
        seen.clear();
        observer.clear();
        List<StatePart> parts = parts(into, seen, observer);
        parts.removeIf(part -> except.contains(part.name()));
        CheckpointStore.Restored restored =
                store.restore(checkpoint, parts, Runtime.getRuntime().availableProcessors());
        into.restored();
        try {
            catchingUp.read(new StateReader(checkpoint.head()));
        } catch (DamagedStateException damaged) {
            // It has the checksum of the checkpoint, so whoever wrote it wrote something else.
            throw new IOException(
                    "the checkpoint is of another version [reason=" + damaged.getMessage()
                            + "]; remove the folder of checkpoints to start afresh",
                    damaged);
        }
        return restored;
    }

    private void use(Checkpoint checkpoint, Engine restored, List<String> leftOut, Set<String> except) {
        store.use(checkpoint, parts(restored, seen, observer), except);
        List<String> rules = Engine.rulesOf(leftOut).stream()
                .filter(rule -> !except.contains("rule " + rule))
                .toList();
        if (!rules.isEmpty()) {
            LOG.log(Logger.Level.INFO, "rules are gone or have changed and begin afresh [rules={0}]", rules);
        }
    }
}
