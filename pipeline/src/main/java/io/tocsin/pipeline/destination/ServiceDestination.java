package io.tocsin.pipeline.destination;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Secret;
import io.tocsin.config.Values;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.destination.DestinationFigures.State;
import io.tocsin.pipeline.destination.Targets.Target;
import io.tocsin.pipeline.tls.ClientTls;
import io.tocsin.pipeline.tls.ClientTlsContext;
import io.tocsin.pipeline.transport.DeliveryClient;
import io.tocsin.pipeline.transport.DeliveryMetrics;
import io.tocsin.pipeline.transport.DeliveryOptions;
import io.tocsin.pipeline.transport.DeliveryOutcome;
import io.tocsin.pipeline.transport.DeliveryRequest;
import io.tocsin.pipeline.transport.RunSender;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogMetrics;
import io.tocsin.time.SystemClock;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Delivers to another service of the installation, by the delivery protocol (`docs/specs/delivery.md`): whole
/// batches with everything that is known of each event, every run under a name by which the receiver knows repeats.
///
/// With several receivers each run goes to one of them, one run at a time and in order, so that each receiver still
/// sees ascending sequences. A run of which the answer was lost is sent to the next receiver as well: twice at most
/// is what one run held, and the storage recognises such events by their identifiers.
///
/// Thread-safety: immutable.
final class ServiceDestination implements DestinationConfig {
    static final ComponentSpec<ServiceDestination> CORRELATOR =
            spec("correlator", "Delivers events to a correlator of the installation, each once in effect.");
    static final ComponentSpec<ServiceDestination> INTERNAL =
            spec("internal", "Delivers events to any service of Tocsin that takes deliveries, each once in effect.");
    static final ComponentSpec<ServiceDestination> ROUTER =
            spec("router", "Delivers events to an event router, which passes them on, each once in effect.");
    static final ComponentSpec<ServiceDestination> STORAGE =
            spec("storage", "Delivers events and the ledger to a storage of the installation, each once in effect.");

    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration TARGET_WAIT = Duration.ofMillis(100);
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(50);
    private static final ByteSize ONE_RUN = ByteSize.ofMebibytes(16);

    /// How runs are compressed.
    enum RunCompression {
        NONE,
        /// [io.tocsin.event.DeliveryBody]
        ZSTD
    }

    private final DestinationSettings settings;
    private final List<HttpPeer> peers;
    private final @Nullable Secret secret;
    private final Connecting connecting;
    private final RunCompression compression;

    private ServiceDestination(
            DestinationSettings settings,
            List<HttpPeer> peers,
            @Nullable Secret secret,
            Connecting connecting,
            RunCompression compression) {
        this.settings = settings;
        this.peers = peers;
        this.secret = secret;
        this.connecting = connecting;
        this.compression = compression;
    }

    private static ComponentSpec<ServiceDestination> spec(String type, String sentence) {
        return ComponentSpec.of(type, sentence, keys -> definition(type, keys));
    }

    private static Function<Values, ServiceDestination> definition(String type, ConfigSpec.Builder keys) {
        var enabled = keys.flag("enabled", "Whether events are sent; what waits for it goes on waiting on the disk.")
                .defaultTo(true);
        var filter = keys.list(
                        "filter",
                        "Which events it gets: one filter, or several after one another.",
                        DestinationSettings.FILTER)
                .defaultTo(List.of());
        var urls = keys.list("urls", "The receivers; first those to prefer.", HttpPeer.TYPE)
                .example("http://10.0.0.5:8445")
                .required();
        var fallback = keys.list(
                        "fallbackUrls",
                        "Receivers that get events only while none of `urls` can be reached.",
                        HttpPeer.TYPE)
                .defaultTo(List.of());
        var policy = keys.choice(
                        "policy",
                        "Which of several receivers gets the events: any stays with one as long as it works;"
                                + " prefer-first goes back to the first; balanced gives each batch to the one that answers"
                                + " soonest.",
                        TargetPolicy.class)
                .defaultTo(TargetPolicy.ANY);
        var timeout = keys.duration(
                        "timeout",
                        "A receiver that takes longer to answer counts as gone.",
                        Duration.ofMillis(100),
                        Duration.ofMinutes(10))
                .defaultTo(Duration.ofSeconds(14));
        var checkInterval = keys.duration(
                        "checkInterval",
                        "A receiver that failed is tried again at least so often; the first times sooner.",
                        Duration.ofMillis(100),
                        Duration.ofMinutes(10))
                .defaultTo(Duration.ofSeconds(5));
        var compression = keys.choice(
                        "compression",
                        "How events are compressed on the way: none, or zstd for narrow lines. A receiver of a release"
                                + " that cannot undo it gets them as they are.",
                        RunCompression.class)
                .defaultTo(RunCompression.NONE);
        var disk = new DiskKeys(keys);
        var secret = keys.secret("secret", "Secret of the receivers when they belong to another installation.")
                .optional();
        var tls = keys.nested("tls", "Speaks TLS with the receivers.", ClientTls.SPEC)
                .optional();
        return values -> {
            if (values.get(urls).isEmpty()) {
                values.refuse("urls", "a destination needs a receiver [key=urls]");
            }
            DestinationSettings settings = new DestinationSettings(
                    type,
                    values.get(enabled),
                    values.get(filter),
                    values.get(policy),
                    EventFormat.BATCH,
                    "",
                    ONE_RUN,
                    ONE_RUN,
                    Duration.ofMillis(1),
                    1,
                    true,
                    values.get(timeout),
                    values.get(checkInterval),
                    disk.read(values),
                    0);
            return new ServiceDestination(
                    settings,
                    HttpPeer.of(values.get(urls), values.get(fallback)),
                    values.get(secret),
                    new Connecting(values.get(tls), null),
                    values.get(compression));
        };
    }

    @Override
    public String type() {
        return settings.type();
    }

    @Override
    public DestinationSettings settings() {
        return settings;
    }

    @Override
    public RunningDestination start(DestinationContext context) {
        return new Running(context);
    }

    /// A destination that is being delivered to.
    ///
    /// Thread-safety: any thread.
    private final class Running implements RunningDestination {
        private final DestinationContext context;
        private final ServiceSelection selection;
        private final Receivers receivers;
        private final DeliveryClient client;

        Running(DestinationContext context) {
            this.context = context;
            selection = new ServiceSelection(
                    context.routing(),
                    context.filters(),
                    settings.type().equals(STORAGE.id()),
                    !settings.type().equals(CORRELATOR.id()));
            receivers = new Receivers(context);
            client = DeliveryClient.start(
                    context.log(),
                    context.consumer(),
                    settings.disk(),
                    options(peers.getFirst().url(), context),
                    receivers,
                    selection,
                    context.deadLetters(),
                    new SecureRandom());
        }

        @Override
        public DestinationFigures figures() {
            DeliveryMetrics metrics = client.metrics();
            LogMetrics.@Nullable ConsumerBacklog backlog = backlog();
            return new DestinationFigures(
                    context.name(),
                    settings.type(),
                    switch (metrics.state()) {
                        case IDLE -> State.IDLE;
                        case SENDING -> State.SENDING;
                        case RETRYING -> receivers.targets.anyUp() ? State.SENDING : State.RETRYING;
                        case STOPPED -> State.STOPPED;
                    },
                    receivers.sinceMillis,
                    metrics.deliveredEvents(),
                    metrics.deliveredBytes(),
                    selection.filtered(),
                    metrics.retries(),
                    metrics.deadLetters(),
                    0,
                    metrics.inFlightEvents(),
                    0,
                    client.lostEvents(),
                    receivers.targets.switches(),
                    backlog == null ? 0 : backlog.events(),
                    backlog == null ? 0 : backlog.bytes(),
                    backlog == null ? 0 : backlog.oldestAgeMillis(),
                    metrics.lastError(),
                    receivers.targets.figures());
        }

        private LogMetrics.@Nullable ConsumerBacklog backlog() {
            try {
                for (LogMetrics.ConsumerBacklog each : context.log().metrics().consumers()) {
                    if (each.name().equals(context.consumer())) {
                        return each;
                    }
                }
                return null;
            } catch (LogException closed) {
                return null;
            }
        }

        @Override
        public boolean drain(Duration limit) throws InterruptedException {
            return client.drain(limit);
        }

        @Override
        public void close() {
            client.close();
        }
    }

    private DeliveryOptions options(URI url, DestinationContext context) {
        URI target = url.getPath() == null
                        || url.getPath().isEmpty()
                        || url.getPath().equals("/")
                ? url.resolve(DeliveryRun.PATH)
                : url;
        return DeliveryOptions.defaults(target, secret == null ? context.secret() : secret.reveal())
                .withCompression(compression == RunCompression.ZSTD)
                .withTimes(
                        settings.timeout(),
                        FIRST_RETRY.compareTo(settings.checkInterval()) < 0 ? FIRST_RETRY : settings.checkInterval(),
                        settings.checkInterval());
    }

    /// Chooses the receiver of each attempt.
    ///
    /// Thread-safety: as [RunSender]; any thread reads figures.
    private final class Receivers implements RunSender {
        private final Targets targets;
        private final List<DeliveryRequest> requests = new ArrayList<>();
        private final Thread watch;
        private final long sinceMillis = SystemClock.process().millis();

        Receivers(DestinationContext context) {
            @Nullable ClientTlsContext tls = connecting.openTls();
            targets = new Targets(
                    peers.stream().map(HttpPeer::address).toList(),
                    settings.policy(),
                    settings.checkInterval(),
                    new SecureRandom());
            for (HttpPeer peer : peers) {
                requests.add(new DeliveryRequest(
                        options(peer.url(), context),
                        Connecting.connectTimeout(settings.timeout()),
                        tls,
                        peers.size() > 1));
            }
            Probes probes = new Probes(
                    context.name(),
                    targets,
                    peer -> connecting
                            .connect(peers.get(peer).endpoint(), settings.timeout(), null)
                            .socket()
                            .close(),
                    settings.timeout());
            watch = Thread.ofVirtual().name(context.consumer() + "-watch").start(() -> watch(probes));
        }

        private void watch(Probes probes) {
            try {
                while (true) {
                    Thread.sleep(WATCH_INTERVAL);
                    probes.startDue();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public DeliveryOutcome send(DeliveryRun run, List<byte[]> bodies, long bytes) throws InterruptedException {
            Target target = targets.choose(TARGET_WAIT);
            if (target == null) {
                String reason = targets.lastError();
                return new DeliveryOutcome.Later(reason == null ? "no receiver can be reached" : reason, Duration.ZERO);
            }
            long before = System.nanoTime();
            DeliveryOutcome outcome = requests.get(target.index).send(run, bodies, bytes);
            switch (outcome) {
                case DeliveryOutcome.Stored() ->
                    targets.delivered(
                            target, (int) Math.min(run.count(), Integer.MAX_VALUE), System.nanoTime() - before);
                case DeliveryOutcome.Later(String reason, Duration pause) -> {
                    return failed(target, outcome, reason, pause, before);
                }
                case DeliveryOutcome.Away(String reason) -> {
                    return failed(target, outcome, reason, Duration.ZERO, before);
                }
                case DeliveryOutcome.Elsewhere ignored -> targets.released(target, 1);
                case DeliveryOutcome.Known ignored -> targets.released(target, 1);
                case DeliveryOutcome.Refused ignored -> targets.released(target, 1);
            }
            return outcome;
        }

        private DeliveryOutcome failed(
                Target target, DeliveryOutcome outcome, String reason, Duration pause, long before) {
            targets.released(target, 1);
            targets.failed(target, reason, pause, before);
            // Another one can be tried at once.
            return targets.anyUp() ? new DeliveryOutcome.Later(reason, Duration.ZERO) : outcome;
        }

        @Override
        public void close() {
            watch.interrupt();
            requests.forEach(DeliveryRequest::close);
        }
    }
}
