package io.tocsin.pipeline.destination;

import io.tocsin.event.BatchFormatException;
import io.tocsin.event.EventIds;
import io.tocsin.pipeline.destination.Targets.Target;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends the packets of one queue, one after another, over connections of its own.
///
/// A packet is dealt with when a peer confirmed it, or when it is among the dead letters. What a connection that
/// fails had not confirmed is sent again, in order, before anything new.
///
/// Thread-safety: [#run()] on one thread; [#endStalled] on another.
final class PacketWorker implements Runnable {
    private static final System.Logger LOGGER = System.getLogger(PacketWorker.class.getName());
    private static final long IDLE_MILLIS = 100;
    private static final long UNCONFIRMED_MILLIS = 20;
    private static final Duration TARGET_WAIT = Duration.ofMillis(250);

    private final Forwarder forwarder;
    private final String name;
    private final Peers peers;
    private final Targets targets;
    private final BlockingDeque<Packet> queue;
    private final Duration timeout;
    private final @Nullable Connection[] connections;
    private final Deque<Packet> again = new ArrayDeque<>();
    private volatile @Nullable Connection sending;
    private volatile long sendingSinceNanos;

    /// A connection and what is on its way over it.
    ///
    /// Thread-safety: the worker's thread.
    private static final class Connection {
        final Target target;
        final Sender sender;
        final Deque<Sent> unconfirmed = new ArrayDeque<>();
        final long openedNanos = System.nanoTime();
        long progressNanos = openedNanos;

        Connection(Target target, Sender sender) {
            this.target = target;
            this.sender = sender;
        }
    }

    /// @param nanos how long sending took
    private record Sent(Packet packet, long nanos) {}

    PacketWorker(
            Forwarder forwarder,
            String name,
            Peers peers,
            Targets targets,
            BlockingDeque<Packet> queue,
            Duration timeout) {
        this.forwarder = forwarder;
        this.name = name;
        this.peers = peers;
        this.targets = targets;
        this.queue = queue;
        this.timeout = timeout;
        this.connections = new Connection[peers.addresses().size()];
    }

    @Override
    public void run() {
        try {
            while (!forwarder.isStopping()) {
                boolean waiting = confirmAll();
                Packet packet = again.pollFirst();
                if (packet == null) {
                    packet = queue.pollFirst(waiting ? UNCONFIRMED_MILLIS : IDLE_MILLIS, TimeUnit.MILLISECONDS);
                }
                if (packet != null) {
                    deliver(packet);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            for (Connection connection : connections) {
                if (connection != null) {
                    connection.sender.close();
                }
            }
        }
    }

    /// Sends a packet; when that fails it is the first of those that are sent again.
    private void deliver(Packet packet) throws InterruptedException {
        Target target = targets.choose(TARGET_WAIT);
        if (target == null) {
            again.addFirst(packet);
            return;
        }
        Connection connection = connections[target.index];
        try {
            if (connection == null) {
                connection = new Connection(target, peers.connect(target.index));
                connections[target.index] = connection;
            }
            long before = System.nanoTime();
            send(connection, packet);
            long after = System.nanoTime();
            if (connection.unconfirmed.isEmpty()) {
                connection.progressNanos = after;
            }
            connection.unconfirmed.addLast(new Sent(packet, after - before));
            confirm(connection);
        } catch (RefusedPacketException e) {
            refused(connection, target, packet, String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            if (connection == null
                    || connection.unconfirmed.isEmpty()
                    || connection.unconfirmed.getLast().packet != packet) {
                again.addFirst(packet);
                targets.released(target, 1);
                forwarder.retried(1);
            }
            failed(target, connection, e);
        }
    }

    private void send(Connection connection, Packet packet) throws IOException, InterruptedException {
        sendingSinceNanos = System.nanoTime();
        sending = connection;
        try {
            connection.sender.send(packet);
        } finally {
            sending = null;
        }
    }

    /// Ends a call that takes too long by closing its connection.
    void endStalled() {
        Connection stalled = sending;
        if (stalled != null && System.nanoTime() - sendingSinceNanos > timeout.toNanos()) {
            stalled.sender.close();
        }
    }

    /// @return whether a connection has packets that are not confirmed
    private boolean confirmAll() {
        boolean waiting = false;
        for (Connection connection : connections) {
            if (connection != null && !connection.unconfirmed.isEmpty()) {
                try {
                    confirm(connection);
                } catch (IOException | RuntimeException e) {
                    failed(connection.target, connection, e);
                }
                waiting |= !connection.unconfirmed.isEmpty();
            }
        }
        return waiting;
    }

    private void confirm(Connection connection) throws IOException {
        if (forwarder.isDraining() && queue.isEmpty() && again.isEmpty()) {
            connection.sender.finish();
        }
        int left = connection.sender.unconfirmed();
        long now = System.nanoTime();
        if (connection.unconfirmed.size() > left) {
            connection.progressNanos = now;
        } else if (!connection.unconfirmed.isEmpty()
                && now - connection.progressNanos
                        > connection.sender.patience(timeout).toNanos()) {
            throw new IOException("peer has not confirmed anything for "
                    + TimeUnit.NANOSECONDS.toMillis(now - connection.progressNanos) + " ms");
        }
        while (connection.unconfirmed.size() > left) {
            Sent sent = connection.unconfirmed.removeFirst();
            targets.delivered(connection.target, sent.packet.events(), sent.nanos);
            forwarder.settled(sent.packet, true);
        }
    }

    /// Forgets a connection and takes back what it had not confirmed.
    private void failed(Target target, @Nullable Connection connection, Exception e) {
        String reason = e.getMessage() == null ? e.toString() : e.getMessage();
        int open = 0;
        if (connection != null) {
            connection.sender.close();
            connections[target.index] = null;
            open = connection.unconfirmed.size();
            while (!connection.unconfirmed.isEmpty()) {
                again.addFirst(connection.unconfirmed.removeLast().packet);
            }
            targets.released(target, open);
            forwarder.retried(open);
        }
        Duration pause = e instanceof PeerBusyException busy ? busy.pause() : Duration.ZERO;
        long openedNanos = connection == null ? System.nanoTime() : connection.openedNanos;
        if (targets.failed(target, reason, pause, openedNanos)) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "peer failed, what it had not confirmed is sent again [destination={0}, peer={1}, packets={2},"
                            + " reason={3}]",
                    name,
                    target.address.url(),
                    open,
                    reason);
        }
    }

    /// The halves of a packet are sent next.
    ///
    /// @return false when it is a damaged batch
    private boolean again(Packet packet) {
        try {
            List<Packet> halves = forwarder.halves(packet);
            again.addFirst(halves.get(1));
            again.addFirst(halves.get(0));
            forwarder.retried(1);
            return true;
        } catch (BatchFormatException damaged) {
            return false;
        }
    }

    /// Splits what a peer will never take, down to the event that is the matter.
    private void refused(@Nullable Connection connection, Target target, Packet packet, String reason) {
        targets.released(target, 1);
        if (packet.isDivisible() && again(packet)) {
            return;
        }
        Packet.Unit unit = packet.units().getFirst();
        try {
            forwarder.putAside(EventIds.text(unit.idHigh(), unit.idLow()), packet, reason);
            forwarder.settled(packet, false);
        } catch (IOException e) {
            // Nothing is dropped because a disk is full.
            again.addFirst(packet);
            failed(target, connection, e);
        }
    }
}
