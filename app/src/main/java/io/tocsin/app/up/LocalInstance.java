package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.Problems;
import io.tocsin.core.CoreOptions;
import io.tocsin.core.CorePorts;
import io.tocsin.core.CoreServer;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.pipeline.filter.FilterConfig;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.stage.StageResources;
import io.tocsin.pipeline.topology.CollectorConfig;
import io.tocsin.pipeline.topology.CollectorMetrics;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.lang.System.Logger;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The whole SIEM on one machine: storage as a child process, everything else here (ARCHITECTURE.md).
///
/// Starts in the order in which a user sees mistakes soonest: resources, data folder, ports, then what takes long.
/// Stops in the order of the way of an event, so that what was received ends up on disk and, in time, in storage.
///
/// Thread-safety: one thread starts and closes it.
public final class LocalInstance implements AutoCloseable {
    static final String STORAGE = "storage";
    static final String CORRELATOR = "correlator";
    static final String ALERTS = "alerts";

    private static final Logger LOG = System.getLogger(LocalInstance.class.getName());
    private static final Duration COLLECTOR_DRAIN = Duration.ofSeconds(3);
    private static final Duration DELIVERY_DRAIN = Duration.ofSeconds(2);
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);

    private final LocalOptions options;
    private final Deque<Closing> closings = new ArrayDeque<>();
    private final List<CollectorTopology> collectors = new ArrayList<>();
    private URI address = URI.create("https://localhost");
    private URI storageAddress = URI.create("http://localhost");

    private record Closing(String what, ThrowingRunnable action) {}

    @FunctionalInterface
    private interface ThrowingRunnable {
        void run() throws IOException, InterruptedException;
    }

    private LocalInstance(LocalOptions options) {
        this.options = options;
    }

    /// Starts everything and returns when it serves. What was started is stopped again when something cannot start.
    ///
    /// @throws io.tocsin.config.InvalidConfigException when resources are wrong
    /// @throws IOException when the data folder cannot be used
    /// @throws io.tocsin.error.TocsinException when a part cannot start
    public static LocalInstance start(LocalOptions options) throws IOException, InterruptedException {
        LocalInstance instance = new LocalInstance(options);
        boolean started = false;
        try {
            instance.start();
            started = true;
            return instance;
        } finally {
            if (!started) {
                instance.close();
            }
        }
    }

    private void start() throws IOException, InterruptedException {
        SystemClock clock = SystemClock.process();
        Problems problems = new Problems();
        Resources resources = Resources.load(options.content(), options.resources(), options.variables(), problems);
        List<CollectorConfig> configs = collectorConfigs(resources, problems);
        RuleSet rules = RuleFolders.load(resources, problems);
        problems.throwIfAny();

        DataFolder folder = DataFolder.open(options.data());
        onClose("data folder", folder::close);
        Files.deleteIfExists(folder.address());
        LocalStorage storage = new LocalStorage(folder, clock);
        onClose("storage", storage::close);
        storage.begin();

        DurableLog nodeLog = openLog("node log", folder.collectorLog(), clock);
        DurableLog correlationLog = openLog("correlation log", folder.correlationLog(), clock);
        LogConsumer correlating = consumer(nodeLog, CORRELATOR);
        LogConsumer alerting = consumer(correlationLog, ALERTS);
        for (CollectorConfig config : configs) {
            if (config.enabled()) {
                CollectorTopology collector =
                        CollectorTopology.open(config, nodeLog, folder.collectorPositions(), clock);
                collectors.add(collector);
                onClose("collector " + config.name(), collector::close);
            }
        }

        InFlightLedger ledger = new InFlightLedger();
        ledger.watch(nodeLog, STORAGE);
        ledger.watch(correlationLog, STORAGE);
        NodeLogInput correlatorInput = new NodeLogInput(correlating, routesTo(configs, CORRELATOR)::contains);
        CorrelatorRunner correlator = new CorrelatorRunner(
                rules,
                folder.correlator(),
                correlatorInput,
                new CorrelationLogOutput(correlationLog),
                clock,
                CHECKPOINT_INTERVAL);
        LocalStates states = new LocalStates(
                options, clock, collectors, storage, nodeLog, correlationLog, correlator, correlatorInput, rules);
        CoreServer core = CoreServer.start(
                new CoreOptions(folder.root(), options.httpListen(), folder.secret(), options.version()),
                new CorePorts(
                        storage::address,
                        states,
                        ledger,
                        states.ruleList(),
                        new EventTails(List.of(nodeLog, correlationLog)),
                        () -> metrics(nodeLog)));
        onClose("core", core::close);
        address = core.address();
        states.coreAddress(address);

        storageAddress = storage.awaitUp();
        storage.deliver(
                nodeLog,
                routesTo(configs, STORAGE)::contains,
                folder.deadLetters().resolve("events"));
        storage.deliver(correlationLog, _ -> true, folder.deadLetters().resolve("correlations"));
        run("correlator", () -> runCorrelator(correlator), correlator::stop);
        AlertFeed feed = new AlertFeed(alerting, core.alerts());
        Thread feeding = Thread.ofPlatform().name("alert-feed").start(feed::run);
        onClose("alert feed", () -> {
            feeding.interrupt();
            feeding.join(DELIVERY_DRAIN);
        });
        onClose("deliveries", () -> storage.drain(DELIVERY_DRAIN));
        collectors.forEach(CollectorTopology::start);
        onClose("collectors", this::drainCollectors);
        Files.writeString(folder.address(), address + "\n");
    }

    private String metrics(DurableLog nodeLog) {
        return CollectorMetrics.text(
                        collectors.stream().map(CollectorTopology::figures).toList())
                + CollectorMetrics.text("node", nodeLog.metrics());
    }

    private List<CollectorConfig> collectorConfigs(Resources resources, Problems problems) {
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
        List<CollectorConfig> configs = new ArrayList<>();
        for (Resource resource : resources.ofKind("collector")) {
            CollectorConfig config = CollectorConfig.read(
                    resource.document(), normalizers, named, Set.of(STORAGE, CORRELATOR), problems);
            if (config != null) {
                configs.add(config);
            }
        }
        return configs;
    }

    private static Set<String> routesTo(List<CollectorConfig> configs, String destination) {
        return configs.stream()
                .filter(config -> config.destinations().contains(destination))
                .map(CollectorConfig::name)
                .collect(Collectors.toCollection(HashSet::new));
    }

    private DurableLog openLog(String what, java.nio.file.Path folder, SystemClock clock) {
        DurableLog log = DurableLog.open(folder, LogOptions.defaults().withReserveBytes(options.reserveBytes()), clock);
        onClose(what, log::close);
        return log;
    }

    private LogConsumer consumer(DurableLog log, String name) {
        LogConsumer consumer = log.consumer(name);
        onClose("consumer " + name, consumer::close);
        return consumer;
    }

    private void run(String name, Runnable work, Runnable stop) {
        Thread thread = Thread.ofPlatform().name(name).start(work);
        onClose(name, () -> {
            stop.run();
            if (!thread.join(DELIVERY_DRAIN)) {
                thread.interrupt();
                thread.join(DELIVERY_DRAIN);
            }
        });
    }

    private static void runCorrelator(CorrelatorRunner correlator) {
        try {
            correlator.run();
        } catch (InterruptedException | LogException ended) {
            // The last checkpoint holds; the next start goes on from there.
        } catch (IOException | RuntimeException e) {
            LOG.log(
                    Logger.Level.ERROR,
                    "the correlator ended by an error; events wait in the log until the next start",
                    e);
        }
    }

    private void drainCollectors() throws InterruptedException {
        List<Thread> drains = collectors.stream()
                .map(collector -> Thread.ofVirtual().start(() -> collector.drain(COLLECTOR_DRAIN)))
                .toList();
        for (Thread drain : drains) {
            drain.join();
        }
    }

    /// Where the core serves.
    public URI address() {
        return address;
    }

    /// Where the storage serves.
    public URI storageAddress() {
        return storageAddress;
    }

    /// What the collectors listen on, as `name=address`.
    public List<String> listeners() {
        return collectors.stream()
                .flatMap(collector -> collector.addresses().stream()
                        .map(listener -> collector.config().name() + "=" + listener))
                .toList();
    }

    private void onClose(String what, ThrowingRunnable action) {
        closings.push(new Closing(what, action));
    }

    /// Drains and stops in reverse order of the start; one part that fails does not keep the others.
    @Override
    public void close() {
        while (!closings.isEmpty()) {
            Closing closing = closings.pop();
            try {
                closing.action().run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException | RuntimeException e) {
                LOG.log(Logger.Level.WARNING, "stopping " + closing.what() + " failed", e);
            }
        }
    }
}
