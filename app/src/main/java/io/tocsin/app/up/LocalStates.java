package io.tocsin.app.up;

import io.tocsin.core.service.ServiceState;
import io.tocsin.core.service.ServiceStates;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.pipeline.topology.CollectorFigures;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogMetrics;
import io.tocsin.pipeline.transport.log.LogPressure;
import io.tocsin.storage.StorageProcess;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How the services of this process and its child are, for the screens. What waits for a service is shown with that
/// service.
///
/// Thread-safety: any thread.
final class LocalStates implements ServiceStates {
    private static final long RATE_MILLIS = 5_000;

    private final LocalOptions options;
    private final InstantSource clock;
    private final CollectorSet collectors;
    private final DestinationSet destinations;
    private final LocalStorage storage;
    private final DurableLog nodeLog;
    private final DurableLog correlationLog;
    private final CorrelatorRunner correlator;
    private final BatchLogInput correlatorInput;
    private final RuleSwitch rules;
    private final long startedMillis;
    private final Map<String, Rate> rates = new HashMap<>();
    private volatile @Nullable URI coreAddress;
    private volatile @Nullable URI intakeAddress;
    private volatile Supplier<@Nullable String> resources = () -> null;
    private volatile Supplier<List<ServiceState>> others = List::of;

    /// Thread-safety: guarded by the states.
    private static final class Rate {
        private long atMillis;
        private long count;
        private double perSecond;

        double look(long nowMillis, long now) {
            if (atMillis == 0 || nowMillis - atMillis >= RATE_MILLIS) {
                perSecond = atMillis == 0 ? 0 : Math.max(0, now - count) * 1000.0 / (nowMillis - atMillis);
                atMillis = nowMillis;
                count = now;
            }
            return perSecond;
        }
    }

    LocalStates(
            LocalOptions options,
            InstantSource clock,
            CollectorSet collectors,
            DestinationSet destinations,
            LocalStorage storage,
            DurableLog nodeLog,
            DurableLog correlationLog,
            CorrelatorRunner correlator,
            BatchLogInput correlatorInput,
            RuleSwitch rules) {
        this.options = options;
        this.clock = clock;
        this.collectors = collectors;
        this.destinations = destinations;
        this.storage = storage;
        this.nodeLog = nodeLog;
        this.correlationLog = correlationLog;
        this.correlator = correlator;
        this.correlatorInput = correlatorInput;
        this.rules = rules;
        this.startedMillis = clock.millis();
    }

    void coreAddress(URI address) {
        coreAddress = address;
    }

    void intakeAddress(URI address) {
        intakeAddress = address;
    }

    /// @param trouble why not everything is as the resource files say, or null
    void resources(Supplier<@Nullable String> trouble) {
        resources = trouble;
    }

    /// @param states of collectors of other processes
    void others(Supplier<List<ServiceState>> states) {
        others = states;
    }

    private @Nullable String intakeAddress() {
        URI address = intakeAddress;
        return address == null ? null : address.toString();
    }

    @Override
    public synchronized List<ServiceState> list() {
        long now = clock.millis();
        List<ServiceState> states = new ArrayList<>();
        URI core = coreAddress;
        states.add(new ServiceState(
                "core",
                "core",
                ServiceState.Kind.CORE,
                ServiceState.Status.UP,
                startedMillis,
                core == null ? null : core.toString(),
                options.version(),
                0,
                0,
                0,
                0,
                resources.get()));
        collectors.figures().forEach(figures -> states.add(collector(figures)));
        states.addAll(others.get());
        String trouble = Correlating.trouble(correlator);
        states.add(service(
                "correlator",
                ServiceState.Kind.CORRELATOR,
                correlator.failure() == null ? ServiceState.Status.UP : ServiceState.Status.DOWN,
                startedMillis,
                intakeAddress(),
                rate("correlator", now, correlator.events()),
                unread(),
                trouble == null ? rules.text() : trouble));
        StorageProcess.State state = storage.state();
        ServiceState.Status status = switch (state) {
            case UP -> ServiceState.Status.UP;
            case STARTING -> ServiceState.Status.STARTING;
            case DOWN -> ServiceState.Status.DOWN;
        };
        states.add(service(
                "storage",
                ServiceState.Kind.STORAGE,
                status,
                storage.sinceMillis(),
                storage.address().toString(),
                rate("storage", now, storage.deliveredEvents()),
                backlog(CollectorSet.STORAGE, nodeLog, correlationLog),
                storage.detail() == null ? bufferDetail() : storage.detail()));
        destinations
                .figures()
                .forEach(figures -> states.add(DestinationSet.state(
                        figures,
                        rate("destination-" + figures.name(), now, figures.deliveredEvents()),
                        options.version())));
        return states;
    }

    private ServiceState collector(CollectorFigures figures) {
        ServiceState.Status status = switch (figures.state()) {
            case STARTING -> ServiceState.Status.STARTING;
            case UP, DRAINING -> ServiceState.Status.UP;
            case DOWN -> ServiceState.Status.DOWN;
        };
        return new ServiceState(
                "collector-" + figures.name(),
                figures.name(),
                ServiceState.Kind.COLLECTOR,
                status,
                figures.since().toEpochMilli(),
                String.join(", ", figures.addresses()),
                options.version(),
                figures.eventsPerSecond(),
                0,
                figures.openEvents(),
                0,
                figures.waitingForLog() ? "the log has no room: sources have to wait" : null);
    }

    private ServiceState service(
            String id,
            ServiceState.Kind kind,
            ServiceState.Status status,
            long since,
            @Nullable String address,
            double perSecond,
            Backlog backlog,
            @Nullable String detail) {
        return new ServiceState(
                id,
                id,
                kind,
                status,
                since,
                address,
                options.version(),
                perSecond,
                backlog.bytes,
                backlog.events,
                backlog.oldestAgeMillis,
                detail);
    }

    /// What a user should know of the buffers: that one fills, that its disk refuses, what limits have cost;
    /// null when all is well.
    private @Nullable String bufferDetail() {
        for (DurableLog log : List.of(nodeLog, correlationLog)) {
            LogMetrics metrics = log.metrics();
            if (metrics.pressure() != LogPressure.GREEN) {
                return "buffer is " + metrics.pressure().name().toLowerCase(Locale.ROOT) + ": "
                        + metrics.pressureReason();
            }
            if (metrics.letGoEvents() > 0) {
                return metrics.letGoEvents() + " events were let go unread by limits of the buffer since the start";
            }
        }
        return null;
    }

    private record Backlog(long bytes, long events, long oldestAgeMillis) {}

    private static Backlog backlog(String consumer, DurableLog... logs) {
        long bytes = 0;
        long events = 0;
        long age = 0;
        for (DurableLog log : logs) {
            for (LogMetrics.ConsumerBacklog backlog : log.metrics().consumers()) {
                if (backlog.name().equals(consumer)) {
                    bytes += backlog.bytes();
                    events += backlog.events();
                    age = Math.max(age, backlog.oldestAgeMillis());
                }
            }
        }
        return new Backlog(bytes, events, age);
    }

    /// What the correlator has not read; its cursor in the log follows only with its checkpoints.
    private Backlog unread() {
        Backlog uncommitted = backlog(CollectorSet.CORRELATOR, nodeLog);
        long events =
                Math.max(0, nodeLog.end().sequence() - correlatorInput.reached().sequence());
        return events == 0
                ? new Backlog(0, 0, 0)
                : new Backlog(
                        uncommitted.events == 0
                                ? 0
                                : uncommitted.bytes * Math.min(events, uncommitted.events) / uncommitted.events,
                        events,
                        uncommitted.oldestAgeMillis);
    }

    private double rate(String name, long now, long count) {
        return rates.computeIfAbsent(name, _ -> new Rate()).look(now, count);
    }
}
