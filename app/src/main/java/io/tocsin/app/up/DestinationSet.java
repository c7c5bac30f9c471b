package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.Problems;
import io.tocsin.core.service.ServiceState;
import io.tocsin.pipeline.destination.DestinationContext;
import io.tocsin.pipeline.destination.DestinationFigures;
import io.tocsin.pipeline.destination.DestinationFigures.PeerFigures;
import io.tocsin.pipeline.destination.DestinationFigures.State;
import io.tocsin.pipeline.destination.DestinationMetrics;
import io.tocsin.pipeline.destination.DestinationPlan;
import io.tocsin.pipeline.destination.RecordRouting;
import io.tocsin.pipeline.destination.RunningDestination;
import io.tocsin.pipeline.transport.log.DurableLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The destinations that resources describe, over one log.
///
/// Thread-safety: one thread starts and stops; any thread reads figures.
final class DestinationSet implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DestinationSet.class.getName());

    private final List<DestinationPlan> plans;
    private final List<RunningDestination> running = new CopyOnWriteArrayList<>();

    private DestinationSet(List<DestinationPlan> plans) {
        this.plans = plans;
    }

    /// Reads and checks the destinations; everything wrong goes into `problems`.
    static DestinationSet read(Resources resources, Problems problems) {
        List<DestinationPlan> plans = new ArrayList<>();
        for (Resource resource : resources.ofKind(DestinationPlan.KIND)) {
            DestinationPlan plan = DestinationPlan.read(resource.document(), CollectorSet.named(resources), problems);
            if (plan != null) {
                plans.add(plan);
            }
        }
        return new DestinationSet(plans);
    }

    /// Names of all, also of those that are not enabled.
    Set<String> names() {
        return plans.stream().map(DestinationPlan::name).collect(Collectors.toSet());
    }

    /// Refuses names of destinations that the process has anyway.
    void refuse(String name, String reason, Problems problems) {
        for (DestinationPlan plan : plans) {
            if (plan.name().equals(name)) {
                problems.add(
                        plan.place(),
                        "destination has the name of one that is there already [name=" + name + "]: " + reason);
            }
        }
    }

    /// Starts those that are enabled.
    ///
    /// @param only names of those to start
    /// @param routing by name, which records are meant for it
    /// @param deadLetters folder for what peers refuse for good, one below it for each
    void start(
            DurableLog log,
            Set<String> only,
            Function<String, RecordRouting> routing,
            Path deadLetters,
            String secret) {
        for (DestinationPlan plan : plans) {
            String name = plan.name();
            if (plan.config().settings().enabled() && only.contains(name)) {
                running.add(plan.config()
                        .start(new DestinationContext(
                                name,
                                log,
                                consumer(name),
                                routing.apply(name),
                                plan.filters(),
                                deadLetters.resolve(name),
                                secret)));
            } else if (log.consumerNames().contains(consumer(name))) {
                warn(log, name, "that is not enabled");
            }
        }
        for (String consumer : log.consumerNames()) {
            String name = DestinationPlan.ofConsumer(consumer);
            if (name != null && !names().contains(name)) {
                warn(log, name, "that is not there any more");
            }
        }
    }

    /// Destinations that every installation has keep the cursor that they have always had.
    private static String consumer(String name) {
        return name.equals(CollectorSet.STORAGE) || name.equals(CollectorSet.CORRELATOR)
                ? name
                : DestinationPlan.consumer(name);
    }

    private static void warn(DurableLog log, String name, String what) {
        LOG.log(
                System.Logger.Level.WARNING,
                "the log keeps everything for a destination {0} and will fill up [destination={1}]: bring it back, or"
                        + " stop and let it be forgotten with: tocsin log forget {2} {3}",
                what,
                name,
                log.folder(),
                consumer(name));
    }

    List<DestinationFigures> figures() {
        return running.stream().map(RunningDestination::figures).toList();
    }

    /// OpenMetrics text of all of them.
    String metrics() {
        return DestinationMetrics.text(figures());
    }

    /// Waits until everything in the log is delivered, or the time is over; then stops.
    void drain(Duration limit) throws InterruptedException {
        List<Thread> drains = running.stream()
                .map(destination -> Thread.ofVirtual().start(() -> {
                    try {
                        destination.drain(limit);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    destination.close();
                }))
                .toList();
        for (Thread drain : drains) {
            drain.join();
        }
        running.clear();
    }

    /// How a destination is, for screens and commands.
    ///
    /// @param perSecond events delivered in a second
    static ServiceState state(DestinationFigures figures, double perSecond, String version) {
        return new ServiceState(
                "destination-" + figures.name(),
                figures.name(),
                ServiceState.Kind.DESTINATION,
                figures.state() == State.RETRYING || figures.state() == State.STOPPED
                        ? ServiceState.Status.DOWN
                        : ServiceState.Status.UP,
                figures.sinceMillis(),
                figures.peers().stream().map(PeerFigures::url).collect(Collectors.joining(", ")),
                version,
                perSecond,
                figures.backlogBytes(),
                figures.backlogEvents(),
                figures.oldestAgeMillis(),
                detail(figures));
    }

    private static @Nullable String detail(DestinationFigures figures) {
        List<String> parts = new ArrayList<>();
        parts.add(figures.type());
        parts.add("delivered " + figures.deliveredEvents());
        count(
                parts,
                "filtered",
                figures.filtered().values().stream().mapToLong(Long::longValue).sum());
        count(parts, "in flight", figures.inFlightEvents());
        count(parts, "sent again", figures.retries());
        count(parts, "switches", figures.switches());
        count(parts, "let go", figures.lostEvents());
        count(parts, "unreadable", figures.unreadable());
        count(parts, "refused for good", figures.deadLetters());
        for (PeerFigures peer : figures.peers()) {
            if (!peer.up()) {
                parts.add(peer.url() + " is down: " + peer.lastError());
            }
        }
        return String.join(", ", parts);
    }

    private static void count(List<String> parts, String what, long count) {
        if (count > 0) {
            parts.add(what + " " + count);
        }
    }

    @Override
    public void close() {
        running.forEach(RunningDestination::close);
        running.clear();
    }
}
