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
import io.tocsin.pipeline.kafka.KafkaUse;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogMetrics.ConsumerBacklog;
import io.tocsin.time.SystemClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The destinations that resources describe, over one log; they change while the process runs.
///
/// Thread-safety: one thread starts; changes and the end exclude each other; any thread reads figures.
final class DestinationSet implements Reloadable, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DestinationSet.class.getName());
    /// What one that was changed may take to deliver what it has begun.
    private static final Duration CHANGE_DRAIN = Duration.ofSeconds(2);

    /// Where destinations work.
    ///
    /// @param only whether one is to be started, by name
    /// @param routing by name, which records are meant for it
    /// @param deadLetters folder for what peers refuse for good, one below it for each
    private record Place(
            DurableLog log,
            Predicate<String> only,
            Function<String, RecordRouting> routing,
            Path deadLetters,
            String secret) {}

    private volatile List<DestinationPlan> plans;
    /// What identifies each, by name.
    private Supplier<Map<String, ResourceFingerprint>> fingerprints;
    /// Names that are not for the destinations of resources, and what to do instead.
    private final Map<String, String> refused = new LinkedHashMap<>();

    private final Map<String, RunningDestination> running = new ConcurrentSkipListMap<>();
    /// Names of those that are not in the resources any more, for which the log keeps everything.
    private volatile Set<String> removed = Set.of();

    private volatile @Nullable Place place;
    private boolean ended;

    private DestinationSet(List<DestinationPlan> plans, Supplier<Map<String, ResourceFingerprint>> fingerprints) {
        this.plans = plans;
        this.fingerprints = fingerprints;
    }

    /// Reads and checks the destinations; everything wrong goes into `problems`.
    static DestinationSet read(Resources resources, Problems problems) {
        return new DestinationSet(
                plans(resources, problems), () -> ResourceFingerprint.of(resources, DestinationPlan.KIND));
    }

    private static List<DestinationPlan> plans(Resources resources, Problems problems) {
        List<DestinationPlan> plans = new ArrayList<>();
        for (Resource resource : resources.ofKind(DestinationPlan.KIND)) {
            DestinationPlan plan = DestinationPlan.read(resource.document(), CollectorSet.named(resources), problems);
            if (plan != null) {
                plans.add(plan);
            }
        }
        return List.copyOf(plans);
    }

    /// Names of all, also of those that are not enabled.
    Set<String> names() {
        return plans.stream().map(DestinationPlan::name).collect(Collectors.toSet());
    }

    /// Refuses names of destinations that the process has anyway.
    void refuse(String name, String reason, Problems problems) {
        refused.put(name, reason);
        refuse(plans, name, reason, problems);
    }

    private static void refuse(List<DestinationPlan> plans, String name, String reason, Problems problems) {
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
    /// @param only whether one is to be started, by name
    /// @param routing by name, which records are meant for it
    /// @param deadLetters folder for what peers refuse for good, one below it for each
    synchronized void start(
            DurableLog log,
            Predicate<String> only,
            Function<String, RecordRouting> routing,
            Path deadLetters,
            String secret) {
        Place there = new Place(log, only, routing, deadLetters, secret);
        place = there;
        startMissing(there);
        Thread.ofVirtual().name("fingerprints").start(this::identify);
    }

    private synchronized void identify() {
        Map<String, ResourceFingerprint> identified = fingerprints.get();
        // Lets go of the documents.
        fingerprints = () -> identified;
    }

    private void startMissing(Place there) {
        DurableLog log = there.log();
        for (DestinationPlan plan : plans) {
            String name = plan.name();
            if (isWanted(plan, there)) {
                running.computeIfAbsent(name, _ -> start(plan, there));
            } else if (log.consumerNames().contains(consumer(name))) {
                warn(log, name, "that is not enabled");
            }
        }
        Set<String> left = new TreeSet<>();
        for (String consumer : log.consumerNames()) {
            String name = DestinationPlan.ofConsumer(consumer);
            if (name != null && !names().contains(name)) {
                left.add(name);
            }
        }
        List<String> news =
                left.stream().filter(name -> !removed.contains(name)).toList();
        removed = Set.copyOf(left);
        // Waits for the log where that is full: nobody waits for it.
        Thread.ofVirtual().name("removed-destinations").start(() -> news.forEach(name -> alarm(log, name)));
    }

    /// Says in the log of the process, and by an event that is stored and that rules see, that a removed destination
    /// keeps its place.
    private static void alarm(DurableLog log, String name) {
        warn(log, name, "that is not there any more");
        try {
            ConsumerBacklog backlog = backlogs(log).get(consumer(name));
            if (backlog != null) {
                new MonitoringEvents(log, SystemClock.process())
                        .keptForRemoved(name, backlog.events(), backlog.bytes(), whatToDo(log, name));
            }
        } catch (LogException e) {
            LOG.log(System.Logger.Level.DEBUG, "the log ended meanwhile", e);
        }
    }

    private static Map<String, ConsumerBacklog> backlogs(DurableLog log) {
        return log.metrics().consumers().stream().collect(Collectors.toMap(ConsumerBacklog::name, each -> each));
    }

    private static boolean isWanted(DestinationPlan plan, Place there) {
        return plan.config().settings().enabled() && there.only().test(plan.name());
    }

    private static RunningDestination start(DestinationPlan plan, Place there) {
        String name = plan.name();
        return plan.config()
                .start(new DestinationContext(
                        name,
                        there.log(),
                        consumer(name),
                        there.routing().apply(name),
                        plan.filters(),
                        there.deadLetters().resolve(name),
                        there.secret()));
    }

    @Override
    public Runnable prepare(Resources next, Problems problems) {
        List<DestinationPlan> read = plans(next, problems);
        refused.forEach((name, reason) -> refuse(read, name, reason, problems));
        Map<String, ResourceFingerprint> identified = ResourceFingerprint.of(next, DestinationPlan.KIND);
        return () -> change(read, identified);
    }

    /// Goes over to other destinations; those that are the same are not touched. One that is changed goes on at its
    /// cursor; what its peer had not confirmed is sent again.
    private synchronized void change(List<DestinationPlan> read, Map<String, ResourceFingerprint> identified) {
        Place there = place;
        if (ended || there == null) {
            return;
        }
        Map<String, ResourceFingerprint> before = fingerprints.get();
        plans = read;
        fingerprints = () -> identified;
        Set<String> wanted = read.stream()
                .filter(plan -> isWanted(plan, there))
                .map(DestinationPlan::name)
                .collect(Collectors.toSet());
        List<String> leaving = running.keySet().stream()
                .filter(name -> !wanted.contains(name) || !Objects.equals(before.get(name), identified.get(name)))
                .toList();
        end(leaving, CHANGE_DRAIN);
        startMissing(there);
    }

    @Override
    public void retry() {
        // Destinations try to reach their peers by themselves.
    }

    @Override
    public String trouble() {
        return "";
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
                "the log keeps everything for a destination {0} and will fill up [destination={1}]: {2}",
                what,
                name,
                whatToDo(log, name));
    }

    private static String whatToDo(DurableLog log, String name) {
        return "bring it back, or stop and let it be forgotten with: tocsin log forget " + log.folder() + " "
                + consumer(name);
    }

    /// Of those that run, and of those that were removed and still keep their place in the log.
    List<DestinationFigures> figures() {
        List<DestinationFigures> all = new ArrayList<>();
        running.values().forEach(each -> all.add(each.figures()));
        Place there = place;
        Set<String> left = removed;
        if (there != null && !left.isEmpty()) {
            Map<String, ConsumerBacklog> backlogs = backlogs(there.log());
            for (String name : left) {
                ConsumerBacklog backlog = backlogs.get(consumer(name));
                if (backlog != null && !running.containsKey(name)) {
                    all.add(removed(name, backlog, whatToDo(there.log(), name)));
                }
            }
        }
        return List.copyOf(all);
    }

    private static DestinationFigures removed(String name, ConsumerBacklog backlog, String whatToDo) {
        return new DestinationFigures(
                name,
                "removed",
                State.STOPPED,
                0,
                0,
                0,
                Map.of(),
                0,
                0,
                0,
                0,
                0,
                backlog.lostEvents(),
                0,
                backlog.events(),
                backlog.bytes(),
                backlog.oldestAgeMillis(),
                "not in the resources any more, the log keeps everything for it: " + whatToDo,
                List.of());
    }

    /// What those that run use of Kafka clusters.
    List<KafkaUse> kafka() {
        return plans.stream()
                .filter(plan -> running.containsKey(plan.name()))
                .map(plan -> plan.config().kafka(plan.name()))
                .filter(Objects::nonNull)
                .toList();
    }

    /// OpenMetrics text of all of them.
    String metrics() {
        return DestinationMetrics.text(figures());
    }

    /// Waits until everything in the log is delivered, or the time is over; then stops.
    synchronized void drain(Duration limit) {
        ended = true;
        end(List.copyOf(running.keySet()), limit);
    }

    private void end(List<String> names, Duration limit) {
        List<Thread> drains = names.stream()
                .map(running::remove)
                .filter(Objects::nonNull)
                .map(destination -> Thread.ofVirtual().start(() -> {
                    try {
                        destination.drain(limit);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    destination.close();
                }))
                .toList();
        try {
            for (Thread drain : drains) {
                drain.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
        String error = figures.lastError();
        if (figures.state() == State.STOPPED && error != null) {
            parts.add(error);
        }
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
    public synchronized void close() {
        ended = true;
        running.values().forEach(RunningDestination::close);
        running.clear();
    }
}
