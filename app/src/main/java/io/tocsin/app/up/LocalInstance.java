package io.tocsin.app.up;

import io.tocsin.app.table.CorrelatorTables;
import io.tocsin.config.Problems;
import io.tocsin.core.CoreOptions;
import io.tocsin.core.CorePorts;
import io.tocsin.core.CoreServer;
import io.tocsin.core.user.Audit;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.destination.RecordRouting;
import io.tocsin.pipeline.kafka.KafkaWatch;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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
        ResponseSwitch responses = ResponseSwitch.read(resources, problems);
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
        MonitoringEvents monitoring = new MonitoringEvents(nodeLog, clock);
        nodeLog.onLostEvents(monitoring::lost);
        correlationLog.onLostEvents(monitoring::lost);
        LogConsumer correlating = consumer(nodeLog, CollectorSet.CORRELATOR);
        LogConsumer alerting = consumer(correlationLog, ALERTS);
        lifecycle.onClose("ports of collectors", collectors::close);
        collectors.open(nodeLog, folder.collectorPositions(), clock, buffers::apply);
        buffers.follow(Buffers.EVENTS, nodeLog, collectors::topologies);
        buffers.follow(Buffers.CORRELATIONS, correlationLog, List::of);

        InFlightLedger ledger = new InFlightLedger(new EventFinder(
                Map.of("node log", nodeLog, "correlation log", correlationLog),
                List.of(folder.deadLetters()),
                otherFinders(folder)));
        ledger.watch(nodeLog, CollectorSet.STORAGE);
        ledger.watch(correlationLog, CollectorSet.STORAGE);
        ledger.watch(nodeLog, collectors);
        BatchLogInput correlatorInput = new BatchLogInput(correlating, collectors.routesTo(CollectorSet.CORRELATOR));
        rules.resume(RuleQuarantine.open(folder.correlator().resolve("quarantine")));
        CorrelatorRunner correlator =
                Correlating.prepare(folder, rules.running(), correlatorInput, correlationLog, clock);
        correlator.shareMemory(() -> rules.limits().tenantShares());
        lifecycle.onClose("watch of the clock", ClockWatch.start(clock, monitoring)::close);
        KafkaWatch kafka = new KafkaWatch(
                () -> Stream.concat(collectors.kafka().stream(), destinations.kafka().stream())
                        .toList(),
                monitoring,
                clock);
        lifecycle.onClose("watch of Kafka", kafka::close);
        Correlating.tell(correlator, monitoring, clock);
        RemoteCorrelators correlators =
                new RemoteCorrelators(options.variables().apply(RemoteCorrelators.VARIABLE), folder.secret());
        lifecycle.onClose("view of other correlators", correlators::close);
        SharedLists shared = SharedLists.open(lifecycle, buffers, folder, correlators.addresses(), clock);
        ledger.watch(shared.log(), CollectorSet.STORAGE);
        if (shared.isUsed()) {
            correlator.share(correlationLog.producer());
            correlator.onJoin(shared.contents());
        }
        AtomicReference<@Nullable Audit> audit = new AtomicReference<>();
        RuleCostWatch costs = new RuleCostWatch(
                correlator::statistics,
                correlator::events,
                rules::limits,
                new CostlyRules(rules, monitoring::ruleStopped, (rule, reason) -> {
                    Audit trail = audit.get();
                    if (trail != null) {
                        trail.add(Audit.SYSTEM, Audit.Action.RULE_QUARANTINED, rule, reason);
                    }
                }),
                clock);
        LocalRules ruleList = new LocalRules(rules, correlator::statistics, correlator::coverage, costs);
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
        RemoteCollectors others = RemoteCollectors.start(
                options.variables().apply(RemoteCollectors.VARIABLE), folder.secret(), clock, monitoring);
        lifecycle.onClose("view of other collectors", others::close);
        states.others(others::states);
        CorrelatorTables tables = new CorrelatorTables(
                rules::rules,
                correlator,
                nodeLog,
                correlatorInput::reached,
                folder.correlator().resolve("imports"),
                clock,
                shared.changes());
        CoreServer core = CoreServer.start(
                new CoreOptions(folder.root(), options.httpListen(), folder.secret(), options.version()),
                new CorePorts(
                        storage::address,
                        states,
                        new LocalCollectors(collectors::topologies, collectors::fingerprints),
                        ledger,
                        monitoring,
                        ruleList,
                        correlators.with(tables),
                        new EventTails(List.of(nodeLog, correlationLog)),
                        () -> collectors.metrics(nodeLog)
                                + storage.deliveryMetrics()
                                + destinations.metrics()
                                + kafka.metrics()
                                + RuleCounters.of(correlator).text()
                                + costs.metrics(rules.quarantined().keySet())
                                + shared.metrics()
                                + tables.metrics()));
        lifecycle.onClose("core", core::close);
        address = core.address();
        states.coreAddress(address);
        rules.connect(
                correlator::replaceRules,
                change -> core.audit().add(Audit.SYSTEM, Audit.Action.RULES_CHANGED, "rules", change.toString()));
        audit.set(core.audit());
        lifecycle.onClose("costs of rules", costs.start()::run);
        rules.groupBy(grouping -> core.alerts().categories(grouping.categories()));

        responses.connect(core.responses());

        storage.awaitUp();
        storage.deliver(nodeLog, collectors.routesTo(CollectorSet.STORAGE), "events");
        storage.deliver(correlationLog, _ -> true, "correlations");
        storage.deliver(shared.log(), _ -> true, "changes");
        lifecycle.run(
                "correlator",
                DELIVERY_DRAIN,
                () -> Correlating.run(correlator, monitoring::correlatorEnded),
                correlator::stop);
        AlertFeed feed =
                new AlertFeed(alerting, core.alerts(), () -> rules.grouping().segmentations());
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
        URI intake = listenForOthers(folder, nodeLog, core, rules, check, shared);
        shared.start(correlationLog, intake);
        states.intakeAddress(intake);
        collectors.start();
        kafka.start();
        lifecycle.onClose("collectors", collectors::drain);
        Path own = options.resources();
        if (own != null) {
            ResourceWatch watch = ResourceWatch.start(
                    own,
                    found -> Resources.load(options.content(), own, options.variables(), found),
                    List.of(buffers, destinations, collectors, rules, responses));
            lifecycle.onClose("changes of resources", watch::close);
            states.resources(watch::trouble);
            ruleList.resources(watch::trouble);
        }
        folder.announceHealth(intake);
        Files.writeString(folder.address(), address + "\n");
        readyText = address + " " + String.join(" ", collectors.listeners()) + " storage=" + storage.address()
                + " correlator=" + intake + " data=" + folder.root();
    }

    /// Takes events for the correlator and correlation events for alerts from other processes.
    private URI listenForOthers(
            DataFolder folder,
            DurableLog nodeLog,
            CoreServer core,
            RuleSwitch rules,
            ListenerCheck check,
            SharedLists shared)
            throws IOException, InterruptedException {
        EventIntake intake = EventIntake.open(nodeLog, folder.intake(), folder.secret());
        lifecycle.onClose("intake", intake::close);
        ServiceListener listener = ServiceListener.open(
                options.intakeListen(),
                Map.of(
                        DeliveryRun.PATH,
                        intake.receiver(),
                        CorrelationReceiver.PATH,
                        new CorrelationReceiver(
                                core.alerts(),
                                () -> rules.grouping().segmentations(),
                                folder.secret(),
                                EventIntake.MAX_BODY_BYTES),
                        SharedLists.PATH,
                        shared.receiver(),
                        JoinContents.PATH,
                        shared.contents(),
                        ListenerCheck.PATH,
                        ServiceListener.health(check)),
                () -> true,
                intake::metrics);
        lifecycle.onClose("intake listener", listener::close);
        return listener.address();
    }

    /// Who else may hold an event.
    private RemoteFinders otherFinders(DataFolder folder) {
        List<URI> sites = new ArrayList<>();
        for (String variable : List.of(RemoteCollectors.VARIABLE, RemoteFinders.ROUTERS_VARIABLE)) {
            sites.addAll(ServiceAddresses.parse(variable, options.variables().apply(variable), "services"));
        }
        RemoteFinders finders = new RemoteFinders(sites, folder.secret());
        lifecycle.onClose("search in other processes", finders::close);
        return finders;
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
