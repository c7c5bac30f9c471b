package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.destination.DestinationFigures;
import io.tocsin.pipeline.destination.RecordRouting;
import io.tocsin.pipeline.destination.RouterConfig;
import io.tocsin.pipeline.topology.CollectorMetrics;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The event router alone: takes deliveries of collectors and other routers into a log of its own and passes them
/// on to destinations by their filters. Events stay as they came, to the bit, with their entry metadata and their
/// ledger.
///
/// Thread-safety: one thread starts and closes it.
public final class RouterInstance implements RunningService {
    private static final Duration DRAIN = Duration.ofSeconds(3);

    private final ServiceOptions options;
    private final Lifecycle lifecycle = new Lifecycle();
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
        Set<String> routed = routed(resources, destinations, problems);
        Buffers buffers = Buffers.read(resources, options.reserveBytes(), EventIntake.MAX_RECORD_BYTES, problems);
        problems.throwIfAny();

        DataFolder folder = DataFolder.share(options.data(), options.secretFile());
        lifecycle.onClose("data folder", folder::close);
        DurableLog log = buffers.open(lifecycle, Buffers.EVENTS, "router log", folder.routerLog(), clock);
        lifecycle.onClose("buffer settings", buffers::close);
        buffers.follow(Buffers.EVENTS, log, List::of);
        lifecycle.onClose("destinations", () -> destinations.drain(DRAIN));
        destinations.start(
                log,
                routed::contains,
                _ -> new RecordRouting(_ -> true, true),
                folder.router().resolve("dead-letters"),
                folder.secret());
        EventIntake intake = EventIntake.open(log, folder.router().resolve("intake"), folder.secret());
        lifecycle.onClose("intake", intake::close);
        ServiceListener listener = ServiceListener.open(
                options.listen(),
                Map.of(DeliveryRun.PATH, intake.receiver()),
                () -> destinations.figures().stream()
                        .noneMatch(each -> each.state() == DestinationFigures.State.RETRYING),
                () -> intake.metrics() + CollectorMetrics.text("router", log.metrics()) + destinations.metrics());
        lifecycle.onClose("listener", listener::close);
        readyText = "router=" + listener.address() + " destinations="
                + String.join(",", routed.stream().sorted().toList()) + " data=" + folder.root();
    }

    private static Set<String> routed(Resources resources, DestinationSet destinations, Problems problems) {
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
        RouterConfig config = RouterConfig.read(routers.getFirst().document(), destinations.names(), problems);
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
