package io.tocsin.pipeline.destination;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.CompiledCondition;
import io.tocsin.pipeline.filter.EventFilter;
import io.tocsin.pipeline.filter.FilterPlan;
import io.tocsin.pipeline.stage.EventCopy;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Reads the log for one destination: picks what is meant for it, writes it into packets for the workers, and moves
/// the durable cursor behind what is dealt with.
///
/// Thread-safety: [#run()] on one thread; any thread reads figures and stops it.
final class PacketSource {
    private static final System.Logger LOGGER = System.getLogger(PacketSource.class.getName());
    private static final int RECORDS_PER_POLL = 32;
    private static final long BYTES_PER_POLL = 4 << 20;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long IDLE_MILLIS = 100;
    private static final long BUSY_MILLIS = 50;
    private static final long COMMIT_NANOS = 200 * NANOS_PER_MILLI;
    private static final long DISK_RETRY_MILLIS = 1_000;
    private static final long LONGEST_RATE_PAUSE_MILLIS = 100;
    private static final double NANOS_PER_SECOND = 1e9;

    private final DestinationSettings settings;
    private final DestinationContext context;
    private final LogConsumer consumer;
    private final Frontier frontier;
    private final Budget budget;
    private final List<Filter> filters = new ArrayList<>();
    private final List<PacketWriter> writers = new ArrayList<>();
    private final List<BlockingDeque<Packet>> queues;
    private final boolean bySource;
    private final AtomicLong unreadable = new AtomicLong();
    private volatile boolean stopping;
    private volatile boolean draining;

    // Only the reading thread touches these.
    private final BatchDecoder decoder = new BatchDecoder();
    private final BatchEncoder encoder = new BatchEncoder();
    private final EventBatch batch = new EventBatch();
    private final EventBatch kept = new EventBatch();
    private final Event event = new Event();
    private @Nullable LogPosition settled;
    private long committedAtNanos;
    private double freeAtNanos = System.nanoTime();

    /// One filter and what it kept back.
    ///
    /// @param keep true: events that the condition fits go on
    private record Filter(String name, CompiledCondition condition, boolean keep, AtomicLong dropped) {}

    /// @param consumer closed by [#run()]
    /// @param queues one per worker when order is kept, else a single one
    PacketSource(
            DestinationSettings settings,
            DestinationContext context,
            LogConsumer consumer,
            Frontier frontier,
            Budget budget,
            List<BlockingDeque<Packet>> queues) {
        this.settings = settings;
        this.context = context;
        this.consumer = consumer;
        this.frontier = frontier;
        this.budget = budget;
        this.queues = queues;
        this.bySource = queues.size() > 1;
        int number = 1;
        for (FilterPlan plan : context.filters()) {
            String name = plan.name();
            for (Filter other : filters) {
                if (other.name.equals(name)) {
                    name = plan.name() + "-" + number;
                }
            }
            filters.add(new Filter(
                    name, plan.condition().compile(), plan.mode() == EventFilter.Mode.KEEP, new AtomicLong()));
            number++;
        }
        for (int i = 0; i < queues.size(); i++) {
            writers.add(new PacketWriter(settings.format(), settings.delimiter(), frontier));
        }
    }

    /// Reads until stopped.
    void run() {
        try {
            while (!stopping) {
                try {
                    read();
                } catch (LogException e) {
                    if (e.kind() == LogException.Kind.CLOSED) {
                        return;
                    }
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "destination cannot use the disk, tries again [destination=" + context.name() + "]",
                            e);
                    Thread.sleep(DISK_RETRY_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Lets go of the cursor, behind what was delivered last. Called when nobody sends any more.
    void close() {
        try {
            commit(true);
        } catch (LogException e) {
            LOGGER.log(System.Logger.Level.WARNING, "the cursor cannot be moved, some events are sent again", e);
        }
        consumer.close();
    }

    private void read() throws InterruptedException {
        commit(false);
        flushDue();
        boolean quiet = frontier.isEmpty() && settled == null;
        long waitMillis =
                quiet ? IDLE_MILLIS : Math.clamp(settings.flushInterval().toMillis(), 1, BUSY_MILLIS);
        for (LogRecord found : consumer.poll(RECORDS_PER_POLL, BYTES_PER_POLL, Duration.ofMillis(waitMillis))) {
            if (stopping) {
                return;
            }
            take(found);
        }
    }

    private void take(LogRecord found) throws InterruptedException {
        Frontier.Part part = frontier.open(found.end());
        byte[] payload = found.payload();
        int at = context.routing().batchesAt(payload);
        try {
            while (at >= 0 && at < payload.length && !stopping) {
                BatchHeader header = BatchHeader.read(payload, at, payload.length - at);
                if (header.count() > 0 && context.routing().takes(header)) {
                    decoder.decode(payload, at, payload.length - at, batch);
                    write(payload, at, header, part);
                }
                at = header.totalLength();
            }
        } catch (BatchFormatException e) {
            unreadable.incrementAndGet();
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "a batch cannot be read and is passed over [destination={0}, position={1}, reason={2}]",
                    context.name(),
                    found.position(),
                    e.getMessage());
        }
        if (!stopping) {
            frontier.release(part);
        }
    }

    private void write(byte[] payload, int offset, BatchHeader header, Frontier.Part part) throws InterruptedException {
        if (settings.format() == EventFormat.BATCH) {
            writeBatch(payload, offset, header, part);
            return;
        }
        int sent = 0;
        for (int i = 0; i < batch.count(); i++) {
            if (isFor(event.moveTo(batch, i))) {
                int queue = bySource ? queue(event.origin().source()) : 0;
                PacketWriter writer = writers.get(queue);
                writer.add(event, part);
                sent++;
                if (writer.length() >= settings.batch().bytes()) {
                    send(queue);
                }
            }
        }
        keepRate(sent);
    }

    private void writeBatch(byte[] payload, int offset, BatchHeader header, Frontier.Part part)
            throws InterruptedException {
        kept.clear();
        for (int i = 0; i < batch.count(); i++) {
            if (isFor(event.moveTo(batch, i))) {
                EventCopy.open(event, kept.builder(), event.sequence());
                kept.builder().commit();
            }
        }
        if (kept.isEmpty()) {
            return;
        }
        int queue = bySource ? queue(header.route()) : 0;
        PacketWriter writer = writers.get(queue);
        event.moveTo(kept, 0);
        if (kept.count() == batch.count()) {
            writer.add(payload, offset, header.totalLength() - offset, event, kept.count(), part);
        } else {
            int length = encoder.encode(kept, header.route());
            writer.add(encoder.buffer(), 0, length, event, kept.count(), part);
        }
        if (writer.length() >= settings.batch().bytes()) {
            send(queue);
        }
        keepRate(kept.count());
    }

    private int queue(String source) {
        return Math.floorMod(source.hashCode(), queues.size());
    }

    private boolean isFor(Event candidate) {
        for (Filter filter : filters) {
            if (filter.condition.test(candidate) != filter.keep) {
                filter.dropped.incrementAndGet();
                return false;
            }
        }
        return true;
    }

    private void flushDue() throws InterruptedException {
        long now = System.nanoTime();
        for (int queue = 0; queue < writers.size(); queue++) {
            PacketWriter writer = writers.get(queue);
            if (!writer.isEmpty()
                    && (draining
                            || now - writer.firstNanos()
                                    >= settings.flushInterval().toNanos())) {
                send(queue);
            }
        }
    }

    /// Hands the packet over as soon as there is memory for it, and goes on committing meanwhile.
    private void send(int queue) throws InterruptedException {
        Packet packet = writers.get(queue).take();
        while (!budget.take(packet.length(), packet.events(), BUSY_MILLIS)) {
            if (stopping) {
                return;
            }
            commit(false);
        }
        queues.get(queue).addLast(packet);
    }

    private void keepRate(int events) throws InterruptedException {
        if (settings.eventsPerSecond() == 0 || events == 0) {
            return;
        }
        freeAtNanos = Math.max(freeAtNanos, (double) System.nanoTime())
                + events * NANOS_PER_SECOND / settings.eventsPerSecond();
        long ahead = (long) (freeAtNanos - System.nanoTime()) / NANOS_PER_MILLI;
        while (ahead > 0 && !stopping) {
            flushDue();
            Thread.sleep(Math.min(ahead, LONGEST_RATE_PAUSE_MILLIS));
            commit(false);
            ahead = (long) (freeAtNanos - System.nanoTime()) / NANOS_PER_MILLI;
        }
    }

    /// Moves the cursor, but not at every packet: that costs the disk.
    private void commit(boolean now) {
        LogPosition end = frontier.settle();
        if (end != null) {
            settled = end;
        }
        LogPosition reached = settled;
        if (reached != null
                && (now || draining || frontier.isEmpty() || System.nanoTime() - committedAtNanos >= COMMIT_NANOS)) {
            consumer.commit(reached);
            settled = null;
            committedAtNanos = System.nanoTime();
        }
    }

    /// Sends what is there without waiting for more, from now on.
    void drain() {
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }

    /// Events that a limit of the disk has taken from the destination.
    long lostEvents() {
        return consumer.lostEvents();
    }

    void stop() {
        stopping = true;
    }

    LogPosition committed() {
        return consumer.committed();
    }

    /// Events that were not for the destination, by the name of the filter.
    Map<String, Long> filtered() {
        Map<String, Long> counts = new LinkedHashMap<>();
        filters.forEach(filter -> counts.put(filter.name, filter.dropped.get()));
        return counts;
    }

    long unreadable() {
        return unreadable.get();
    }
}
