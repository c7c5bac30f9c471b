package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.destination.DestinationFigures;
import io.tocsin.pipeline.destination.DestinationPlan;
import io.tocsin.pipeline.destination.RecordRouting;
import io.tocsin.pipeline.destination.RouterConfig;
import io.tocsin.pipeline.kafka.KafkaWatch;
import io.tocsin.pipeline.topology.CollectorMetrics;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The event router alone: takes deliveries of collectors and other routers into a log of its own and passes them
/// on to destinations by their filters. Events stay as they came, to the bit, with their entry metadata and their
/// ledger.
///
/// Thread-safety: one thread starts and closes it.
public final class RouterInstance implements RunningService {
    private static final Duration DRAIN = Duration.ofSeconds(3);

    private final ServiceOptions options;
    private final Lifecycle lifecycle = new Lifecycle();
    /// Names of the destinations that it passes events on to.
    private volatile Set<String> routed = Set.of();

    private String readyText = "";

    private RouterInstance(ServiceOptions options) {
        this.options = options;
    }

    /// Starts and returns when it takes deliveries.
    ///
    /// @throws io.tocsin.config.InvalidConfigException when resources are wrong
    /// @throws IOException when the data folder cannot be used
    /// @throws io.tocsin.error.TocsinException when a part cannot start
    public static RouterInstance start(ServiceOptions options) throws IOException, InterruptedException {
        RouterInstance instance = new RouterInstance(options);
        return Lifecycle.start(instance, instance::start);
    }

    private void start() throws IOException, InterruptedException {
        SystemClock clock = SystemClock.process();
        Problems problems = new Problems();
        Resources resources = Resources.load(options.content(), options.resources(), options.variables(), problems);
        DestinationSet destinations = DestinationSet.read(resources, problems);
        routed = routed(resources, destinations.names(), problems);
        Buffers buffers = Buffers.read(resources, options.reserveBytes(), EventIntake.MAX_RECORD_BYTES, problems);
        problems.throwIfAny();

        DataFolder folder = DataFolder.share(options.data(), options.secretFile());
        lifecycle.onClose("data folder", folder::close);
        DurableLog log = buffers.open(lifecycle, Buffers.EVENTS, "router log", folder.routerLog(), clock);
        buffers.follow(Buffers.EVENTS, log, List::of);
        log.onLostEvents(new MonitoringEvents(log, clock)::lost);
        lifecycle.onClose("destinations", () -> destinations.drain(DRAIN));
        destinations.start(
                log,
                name -> routed.contains(name),
                _ -> new RecordRouting(_ -> true, true),
                folder.router().resolve("dead-letters"),
                folder.secret());
        KafkaWatch kafka = new KafkaWatch(destinations::kafka, new MonitoringEvents(log, clock), clock);
        lifecycle.onClose("watch of Kafka", kafka::close);
        kafka.start();
        EventIntake intake = EventIntake.open(log, folder.router().resolve("intake"), folder.secret());
        lifecycle.onClose("intake", intake::close);
        ServiceListener listener = ServiceListener.open(
                options.listen(),
                Map.of(
                        DeliveryRun.PATH,
                        intake.receiver(),
                        EventPlaces.PATH,
                        new EventPlaces(
                                new EventFinder(
                                        Map.of("router log", log),
                                        List.of(folder.router().resolve("dead-letters")),
                                        RemoteFinders.NONE),
                                folder.secret())),
                () -> destinations.figures().stream()
                        .noneMatch(each -> each.state() == DestinationFigures.State.RETRYING),
                () -> intake.metrics()
                        + CollectorMetrics.text("router", log.metrics())
                        + destinations.metrics()
                        + kafka.metrics());
        lifecycle.onClose("listener", listener::close);
        Path own = options.resources();
        if (own != null) {
            ResourceWatch watch = ResourceWatch.start(
                    own,
                    found -> Resources.load(options.content(), own, options.variables(), found),
                    List.of(buffers, new Router(), destinations));
            lifecycle.onClose("changes of resources", watch::close);
        }
        readyText = "router=" + listener.address() + " destinations="
                + String.join(",", routed.stream().sorted().toList()) + " data=" + folder.root();
    }

    /// Which destinations the router's resource names; goes over before the destinations do.
    ///
    /// Thread-safety: one thread.
    private final class Router implements Reloadable {
        @Override
        public Runnable prepare(Resources next, Problems problems) {
            Set<String> names = next.ofKind(DestinationPlan.KIND).stream()
                    .map(Resource::name)
                    .collect(Collectors.toSet());
            Set<String> read = routed(next, names, problems);
            return () -> routed = read;
        }

        @Override
        public void retry() {
            // There is nothing that could fail.
        }

        @Override
        public String trouble() {
            return "";
        }
    }

    private static Set<String> routed(Resources resources, Set<String> destinations, Problems problems) {
        List<Resource> routers = resources.ofKind(RouterConfig.KIND);
        if (routers.size() != 1) {
            problems.add(new Problem(
                    "",
                    0,
                    0,
                    "a process runs one router, and the resources have " + routers.size()
                            + " [kind=router]: say in --resources where it stands, and its destinations"));
            return Set.of();
        }
        RouterConfig config = RouterConfig.read(routers.getFirst().document(), destinations, problems);
        return config == null ? Set.of() : Set.copyOf(config.destinations());
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
