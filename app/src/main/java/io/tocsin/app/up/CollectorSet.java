package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.Problems;
import io.tocsin.pipeline.enrich.EnrichConfig;
import io.tocsin.pipeline.filter.FilterConfig;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.stage.StageResources;
import io.tocsin.pipeline.topology.CollectorConfig;
import io.tocsin.pipeline.topology.CollectorFigures;
import io.tocsin.pipeline.topology.CollectorMetrics;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.time.SystemClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The collectors of a process: read from resources, opened over one node log, started and drained together.
///
/// Thread-safety: one thread starts and closes; any thread reads figures.
final class CollectorSet implements AutoCloseable {
    /// What collectors name as destinations.
    static final String STORAGE = "storage";

    static final String CORRELATOR = "correlator";

    private static final Duration DRAIN = Duration.ofSeconds(3);

    private final List<CollectorConfig> configs;
    private final List<CollectorTopology> topologies = new ArrayList<>();

    private CollectorSet(List<CollectorConfig> configs) {
        this.configs = configs;
    }

    /// Reads and checks the collectors; everything wrong goes into `problems`.
    static CollectorSet read(Resources resources, Problems problems) {
        NormalizerLoader normalizers = new NormalizerLoader(ZoneId.systemDefault(), name -> {
            Resource normalizer = resources.find("normalizer", name);
            return normalizer == null ? null : normalizer.document();
        });
        StageResources named = new StageResources(
                (kind, name) -> {
                    Resource found = resources.find(kind, name);
                    return found == null ? null : found.document();
                },
                kind -> resources.ofKind(kind).stream().map(Resource::name).collect(Collectors.toSet()));
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
            CollectorConfig config = CollectorConfig.read(
                    resource.document(), normalizers, named, Set.of(STORAGE, CORRELATOR), problems);
            if (config != null) {
                configs.add(config);
            }
        }
        return new CollectorSet(configs);
    }

    /// Names of the collectors that name a destination.
    Set<String> routesTo(String destination) {
        return configs.stream()
                .filter(config -> config.destinations().contains(destination))
                .map(CollectorConfig::name)
                .collect(Collectors.toCollection(HashSet::new));
    }

    /// Names of the enabled collectors that name a destination.
    List<String> enabledRoutesTo(String destination) {
        return configs.stream()
                .filter(config -> config.enabled() && config.destinations().contains(destination))
                .map(CollectorConfig::name)
                .sorted()
                .toList();
    }

    /// Binds the ports of those that are enabled. What was opened stays open for [#close] when one fails.
    void open(DurableLog log, Path positions, SystemClock clock) {
        for (CollectorConfig config : configs) {
            if (config.enabled()) {
                topologies.add(CollectorTopology.open(config, log, positions, clock));
            }
        }
    }

    void start() {
        topologies.forEach(CollectorTopology::start);
    }

    /// Takes nothing new and puts what has arrived into the log.
    void drain() throws InterruptedException {
        List<Thread> drains = topologies.stream()
                .map(collector -> Thread.ofVirtual().start(() -> collector.drain(DRAIN)))
                .toList();
        for (Thread drain : drains) {
            drain.join();
        }
    }

    /// Those that are open.
    List<CollectorTopology> topologies() {
        return List.copyOf(topologies);
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
        topologies.reversed().forEach(CollectorTopology::close);
    }
}
