package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.Problems;
import io.tocsin.pipeline.destination.DestinationPlan;
import io.tocsin.pipeline.enrich.EnrichConfig;
import io.tocsin.pipeline.filter.FilterConfig;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The collectors of a process: read from resources, opened over one node log, started and
/// drained together.
///
/// Thread-safety: one thread starts and closes; any thread reads figures.
final class CollectorSet implements AutoCloseable {
    /// What collectors name as destinations.
    static final String STORAGE = "storage";

    static final String CORRELATOR = "correlator";

    private static final Duration DRAIN = Duration.ofSeconds(3);

    private final List<CollectorConfig> configs;
    /// Reads what removed collectors left.
    private final @Nullable NormalizerPlan fallback;

    private final List<CollectorTopology> topologies = new ArrayList<>();
    private @Nullable RemovedCollectors removed;

    private CollectorSet(List<CollectorConfig> configs, @Nullable NormalizerPlan fallback) {
        this.configs = configs;
        this.fallback = fallback;
    }

    /// Reads and checks the collectors; everything wrong goes into `problems`.
    static CollectorSet read(Resources resources, Problems problems) {
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
        return new CollectorSet(configs, normalizers.load("auto", problems));
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

    /// True for the names of collectors whose events go to a destination. Those of collectors
    /// that are not there any
    /// more go where events go that say nothing: what waits in the log when a collector is
    /// removed is not lost.
    Predicate<String> routesTo(String destination) {
        Map<String, Boolean> routes = new HashMap<>();
        configs.forEach(
                config -> routes.put(config.name(), config.destinations().contains(destination)));
        boolean others = CollectorConfig.DEFAULT_DESTINATIONS.contains(destination);
        return name -> routes.getOrDefault(name, others);
    }

    /// Names of the enabled collectors that name a destination.
    List<String> enabledRoutesTo(String destination) {
        return configs.stream()
                .filter(config -> config.enabled() && config.destinations().contains(destination))
                .map(CollectorConfig::name)
                .sorted()
                .toList();
    }

    /// Binds the ports of those that are enabled. What was opened stays open for [#close] when
    /// one fails.
    void open(DurableLog log, Path positions, SystemClock clock) {
        for (CollectorConfig config : configs) {
            if (config.enabled()) {
                topologies.add(CollectorTopology.open(config, log, positions, clock));
            }
        }
        if (fallback != null) {
            removed = RemovedCollectors.find(
                    configs.stream()
                            .filter(CollectorConfig::enabled)
                            .map(CollectorConfig::name)
                            .collect(Collectors.toSet()),
                    configs.stream().filter(config -> !config.enabled()).toList(),
                    fallback,
                    log,
                    positions,
                    clock);
        }
    }

    void start() {
        topologies.forEach(CollectorTopology::start);
        if (removed != null) {
            removed.start();
        }
    }

    /// Takes nothing new and puts what has arrived into the log.
    void drain() throws InterruptedException {
        List<Thread> drains = topologies.stream()
                .map(collector -> Thread.ofVirtual().start(() -> collector.drain(DRAIN)))
                .toList();
        for (Thread drain : drains) {
            drain.join();
        }
        if (removed != null) {
            removed.stop(DRAIN);
        }
    }

    /// Those that are open.
    List<CollectorTopology> topologies() {
        return List.copyOf(topologies);
    }

    /// What collectors left that are not there any more.
    List<RemovedCollectors.Removed> removed() {
        return removed == null ? List.of() : removed.all();
    }

    List<CollectorFigures> figures() {
        return topologies.stream().map(CollectorTopology::figures).toList();
    }

    /// OpenMetrics text of the collectors and their log.
    String metrics(DurableLog log) {
        return CollectorMetrics.text(figures()) + CollectorMetrics.text("node", log.metrics());
    }

    /// What they listen on, as `name=address`.
    List<String> listeners() {
        return topologies.stream()
                .flatMap(collector -> collector.addresses().stream()
                        .map(listener -> collector.config().name() + "=" + listener))
                .toList();
    }

    @Override
    public void close() {
        if (removed != null) {
            removed.close();
        }
        topologies.reversed().forEach(CollectorTopology::close);
    }
}
