package io.tocsin.app.up;

import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.destination.RecordRouting;
import io.tocsin.pipeline.destination.ServiceSelection;
import io.tocsin.pipeline.kafka.KafkaWatch;
import io.tocsin.pipeline.pair.NoWitness;
import io.tocsin.pipeline.pair.PairNode;
import io.tocsin.pipeline.pair.StorageWitness;
import io.tocsin.pipeline.pair.Witness;
import io.tocsin.pipeline.topology.LossLedger;
import io.tocsin.pipeline.topology.Routes;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The collectors alone: they write into a node log of their own and deliver it to storage and correlator of other
/// processes.
///
/// Thread-safety: one thread starts and closes it.
public final class CollectorInstance implements RunningService {
    private static final System.Logger LOG = System.getLogger(CollectorInstance.class.getName());
    private static final Duration DELIVERY_DRAIN = Duration.ofSeconds(3);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(10);

    private final ServiceOptions options;
    private final @Nullable PairChoice pair;
    private final Lifecycle lifecycle = new Lifecycle();
    private String readyText = "";

    private CollectorInstance(ServiceOptions options, @Nullable PairChoice pair) {
        this.options = options;
        this.pair = pair;
    }

    /// Starts and returns when the collectors receive.
    ///
    /// @throws io.tocsin.config.InvalidConfigException when resources are wrong, or name a destination that has no
    ///     address
    /// @throws IOException when the data folder cannot be used
    /// @throws io.tocsin.error.TocsinException when a part cannot start
    public static CollectorInstance start(ServiceOptions options) throws IOException, InterruptedException {
        return start(options, null);
    }

    /// Starts one of a pair and returns when the collectors receive.
    ///
    /// @param pair how it finds the other one; null: it is alone
    /// @throws io.tocsin.config.InvalidConfigException as above
    /// @throws IOException when the data folder cannot be used
    /// @throws io.tocsin.error.TocsinException when a part cannot start
    public static CollectorInstance start(ServiceOptions options, @Nullable PairChoice pair)
            throws IOException, InterruptedException {
        CollectorInstance instance = new CollectorInstance(options, pair);
        return Lifecycle.start(instance, instance::start);
    }

    private void start() throws IOException, InterruptedException {
        SystemClock clock = SystemClock.process();
        Problems problems = new Problems();
        Resources resources = Resources.load(options.content(), options.resources(), options.variables(), problems);
        CollectorSet collectors = CollectorSet.read(resources, problems);
        DestinationSet destinations = DestinationSet.read(resources, problems);
        check(CollectorSet.STORAGE, "--storage", collectors, destinations, options.storage(), problems);
        check(CollectorSet.CORRELATOR, "--correlator", collectors, destinations, options.correlator(), problems);
        Buffers buffers = Buffers.read(resources, options.reserveBytes(), EventIntake.MAX_RECORD_BYTES, problems);
        problems.throwIfAny();

        DataFolder folder = DataFolder.share(options.data(), options.secretFile());
        lifecycle.onClose("data folder", folder::close);
        DurableLog log = buffers.open(lifecycle, Buffers.EVENTS, "node log", folder.collectorLog(), clock);
        log.onLoss(CollectorSet.STORAGE, new LossLedger(log, route -> !Routes.isHeld(route)));
        log.onLostEvents(new MonitoringEvents(log, clock)::lost);
        warnOfUnknownAddress(log, CollectorSet.STORAGE, "--storage", destinations, options.storage());
        warnOfUnknownAddress(log, CollectorSet.CORRELATOR, "--correlator", destinations, options.correlator());
        lifecycle.onClose("ports of collectors", collectors::close);
        PairNode pairs = openPair(collectors, folder.secret(), clock);
        if (pairs != null) {
            lifecycle.onClose("pair", pairs::close);
        }
        collectors.open(log, folder.collectorPositions(), clock, buffers::apply, pairs);
        buffers.follow(Buffers.EVENTS, log, collectors::topologies);
        Deliveries deliveries = new Deliveries(folder.secret(), folder.deadLetters(), LONGEST_RETRY);
        KafkaWatch kafka = new KafkaWatch(
                () -> Stream.concat(collectors.kafka().stream(), destinations.kafka().stream())
                        .toList(),
                new MonitoringEvents(log, clock),
                clock);
        lifecycle.onClose("watch of Kafka", kafka::close);
        ServiceListener listener = ServiceListener.open(
                options.listen(),
                Map.of(
                        CollectorRoutes.PATH,
                        new CollectorRoutes(
                                new LocalCollectors(collectors::topologies, collectors::fingerprints), folder.secret()),
                        EventPlaces.PATH,
                        new EventPlaces(
                                new EventFinder(
                                        Map.of("node log", log), List.of(folder.deadLetters()), RemoteFinders.NONE),
                                folder.secret()),
                        ListenerCheck.PATH,
                        ServiceListener.health(new ListenerCheck(collectors::figures, log, options.reserveBytes()))),
                () -> true,
                () -> collectors.metrics(log) + deliveries.metrics() + destinations.metrics() + kafka.metrics());
        lifecycle.onClose("listener", listener::close);

        lifecycle.onClose("deliveries", () -> deliveries.drain(DELIVERY_DRAIN));
        if (options.storage() != null) {
            // The ledger of collectors that are not stored goes there as well.
            deliveries.start(
                    log,
                    CollectorSet.STORAGE,
                    options.storage().resolve(DeliveryRun.PATH),
                    ServiceSelection.toStorage(collectors.routesTo(CollectorSet.STORAGE)),
                    "events");
        }
        if (options.correlator() != null) {
            deliveries.start(
                    log,
                    CollectorSet.CORRELATOR,
                    options.correlator().resolve(DeliveryRun.PATH),
                    ServiceSelection.to(collectors.routesTo(CollectorSet.CORRELATOR)),
                    "correlator");
        }
        lifecycle.onClose("destinations", () -> destinations.drain(DELIVERY_DRAIN));
        destinations.start(
                log,
                _ -> true,
                name -> RecordRouting.of(collectors.routesTo(name)),
                folder.deadLetters(),
                folder.secret());
        lifecycle.onClose("watch of the clock", ClockWatch.start(clock, new MonitoringEvents(log, clock))::close);
        collectors.start();
        kafka.start();
        lifecycle.onClose("collectors", collectors::drain);
        Path own = options.resources();
        if (own != null) {
            ResourceWatch watch = ResourceWatch.start(
                    own,
                    found -> Resources.load(options.content(), own, options.variables(), found),
                    List.of(buffers, destinations, collectors));
            lifecycle.onClose("changes of resources", watch::close);
        }
        folder.announceHealth(listener.address());
        readyText = "collector=" + listener.address() + " " + String.join(" ", collectors.listeners()) + " data="
                + folder.root();
    }

    private @Nullable PairNode openPair(CollectorSet collectors, String secret, SystemClock clock) {
        PairChoice choice = pair;
        if (choice == null) {
            return null;
        }
        URI storage = options.storage();
        Witness witness = choice.witness() && storage != null ? new StorageWitness(storage, secret) : new NoWitness();
        if (witness instanceof NoWitness) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the pair has no witness: when the two lose sight of each other and both live, what they held"
                            + " together comes twice; give --storage and leave --pair-without-witness away");
        }
        return PairNode.open(
                choice.options(secret),
                witness,
                name -> {
                    ResourceFingerprint found = collectors.fingerprints().get(name);
                    return found == null ? null : found.parts();
                },
                clock);
    }

    /// Nobody may collect what goes nowhere: the log would fill up.
    private static void check(
            String destination,
            String option,
            CollectorSet collectors,
            DestinationSet destinations,
            @Nullable URI address,
            Problems problems) {
        if (address != null) {
            destinations.refuse(destination, "leave " + option + " away", problems);
        }
        if (destinations.names().contains(destination)) {
            return;
        }
        List<String> routed = collectors.enabledRoutesTo(destination);
        if (address == null && !routed.isEmpty()) {
            problems.add(new Problem(
                    "",
                    0,
                    0,
                    "collectors name a destination whose address is not known [destination=" + destination
                            + ", collectors=" + String.join(", ", routed)
                            + "]: give it with " + option));
        }
    }

    /// What an earlier process was to deliver stays in the log until somebody says what should
    /// become of it.
    private static void warnOfUnknownAddress(
            DurableLog log, String destination, String option, DestinationSet destinations, @Nullable URI address) {
        if (address == null
                && !destinations.names().contains(destination)
                && log.consumerNames().contains(destination)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the log keeps everything for a destination whose address is not known any more and will fill up"
                            + " [destination={0}]: give it with {1}, or stop and let it be forgotten with: tocsin log"
                            + " forget {2} {0}",
                    destination,
                    option,
                    log.folder());
        }
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
