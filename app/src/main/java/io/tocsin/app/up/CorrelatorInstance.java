package io.tocsin.app.up;

import io.tocsin.app.table.CorrelatorTables;
import io.tocsin.app.table.TableService;
import io.tocsin.config.Problems;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.destination.ServiceSelection;
import io.tocsin.pipeline.topology.CollectorMetrics;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The correlator alone: takes events from collectors of other processes into a log of its own, and delivers what it
/// finds to storage and to the installation that makes alerts.
///
/// Thread-safety: one thread starts and closes it.
public final class CorrelatorInstance implements RunningService {
    private static final Duration DRAIN = Duration.ofSeconds(3);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(10);

    private final ServiceOptions options;
    private final Lifecycle lifecycle = new Lifecycle();
    private String readyText = "";

    private CorrelatorInstance(ServiceOptions options) {
        this.options = options;
    }

    /// Starts and returns when it takes events.
    ///
    /// @throws io.tocsin.config.InvalidConfigException when resources are wrong
    /// @throws IOException when the data folder cannot be used
    /// @throws io.tocsin.error.TocsinException when a part cannot start
    public static CorrelatorInstance start(ServiceOptions options) throws IOException, InterruptedException {
        CorrelatorInstance instance = new CorrelatorInstance(options);
        return Lifecycle.start(instance, instance::start);
    }

    private void start() throws IOException, InterruptedException {
        SystemClock clock = SystemClock.process();
        Problems problems = new Problems();
        Resources resources = Resources.load(options.content(), options.resources(), options.variables(), problems);
        RuleSwitch rules = new RuleSwitch(RuleFolders.load(resources, problems), clock);
        Buffers buffers = Buffers.read(resources, options.reserveBytes(), EventIntake.MAX_RECORD_BYTES, problems);
        problems.throwIfAny();

        DataFolder folder = DataFolder.share(options.data(), options.secretFile());
        lifecycle.onClose("data folder", folder::close);
        DurableLog log = buffers.open(lifecycle, Buffers.EVENTS, "intake log", folder.intakeLog(), clock);
        DurableLog correlationLog =
                buffers.open(lifecycle, Buffers.CORRELATIONS, "correlation log", folder.correlationLog(), clock);
        buffers.follow(Buffers.EVENTS, log, List::of);
        buffers.follow(Buffers.CORRELATIONS, correlationLog, List::of);
        LogConsumer consumer = log.consumer(CollectorSet.CORRELATOR);
        lifecycle.onClose("consumer of the intake log", consumer::close);
        BatchLogInput input = new BatchLogInput(consumer, _ -> true);
        CorrelatorRunner correlator = Correlating.prepare(folder, rules.rules(), input, correlationLog, clock);
        DurableLog ownLog = buffers.open(lifecycle, Buffers.CORRELATIONS, "log of own events", folder.ownLog(), clock);
        MonitoringEvents monitoring = new MonitoringEvents(ownLog, clock);
        Correlating.tell(correlator, monitoring, clock);
        rules.connect(correlator::replaceRules, _ -> {});
        correlator.shareMemory(() -> rules.limits().tenantShares());
        // Costly rules are named here; only an installation with a core can say that it stopped one.
        RuleCostWatch costs =
                new RuleCostWatch(correlator::statistics, correlator::events, rules::limits, (_, _) -> {}, clock);
        lifecycle.onClose("costs of rules", costs.start()::run);

        Deliveries deliveries =
                new Deliveries(folder.secret(), folder.correlator().resolve("dead-letters"), LONGEST_RETRY);
        lifecycle.onClose("deliveries", () -> deliveries.drain(DRAIN));
        if (options.storage() != null) {
            deliveries.start(
                    correlationLog,
                    CollectorSet.STORAGE,
                    options.storage().resolve(DeliveryRun.PATH),
                    ServiceSelection.toStorage(_ -> true),
                    "storage");
            deliveries.start(
                    ownLog,
                    CollectorSet.STORAGE,
                    options.storage().resolve(DeliveryRun.PATH),
                    ServiceSelection.toStorage(_ -> true),
                    "storage-own-events");
        }
        if (options.alerts() != null) {
            deliveries.start(
                    correlationLog,
                    "alerts",
                    options.alerts().resolve(CorrelationReceiver.PATH),
                    ServiceSelection.to(_ -> true),
                    "alerts");
            deliveries.start(
                    correlationLog,
                    SharedLists.CONSUMER,
                    options.alerts().resolve(SharedLists.PATH),
                    new SharedChanges(),
                    "shared-lists");
            correlator.share(correlationLog.producer());
        }
        CorrelatorTables tables = new CorrelatorTables(
                rules::rules,
                correlator,
                log,
                input::reached,
                folder.correlator().resolve("imports"),
                clock,
                options.alerts() == null ? null : new CorrelatorTables.SharedChanges(null, () -> true));
        lifecycle.run(
                "correlator", DRAIN, () -> Correlating.run(correlator, monitoring::correlatorEnded), correlator::stop);
        Supplier<@Nullable String> trouble = follow(buffers, rules);
        ListJoin join = join(correlator, log, folder, clock);
        EventIntake intake = EventIntake.open(log, folder.intake(), folder.secret());
        lifecycle.onClose("intake", intake::close);
        ServiceListener listener = ServiceListener.open(
                options.listen(),
                Map.of(
                        DeliveryRun.PATH,
                        intake.receiver(),
                        TableService.PATH,
                        new TableService(tables, folder.secret())),
                () -> correlator.failure() == null,
                () -> intake.metrics()
                        + tables.metrics()
                        + metrics(correlator, rules, trouble.get() != null, log)
                        + (join == null ? "" : join.metrics())
                        + deliveries.metrics()
                        + costs.metrics(Set.of()));
        lifecycle.onClose("listener", listener::close);
        // Its own rules look at them as well.
        deliveries.start(
                ownLog,
                CollectorSet.CORRELATOR,
                listener.address().resolve(DeliveryRun.PATH),
                ServiceSelection.to(_ -> true),
                "own-events");
        readyText = "correlator=" + listener.address() + " data=" + folder.root();
    }

    /// Lets it have the records of lists that all share.
    private @Nullable ListJoin join(CorrelatorRunner correlator, DurableLog log, DataFolder folder, SystemClock clock)
            throws IOException {
        if (options.alerts() == null) {
            return null;
        }
        ListJoin join = ListJoin.start(
                correlator,
                log,
                options.alerts(),
                folder.secret(),
                folder.correlator().resolve("imports"),
                clock);
        lifecycle.onClose("joining of shared lists", join::close);
        return join;
    }

    /// @return why not everything is as the resource files say, or null
    private Supplier<@Nullable String> follow(Reloadable buffers, RuleSwitch rules) {
        Path own = options.resources();
        if (own == null) {
            return () -> null;
        }
        ResourceWatch watch = ResourceWatch.start(
                own,
                found -> Resources.load(options.content(), own, options.variables(), found),
                List.of(buffers, rules));
        lifecycle.onClose("changes of resources", watch::close);
        return watch::trouble;
    }

    private static String metrics(
            CorrelatorRunner correlator, RuleSwitch rules, boolean isChangeRefused, DurableLog log) {
        return "# TYPE tocsin_correlator_events counter\n# HELP tocsin_correlator_events Events read.\n"
                + "tocsin_correlator_events_total " + correlator.events() + "\n"
                + "# TYPE tocsin_correlator_rules gauge\n# HELP tocsin_correlator_rules Rules, used and left out.\n"
                + "tocsin_correlator_rules{state=\"used\"} "
                + rules.rules().rules().size() + "\n"
                + "tocsin_correlator_rules{state=\"left-out\"} "
                + rules.leftOut().size() + "\n"
                + "# TYPE tocsin_correlator_change_refused gauge\n"
                + "# HELP tocsin_correlator_change_refused 1 when the last change of resources has a mistake.\n"
                + "tocsin_correlator_change_refused " + (isChangeRefused ? 1 : 0) + "\n"
                + RuleCounters.of(correlator).text()
                + CollectorMetrics.text("intake", log.metrics());
    }

    @Override
    public String readyText() {
        return readyText;
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}
