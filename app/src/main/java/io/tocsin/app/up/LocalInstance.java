package io.tocsin.app.up;

import io.tocsin.config.Problems;
import io.tocsin.core.CoreOptions;
import io.tocsin.core.CorePorts;
import io.tocsin.core.CoreServer;
import io.tocsin.core.user.Audit;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.destination.RecordRouting;
import io.tocsin.pipeline.topology.LossLedger;
import io.tocsin.pipeline.topology.Routes;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The whole SIEM on one machine: storage as a child process, everything else here (ARCHITECTURE.md). Collectors
/// and correlators of other processes may deliver to it.
///
/// Starts in the order in which a user sees mistakes soonest: resources, data folder, ports, then what takes long.
/// Stops in the order of the way of an event, so that what was received ends up on disk and, in time, in storage.
///
/// Thread-safety: one thread starts and closes it.
public final class LocalInstance implements RunningService {
    private static final String ALERTS = "alerts";
    private static final Duration DELIVERY_DRAIN = Duration.ofSeconds(2);

    private final LocalOptions options;
    private final Lifecycle lifecycle = new Lifecycle();
    private URI address = URI.create("https://localhost");
    private String readyText = "";

    private LocalInstance(LocalOptions options) {
        this.options = options;
    }

    /// Starts everything and returns when it serves. What was started is stopped again when
    /// something cannot start.
    ///
    /// @throws io.tocsin.config.InvalidConfigException when resources are wrong
    /// @throws IOException when the data folder cannot be used
    /// @throws io.tocsin.error.TocsinException when a part cannot start
    public static LocalInstance start(LocalOptions options) throws IOException, InterruptedException {
        LocalInstance instance = new LocalInstance(options);
        return Lifecycle.start(instance, instance::start);
    }

    private void start() throws IOException, InterruptedException {
        SystemClock clock = SystemClock.process();
        Problems problems = new Problems();
        Resources resources = Resources.load(options.content(), options.resources(), options.variables(), problems);
        CollectorSet collectors = CollectorSet.read(resources, problems);
        DestinationSet destinations = DestinationSet.read(resources, problems);
        for (String own : List.of(CollectorSet.STORAGE, CollectorSet.CORRELATOR)) {
            destinations.refuse(own, "'tocsin up' has its own, choose another name", problems);
        }
        RuleSwitch rules = new RuleSwitch(RuleFolders.load(resources, problems), clock);
        Buffers buffers = Buffers.read(resources, options.reserveBytes(), EventIntake.MAX_RECORD_BYTES, problems);
        problems.throwIfAny();

        DataFolder folder = DataFolder.open(options.data());
        lifecycle.onClose("data folder", folder::close);
        Files.deleteIfExists(folder.address());
        LocalStorage storage = new LocalStorage(folder, options.storageListen(), clock);
        lifecycle.onClose("storage", storage::close);
        storage.begin();

        DurableLog nodeLog = buffers.open(lifecycle, Buffers.EVENTS, "node log", folder.collectorLog(), clock);
        DurableLog correlationLog =
                buffers.open(lifecycle, Buffers.CORRELATIONS, "correlation log", folder.correlationLog(), clock);
        nodeLog.onLoss(CollectorSet.STORAGE, new LossLedger(nodeLog, route -> !Routes.isHeld(route)));
        LogConsumer correlating = consumer(nodeLog, CollectorSet.CORRELATOR);
        LogConsumer alerting = consumer(correlationLog, ALERTS);
        lifecycle.onClose("ports of collectors", collectors::close);
        collectors.open(nodeLog, folder.collectorPositions(), clock, buffers::apply);
        buffers.follow(Buffers.EVENTS, nodeLog, collectors::topologies);
        buffers.follow(Buffers.CORRELATIONS, correlationLog, List::of);

        InFlightLedger ledger = new InFlightLedger(
                new EventFinder(Map.of("node log", nodeLog, "correlation log", correlationLog), folder.deadLetters()));
        ledger.watch(nodeLog, CollectorSet.STORAGE);
        ledger.watch(correlationLog, CollectorSet.STORAGE);
        ledger.watch(nodeLog, collectors);
        BatchLogInput correlatorInput = new BatchLogInput(correlating, collectors.routesTo(CollectorSet.CORRELATOR));
        CorrelatorRunner correlator =
                Correlating.prepare(folder, rules.rules(), correlatorInput, correlationLog, clock);
        LocalStates states = new LocalStates(
                options,
                clock,
                collectors,
                destinations,
                storage,
                nodeLog,
                correlationLog,
                correlator,
                correlatorInput,
                rules);
        CoreServer core = CoreServer.start(
                new CoreOptions(folder.root(), options.httpListen(), folder.secret(), options.version()),
                new CorePorts(
                        storage::address,
                        states,
                        new LocalCollectors(collectors::topologies, collectors::fingerprints),
                        ledger,
                        new MonitoringEvents(nodeLog, clock),
                        states.ruleList(),
                        new EventTails(List.of(nodeLog, correlationLog)),
                        () -> collectors.metrics(nodeLog) + storage.deliveryMetrics() + destinations.metrics()));
        lifecycle.onClose("core", core::close);
        address = core.address();
        states.coreAddress(address);
        rules.connect(
                correlator::replaceRules,
                change -> core.audit().add(Audit.SYSTEM, Audit.Action.RULES_CHANGED, "rules", change.toString()));

        storage.awaitUp();
        storage.deliver(nodeLog, collectors.routesTo(CollectorSet.STORAGE), "events");
        storage.deliver(correlationLog, _ -> true, "correlations");
        lifecycle.run("correlator", DELIVERY_DRAIN, () -> Correlating.run(correlator), correlator::stop);
        AlertFeed feed = new AlertFeed(alerting, core.alerts());
        lifecycle.run("alert-feed", DELIVERY_DRAIN, feed::run, feed::stop);
        lifecycle.onClose("deliveries", () -> storage.drain(DELIVERY_DRAIN));
        lifecycle.onClose("destinations", () -> destinations.drain(DELIVERY_DRAIN));
        destinations.start(
                nodeLog,
                _ -> true,
                name -> RecordRouting.of(collectors.routesTo(name)),
                folder.deadLetters(),
                folder.secret());
        ListenerCheck check = new ListenerCheck(collectors::figures, nodeLog, options.reserveBytes());
        URI intake = listenForOthers(folder, nodeLog, core, check);
        states.intakeAddress(intake);
        collectors.start();
        lifecycle.onClose("collectors", collectors::drain);
        Path own = options.resources();
        if (own != null) {
            ResourceWatch watch = ResourceWatch.start(
                    own,
                    found -> Resources.load(options.content(), own, options.variables(), found),
                    List.of(buffers, destinations, collectors, rules));
            lifecycle.onClose("changes of resources", watch::close);
            states.resources(watch::trouble);
        }
        folder.announceHealth(intake);
        Files.writeString(folder.address(), address + "\n");
        readyText = address + " " + String.join(" ", collectors.listeners()) + " storage=" + storage.address()
                + " correlator=" + intake + " data=" + folder.root();
    }

    /// Takes events for the correlator and correlation events for alerts from other processes.
    private URI listenForOthers(DataFolder folder, DurableLog nodeLog, CoreServer core, ListenerCheck check)
            throws IOException, InterruptedException {
        EventIntake intake = EventIntake.open(nodeLog, folder.intake(), folder.secret());
        lifecycle.onClose("intake", intake::close);
        ServiceListener listener = ServiceListener.open(
                options.intakeListen(),
                Map.of(
                        DeliveryRun.PATH,
                        intake.receiver(),
                        CorrelationReceiver.PATH,
                        new CorrelationReceiver(core.alerts(), folder.secret(), EventIntake.MAX_BODY_BYTES),
                        ListenerCheck.PATH,
                        ServiceListener.health(check)),
                () -> true,
                intake::metrics);
        lifecycle.onClose("intake listener", listener::close);
        return listener.address();
    }

    private LogConsumer consumer(DurableLog log, String name) {
        LogConsumer consumer = log.consumer(name);
        lifecycle.onClose("consumer " + name, consumer::close);
        return consumer;
    }

    @Override
    public String readyText() {
        return readyText;
    }

    /// Drains and stops in reverse order of the start; one part that fails does not keep the
    /// others.
    @Override
    public void close() {
        lifecycle.close();
    }
}
