package io.tocsin.core.service;

import io.tocsin.core.http.Metrics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Samples the figures of all services every five seconds and keeps them for two hours in memory. After a restart
/// of the core the curves begin anew; the events themselves tell the past.
///
/// Thread-safety: any thread.
final class ServiceHistory implements AutoCloseable {
    static final Duration INTERVAL = Duration.ofSeconds(5);
    static final int CAPACITY = 1_440;
    static final int MAX_SERVICES = 1_000;

    private static final System.Logger LOG = System.getLogger(ServiceHistory.class.getName());

    /// Figures of one service at one time, epoch ms.
    record Point(long time, double eventsPerSecond, long bufferBytes) {}

    /// Thread-safety: guarded by the history that owns it.
    private static final class Ring {
        private final long[] times = new long[CAPACITY];
        private final double[] eventsPerSecond = new double[CAPACITY];
        private final long[] bufferBytes = new long[CAPACITY];
        private long count;

        void add(long time, ServiceState state) {
            int slot = (int) (count % CAPACITY);
            times[slot] = time;
            eventsPerSecond[slot] = state.eventsPerSecond();
            bufferBytes[slot] = state.bufferBytes();
            count++;
        }

        List<Point> since(long time) {
            List<Point> points = new ArrayList<>();
            for (long i = Math.max(0, count - CAPACITY); i < count; i++) {
                int slot = (int) (i % CAPACITY);
                if (times[slot] >= time) {
                    points.add(new Point(times[slot], eventsPerSecond[slot], bufferBytes[slot]));
                }
            }
            return points;
        }
    }

    private final ServiceStates states;
    private final InstantSource clock;
    private final Map<String, Ring> rings = new HashMap<>();
    private final ScheduledExecutorService sampler = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("core-sampler").factory());
    private boolean failing;

    ServiceHistory(ServiceStates states, InstantSource clock, Metrics metrics) {
        this.states = states;
        this.clock = clock;
        metrics.register(new Metrics.Family(
                "tocsin_service_up",
                "gauge",
                "1 when the service is up.",
                samples -> states.list()
                        .forEach(state ->
                                samples.add(state.status() == ServiceState.Status.UP ? 1 : 0, "service", state.id()))));
        metrics.register(new Metrics.Family(
                "tocsin_service_events_per_second",
                "gauge",
                "Events per second of the service.",
                samples ->
                        states.list().forEach(state -> samples.add(state.eventsPerSecond(), "service", state.id()))));
        metrics.register(new Metrics.Family(
                "tocsin_service_buffer_bytes",
                "gauge",
                "Bytes on disk that wait for a receiver.",
                samples -> states.list().forEach(state -> samples.add(state.bufferBytes(), "service", state.id()))));
    }

    void start() {
        // Its result is of no interest: the sampler catches and logs what goes wrong.
        var _ = sampler.scheduleAtFixedRate(this::sample, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    synchronized void sample() {
        try {
            long now = clock.millis();
            for (ServiceState state : states.list()) {
                if (rings.size() < MAX_SERVICES || rings.containsKey(state.id())) {
                    rings.computeIfAbsent(state.id(), _ -> new Ring()).add(now, state);
                }
            }
            failing = false;
        } catch (RuntimeException e) {
            if (!failing) {
                LOG.log(System.Logger.Level.WARNING, "cannot sample the services, their curves have a gap", e);
            }
            failing = true;
        }
    }

    /// Returns the points of the last `minutes`, oldest first; none for a service without any.
    synchronized List<Point> points(String id, int minutes) {
        Ring ring = rings.get(id);
        return ring == null ? List.of() : ring.since(clock.millis() - TimeUnit.MINUTES.toMillis(minutes));
    }

    @Override
    public void close() {
        sampler.shutdownNow();
    }
}
