package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.Problems;
import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.destination.DestinationPlan;
import io.tocsin.pipeline.enrich.EnrichConfig;
import io.tocsin.pipeline.filter.FilterConfig;
import io.tocsin.pipeline.kafka.KafkaUse;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
import io.tocsin.pipeline.pair.PairFigures;
import io.tocsin.pipeline.pair.PairMetrics;
import io.tocsin.pipeline.pair.PairNode;
import io.tocsin.pipeline.stage.StageResources;
import io.tocsin.pipeline.topology.CollectorConfig;
import io.tocsin.pipeline.topology.CollectorFigures;
import io.tocsin.pipeline.topology.CollectorMetrics;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.topology.RemovedCollectors;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.time.SystemClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The collectors of a process: read from resources, opened over one node log, started and drained together, and
/// changed while they run.
///
/// Thread-safety: one thread opens and starts; changes and the end exclude each other; any thread reads figures.
final class CollectorSet implements Reloadable, AutoCloseable {
    /// What collectors name as destinations.
    static final String STORAGE = "storage";

    static final String CORRELATOR = "correlator";

    private static final System.Logger LOGGER = System.getLogger(CollectorSet.class.getName());
    private static final String KIND = CollectorConfig.KIND;
    private static final Duration DRAIN = Duration.ofSeconds(3);

    /// What resources say.
    ///
    /// @param fallback reads what removed collectors left
    /// @param fingerprints what identifies each configuration, by name; takes a moment, nobody waits for it
    private record Configured(
            List<CollectorConfig> collectors,
            @Nullable NormalizerPlan fallback,
            Supplier<Map<String, ResourceFingerprint>> fingerprints) {
        Map<String, CollectorConfig> enabled() {
            Map<String, CollectorConfig> enabled = new LinkedHashMap<>();
            collectors.stream().filter(CollectorConfig::enabled).forEach(each -> enabled.put(each.name(), each));
            return enabled;
        }
    }

    /// Where collectors work.
    ///
    /// @param pairs where those that hold events over find the other ones; null: they are alone
    private record Place(
            DurableLog log,
            Path positions,
            SystemClock clock,
            Consumer<CollectorTopology> opened,
            @Nullable PairNode pairs) {}

    private volatile Configured configured;
    private volatile Map<String, ResourceFingerprint> fingerprints = Map.of();
    private final List<CollectorTopology> topologies = new CopyOnWriteArrayList<>();
    /// Why a collector does not run that should, by name.
    private final Map<String, String> failures = new ConcurrentSkipListMap<>();

    private volatile @Nullable RemovedCollectors removed;
    private @Nullable Place place;
    private boolean ended;

    private CollectorSet(Configured configured) {
        this.configured = configured;
    }

    /// Reads and checks the collectors; everything wrong goes into `problems`.
    static CollectorSet read(Resources resources, Problems problems) {
        return new CollectorSet(configured(resources, problems));
    }

    private static Configured configured(Resources resources, Problems problems) {
        NormalizerLoader normalizers = new NormalizerLoader(ZoneId.systemDefault(), name -> {
            Resource normalizer = resources.find("normalizer", name);
            return normalizer == null ? null : normalizer.document();
        });
        StageResources named = named(resources);
        Set<String> destinations = resources.ofKind(DestinationPlan.KIND).stream()
                .map(Resource::name)
                .collect(Collectors.toCollection(HashSet::new));
        destinations.add(STORAGE);
        destinations.add(CORRELATOR);
        for (Resource filter : resources.ofKind(FilterConfig.KIND)) {
            FilterConfig.shared(filter.document(), problems);
        }
        for (String kind : EnrichConfig.RESOURCE_KINDS) {
            for (Resource shared : resources.ofKind(kind)) {
                EnrichConfig.check(shared.document(), problems);
            }
        }
        List<CollectorConfig> configs = new ArrayList<>();
        for (Resource resource : resources.ofKind("collector")) {
            CollectorConfig config =
                    CollectorConfig.read(resource.document(), normalizers, named, destinations, problems);
            if (config != null) {
                configs.add(config);
            }
        }
        return new Configured(
                configs, normalizers.load("auto", problems), () -> ResourceFingerprint.of(resources, KIND));
    }

    /// What stages and destinations may name.
    static StageResources named(Resources resources) {
        return new StageResources(
                (kind, name) -> {
                    Resource found = resources.find(kind, name);
                    return found == null ? null : found.document();
                },
                kind -> resources.ofKind(kind).stream().map(Resource::name).collect(Collectors.toSet()));
    }

    /// True for the names of collectors whose events go to a destination, as they are configured when it is asked.
    /// Those
    /// of collectors that are not there any more go where events go that say nothing: what waits in the log when a
    /// collector is removed is not lost.
    Predicate<String> routesTo(String destination) {
        boolean others = CollectorConfig.DEFAULT_DESTINATIONS.contains(destination);
        return name -> {
            for (CollectorConfig config : configured.collectors()) {
                if (config.name().equals(name)) {
                    return config.destinations().contains(destination);
                }
            }
            return others;
        };
    }

    /// Names of the enabled collectors that name a destination.
    List<String> enabledRoutesTo(String destination) {
        return configured.collectors().stream()
                .filter(config -> config.enabled() && config.destinations().contains(destination))
                .map(CollectorConfig::name)
                .sorted()
                .toList();
    }

    /// Binds the ports of those that are enabled. What was opened stays open for [#close] when one fails.
    ///
    /// @param opened called for each collector that was opened, now and later
    void open(DurableLog log, Path positions, SystemClock clock, Consumer<CollectorTopology> opened) {
        open(log, positions, clock, opened, null);
    }

    /// Binds the ports of those that are enabled. What was opened stays open for [#close] when one fails.
    ///
    /// @param opened called for each collector that was opened, now and later
    /// @param pairs where those that hold events over find the other ones; null: they are alone
    void open(
            DurableLog log,
            Path positions,
            SystemClock clock,
            Consumer<CollectorTopology> opened,
            @Nullable PairNode pairs) {
        Place there = new Place(log, positions, clock, opened, pairs);
        place = there;
        for (CollectorConfig config : configured.enabled().values()) {
            topologies.add(open(config, there));
        }
        tellOthers();
        removed = findRemoved(there);
    }

    /// Says to each collector which others there are to run.
    private void tellOthers() {
        Map<String, CollectorConfig> enabled = configured.enabled();
        for (CollectorTopology topology : topologies) {
            topology.others(enabled.values().stream()
                    .filter(other -> !other.name().equals(topology.config().name()))
                    .toList());
        }
    }

    private static CollectorTopology open(CollectorConfig config, Place place) {
        CollectorTopology topology =
                CollectorTopology.open(config, place.log(), place.positions(), place.clock(), place.pairs());
        place.opened().accept(topology);
        return topology;
    }

    private @Nullable RemovedCollectors findRemoved(Place there) {
        NormalizerPlan fallback = configured.fallback();
        return fallback == null
                ? null
                : RemovedCollectors.find(
                        configured.enabled().keySet(),
                        configured.collectors().stream()
                                .filter(config -> !config.enabled())
                                .toList(),
                        fallback,
                        there.log(),
                        there.positions(),
                        there.clock());
    }

    synchronized void start() {
        topologies.forEach(CollectorTopology::start);
        RemovedCollectors left = removed;
        if (left != null) {
            left.start();
        }
        Thread.ofVirtual().name("fingerprints").start(this::identify);
    }

    private synchronized void identify() {
        if (fingerprints.isEmpty()) {
            Configured now = configured;
            fingerprints = now.fingerprints().get();
            // Lets go of the documents.
            configured = new Configured(now.collectors(), now.fallback(), () -> fingerprints);
        }
    }

    /// What identifies the configurations, by name; empty in the first moments.
    Map<String, ResourceFingerprint> fingerprints() {
        return fingerprints;
    }

    @Override
    public Runnable prepare(Resources next, Problems problems) {
        Configured read = configured(next, problems);
        Map<String, ResourceFingerprint> identified = ResourceFingerprint.of(next, KIND);
        return () -> change(read, identified);
    }

    /// Goes over to other collectors. Those whose configuration is the same go on without noticing; the others are
    /// drained first. One that cannot be opened as it is configured now runs on as it was before, if that can be.
    private synchronized void change(Configured next, Map<String, ResourceFingerprint> identified) {
        identify();
        Place there = place;
        if (ended || there == null) {
            return;
        }
        Map<String, CollectorConfig> wanted = next.enabled();
        Map<String, CollectorConfig> before = new HashMap<>();
        for (CollectorTopology topology : topologies) {
            String name = topology.config().name();
            if (!wanted.containsKey(name) || !Objects.equals(identified.get(name), fingerprints.get(name))) {
                before.put(name, topology.config());
            }
        }
        List<CollectorTopology> leaving = topologies.stream()
                .filter(topology -> before.containsKey(topology.config().name()))
                .toList();
        boolean same = leaving.isEmpty() && topologies.size() == wanted.size();
        RemovedCollectors left = removed;
        if (!same) {
            drain(leaving);
            topologies.removeAll(leaving);
            if (left != null) {
                left.stop(DRAIN);
            }
        }
        configured = new Configured(next.collectors(), next.fallback(), () -> identified);
        fingerprints = identified;
        failures.clear();
        tellOthers();
        if (same) {
            return;
        }
        openMissing(there, before, true);
        removed = findRemoved(there);
        RemovedCollectors now = removed;
        if (now != null) {
            now.start();
        }
    }

    /// Opens those that should run and do not.
    ///
    /// @param before how they were configured, by name
    /// @param tell writes a failure into the log of the process
    private void openMissing(Place there, Map<String, CollectorConfig> before, boolean tell) {
        Map<String, CollectorConfig> missing = configured.enabled();
        topologies.forEach(topology -> missing.remove(topology.config().name()));
        missing.forEach((name, config) -> {
            try {
                begin(open(config, there));
                failures.remove(name);
                LOGGER.log(System.Logger.Level.INFO, "collector runs as it is configured now [collector={0}]", name);
            } catch (TocsinException e) {
                failures.put(name, String.valueOf(e.getMessage()));
                if (tell) {
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "collector cannot run as it is configured now, it is tried again [collector={0},"
                                    + " reason={1}]",
                            name,
                            e.getMessage());
                }
                CollectorConfig old = before.get(name);
                if (old != null) {
                    reopen(old, there);
                }
            }
        });
    }

    private void reopen(CollectorConfig old, Place there) {
        try {
            begin(open(old, there));
        } catch (TocsinException e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "collector cannot run as it was before either [collector={0}, reason={1}]",
                    old.name(),
                    e.getMessage());
        }
    }

    private void begin(CollectorTopology topology) {
        topologies.add(topology);
        tellOthers();
        topology.start();
    }

    /// Collectors that run as they were before keep doing so until the next change.
    @Override
    public synchronized void retry() {
        Place there = place;
        if (!ended && there != null && !failures.isEmpty()) {
            openMissing(there, Map.of(), false);
        }
    }

    @Override
    public String trouble() {
        return failures.entrySet().stream()
                .map(failure ->
                        "collector " + failure.getKey() + " cannot run as it is configured: " + failure.getValue())
                .collect(Collectors.joining("; "));
    }

    /// Takes nothing new and puts what has arrived into the log.
    synchronized void drain() {
        ended = true;
        drain(topologies);
        RemovedCollectors left = removed;
        if (left != null) {
            left.stop(DRAIN);
        }
    }

    private static void drain(List<CollectorTopology> leaving) {
        List<Thread> drains = leaving.stream()
                .map(collector -> Thread.ofVirtual().start(() -> collector.drain(DRAIN)))
                .toList();
        try {
            for (Thread drain : drains) {
                drain.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Those that are open.
    List<CollectorTopology> topologies() {
        return List.copyOf(topologies);
    }

    /// What collectors left that are not there any more.
    List<RemovedCollectors.Removed> removed() {
        RemovedCollectors left = removed;
        return left == null ? List.of() : left.all();
    }

    /// What they use of Kafka clusters.
    List<KafkaUse> kafka() {
        return topologies.stream()
                .map(CollectorTopology::kafka)
                .filter(Objects::nonNull)
                .toList();
    }

    List<CollectorFigures> figures() {
        return topologies.stream().map(CollectorTopology::figures).toList();
    }

    /// OpenMetrics text of the collectors and their log.
    String metrics(DurableLog log) {
        Map<String, PairFigures> pairs = new TreeMap<>();
        for (CollectorTopology topology : topologies) {
            PairFigures pair = topology.pair();
            if (pair != null) {
                pairs.put(topology.config().name(), pair);
            }
        }
        return CollectorMetrics.text(figures())
                + CollectorMetrics.text("node", log.metrics())
                + PairMetrics.text(pairs);
    }

    /// What they listen on, as `name=address`.
    List<String> listeners() {
        return topologies.stream()
                .flatMap(collector -> collector.addresses().stream()
                        .map(listener -> collector.config().name() + "=" + listener))
                .toList();
    }

    @Override
    public synchronized void close() {
        ended = true;
        RemovedCollectors left = removed;
        if (left != null) {
            left.close();
        }
        topologies.reversed().forEach(CollectorTopology::close);
    }
}
