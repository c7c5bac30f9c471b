package io.tocsin.app.up;

import io.tocsin.app.table.CorrelatorTables;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.transport.DeliveryReceiver;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.lang.System.Logger;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Puts the changes of lists that all correlators share into one order: those that rules write come from the
/// correlators as deliveries, those of people and responses from the core. They stand in a log of their own, from which
/// each correlator gets all of them, its own included, into the log that it reads.
///
/// Every step is a delivery of this house: each change arrives once and in order, whoever was away meanwhile. Who
/// joins later, or was left out for a while, gets the records as they stand at a place of that order ([JoinContents]);
/// a mark at each start shows who was left out.
///
/// Thread-safety: any thread; one thread opens, starts and closes.
final class SharedLists implements AutoCloseable {
    /// Where correlators deliver what their rules wrote.
    static final String PATH = "/changes/v1";
    /// The consumer of a correlation log that passes on what rules wrote.
    static final String CONSUMER = "changes";

    private static final Logger LOG = System.getLogger(SharedLists.class.getName());
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(2);
    private static final Duration DRAIN = Duration.ofSeconds(1);
    private static final String OWN = "own-correlator";
    private static final String TO = "to-";

    private final DurableLog log;
    private final EventIntake intake;
    private final Deliveries deliveries;
    private final List<URI> others;
    private final JoinContents contents;
    private final byte[] mark;

    private SharedLists(
            DurableLog log,
            EventIntake intake,
            Deliveries deliveries,
            List<URI> others,
            JoinContents contents,
            byte[] mark) {
        this.log = log;
        this.intake = intake;
        this.deliveries = deliveries;
        this.others = others;
        this.contents = contents;
        this.mark = mark;
    }

    /// @param others addresses of the correlators that run alone
    static SharedLists open(
            Lifecycle lifecycle, Buffers buffers, DataFolder folder, List<URI> others, SystemClock clock)
            throws IOException, InterruptedException {
        DurableLog log =
                buffers.open(lifecycle, Buffers.CORRELATIONS, "log of shared changes", folder.changeLog(), clock);
        EventIntake intake =
                EventIntake.open(log, folder.changeIntake(), folder.secret(), new BatchBodies(SharedChanges::problem));
        SharedLists lists = new SharedLists(
                log,
                intake,
                new Deliveries(folder.secret(), folder.deadLetters(), LONGEST_RETRY),
                others,
                new JoinContents(folder.secret(), clock),
                new StepEncoder(clock).counted(OrderMark.next(folder.changeMark())));
        lifecycle.onClose("shared lists", lists::close);
        return lists;
    }

    DeliveryReceiver receiver() {
        return intake.receiver();
    }

    /// Hands the records to those who join.
    JoinContents contents() {
        return contents;
    }

    /// The log of all changes in their order.
    DurableLog log() {
        return log;
    }

    /// Where people's changes go; null while there is nobody to share with.
    CorrelatorTables.@Nullable SharedChanges changes() {
        return isUsed() ? new CorrelatorTables.SharedChanges(log, this::isPassedOn) : null;
    }

    /// True when several correlators share.
    boolean isUsed() {
        return !others.isEmpty();
    }

    private boolean isPassedOn() {
        return log.metrics().consumers().stream()
                .filter(each -> each.name().equals(OWN))
                .allMatch(each -> each.records() == 0);
    }

    /// Begins to pass on.
    ///
    /// @param correlationLog where the correlator of this process tells what its rules write
    /// @param ownIntake where deliveries to this process go
    void start(DurableLog correlationLog, URI ownIntake) throws InterruptedException {
        Set<String> wanted = new HashSet<>();
        if (isUsed()) {
            deliver(correlationLog, CONSUMER, ownIntake.resolve(PATH), "shared-lists");
        } else if (correlationLog.consumerNames().contains(CONSUMER)) {
            correlationLog.forget(CONSUMER);
        }
        wanted.add(OWN);
        deliver(log, OWN, ownIntake.resolve(DeliveryRun.PATH), "shared-lists-own");
        for (URI other : others) {
            String name = consumer(other);
            wanted.add(name);
            deliver(log, name, other.resolve(DeliveryRun.PATH), "shared-lists-" + name);
        }
        for (String known : log.consumerNames()) {
            if (known.startsWith(TO) && !wanted.contains(known)) {
                log.forget(known);
                LOG.log(
                        Logger.Level.WARNING,
                        "a correlator shares lists no more; when it comes back, it fetches them anew [correlator={0}]",
                        known.substring(TO.length()));
            }
        }
        if (isUsed()) {
            begin();
        }
    }

    private void begin() throws InterruptedException {
        try {
            log.appendReserved(mark, 0, mark.length, 1);
        } catch (LogException full) {
            // The mark of the next start names this one, which nobody has read: then all fetch the lists.
            LOG.log(
                    Logger.Level.WARNING,
                    "correlators that were left out of shared lists are not told so before the next start [reason={0}]",
                    full.getMessage());
        }
    }

    private void deliver(DurableLog from, String consumer, URI to, String what) {
        deliveries.start(from, consumer, to, new SharedChanges(), what);
    }

    private static String consumer(URI address) {
        return TO + address.getAuthority().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]", "-");
    }

    /// OpenMetrics text of the deliveries.
    String metrics() {
        return deliveries.metrics();
    }

    @Override
    public void close() {
        try {
            deliveries.drain(DRAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        deliveries.close();
        intake.close();
    }
}
