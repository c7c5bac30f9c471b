package io.tocsin.pipeline.destination;

import io.tocsin.pipeline.destination.DestinationFigures.State;
import io.tocsin.pipeline.transport.DeadLetters;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogMetrics;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Sends the events of a log to the peers of one destination, at least once each.
///
/// ## How
///
/// 1. One thread reads the log behind the destination's own cursor, keeps what is meant for it and writes it into
///    **packets**, in the destination's format. What is in packets and not dealt with is at most `buffer`;
///    everything else waits on the disk, where it is.
/// 2. Each worker sends the packets of its queue, one after another. With `keepOrder` the events of one source are
///    always in the queue of the same worker; without it all workers share one queue.
/// 3. [Targets] chooses the peer of each packet. A connection that fails is closed; what it had not confirmed is
///    sent again before anything new, mostly to the next peer.
/// 4. The cursor moves up to the first record of which an event is not confirmed ([Frontier]), at most five times a
///    second. After a crash everything behind it is sent again: duplicates at the peer are at most what was on its
///    way.
///
/// A peer that neither answers nor fails is given up after `timeout`: the connection is closed
/// from outside.
///
/// Thread-safety: any thread.
public final class Forwarder implements RunningDestination {
    private static final System.Logger LOGGER = System.getLogger(Forwarder.class.getName());
    private static final Duration STOP_GRACE = Duration.ofSeconds(1);
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(50);
    private static final long DRAIN_POLL_MILLIS = 20;

    private final DestinationSettings settings;
    private final DestinationContext context;
    private final Peers peers;
    private final Targets targets;
    private final Probes probes;
    private final Frontier frontier = new Frontier();
    private final Budget budget;
    private final PacketSource source;
    private final DeadLetters deadLetters;
    private final List<PacketWorker> workers = new ArrayList<>();
    private final List<Thread> workerThreads = new ArrayList<>();
    private final Thread reader;
    private final Thread watch;
    private final AtomicLong deliveredEvents = new AtomicLong();
    private final AtomicLong deliveredBytes = new AtomicLong();
    private final AtomicLong retries = new AtomicLong();
    private final AtomicLong deadLetterCount = new AtomicLong();
    private volatile boolean stopping;
    private State state = State.IDLE;
    private long stateSinceMillis = SystemClock.process().millis();

    /// Starts to send.
    ///
    /// @param peers closed with the forwarder
    public static Forwarder start(DestinationSettings settings, Peers peers, DestinationContext context) {
        Forwarder forwarder = new Forwarder(settings, peers, context);
        forwarder.reader.start();
        forwarder.workerThreads.forEach(Thread::start);
        forwarder.watch.start();
        return forwarder;
    }

    private Forwarder(DestinationSettings settings, Peers peers, DestinationContext context) {
        this.settings = settings;
        this.context = context;
        this.peers = peers;
        this.targets = new Targets(peers.addresses(), settings.policy(), settings.checkInterval(), new SecureRandom());
        this.probes = new Probes(context.name(), targets, peers::probe, settings.timeout());
        this.budget = new Budget(settings.buffer().bytes());
        this.deadLetters = new DeadLetters(context.deadLetters());
        List<BlockingDeque<Packet>> queues = new ArrayList<>();
        for (int i = 0; i < (settings.keepOrder() ? settings.workers() : 1); i++) {
            queues.add(new LinkedBlockingDeque<>());
        }
        LogConsumer consumer = context.log().consumer(context.consumer(), settings.disk());
        this.source = new PacketSource(settings, context, consumer, frontier, budget, queues);
        for (int i = 0; i < settings.workers(); i++) {
            PacketWorker worker = new PacketWorker(
                    this, context.name(), peers, targets, queues.get(i % queues.size()), settings.timeout());
            workers.add(worker);
            workerThreads.add(
                    Thread.ofVirtual().name(context.consumer() + "-" + i).unstarted(worker));
        }
        this.reader = Thread.ofVirtual().name(context.consumer() + "-reader").unstarted(source::run);
        this.watch = Thread.ofVirtual().name(context.consumer() + "-watch").unstarted(this::watch);
    }

    private void watch() {
        try {
            while (!stopping) {
                Thread.sleep(WATCH_INTERVAL);
                workers.forEach(PacketWorker::endStalled);
                probes.startDue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whether everything is to be brought to an end.
    boolean isDraining() {
        return source.isDraining();
    }

    boolean isStopping() {
        return stopping;
    }

    void retried(int packets) {
        retries.addAndGet(packets);
    }

    /// Two packets instead of one.
    List<Packet> halves(Packet packet) {
        return packet.halves(frontier);
    }

    /// Keeps what a peer will never take.
    void putAside(String name, Packet packet, String reason) throws IOException {
        byte[] bytes = packet.copy(packet.units().getFirst());
        Path file = deadLetters.put(name, "." + settings.format().name().toLowerCase(java.util.Locale.ROOT), bytes);
        deadLetterCount.addAndGet(packet.events());
        LOGGER.log(
                System.Logger.Level.ERROR,
                "peer refuses an event for good, it was put aside [destination={0}, file={1}, reason={2}]",
                context.name(),
                file,
                reason);
    }

    /// A packet is dealt with.
    ///
    /// @param delivered false: it was put aside
    void settled(Packet packet, boolean delivered) {
        if (delivered) {
            deliveredEvents.addAndGet(packet.events());
            deliveredBytes.addAndGet(packet.length());
        }
        packet.parts().forEach(frontier::release);
        budget.give(packet.heldBytes(), packet.events());
    }

    @Override
    public boolean drain(Duration limit) throws InterruptedException {
        LogPosition end = context.log().end();
        source.drain();
        long endNanos = System.nanoTime() + limit.toNanos();
        while (source.committed().compareTo(end) < 0) {
            if (System.nanoTime() - endNanos >= 0 || !reader.isAlive()) {
                return false;
            }
            Thread.sleep(DRAIN_POLL_MILLIS);
        }
        return true;
    }

    @Override
    public synchronized DestinationFigures figures() {
        State now = !reader.isAlive()
                ? State.STOPPED
                : !targets.anyUp() ? State.RETRYING : budget.usedEvents() > 0 ? State.SENDING : State.IDLE;
        if (now != state) {
            state = now;
            stateSinceMillis = SystemClock.process().millis();
        }
        LogMetrics.@Nullable ConsumerBacklog backlog = backlog();
        return new DestinationFigures(
                context.name(),
                settings.type(),
                state,
                stateSinceMillis,
                deliveredEvents.get(),
                deliveredBytes.get(),
                source.filtered(),
                retries.get(),
                deadLetterCount.get(),
                source.unreadable(),
                budget.usedEvents(),
                budget.usedBytes(),
                source.lostEvents(),
                targets.switches(),
                backlog == null ? 0 : backlog.events(),
                backlog == null ? 0 : backlog.bytes(),
                backlog == null ? 0 : backlog.oldestAgeMillis(),
                targets.lastError(),
                targets.figures());
    }

    private LogMetrics.@Nullable ConsumerBacklog backlog() {
        try {
            for (LogMetrics.ConsumerBacklog each : context.log().metrics().consumers()) {
                if (each.name().equals(context.consumer())) {
                    return each;
                }
            }
        } catch (LogException closed) {
            LOGGER.log(System.Logger.Level.DEBUG, "the log is closed already", closed);
        }
        return null;
    }

    /// Stops. What is on its way gets a second.
    @Override
    public void close() {
        stopping = true;
        source.stop();
        boolean interrupted = false;
        long endNanos = System.nanoTime() + STOP_GRACE.toNanos();
        List<Thread> threads = new ArrayList<>(workerThreads);
        threads.add(reader);
        watch.interrupt();
        for (Thread thread : threads) {
            try {
                Duration left = Duration.ofNanos(Math.max(1, endNanos - System.nanoTime()));
                if (!thread.join(left)) {
                    thread.interrupt();
                    thread.join(STOP_GRACE);
                }
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        source.close();
        peers.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
