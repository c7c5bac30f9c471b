package io.tocsin.pipeline.destination;

import io.tocsin.pipeline.destination.DestinationFigures.PeerFigures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The peers of a destination: which of them work, and which gets the next packet.
///
/// A peer that failed gets nothing until a probe has reached it. Probes follow each other at jittered intervals
/// that double with each failure in a row up to a limit; only a packet that was delivered ends the row, so a peer
/// that lets itself be reached and then fails does not draw traffic to itself. Each peer is probed by itself: one
/// that hangs does not keep another from coming back.
///
/// Thread-safety: any thread.
final class Targets {
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long FIRST_RETRY_MILLIS = 100;
    /// Peers that answer in less than this multiple of the quickest one's time count as equally
    /// quick.
    private static final int SLOW_FACTOR = 2;
    /// Differences below this are noise.
    private static final long LEAST_NANOS = 5 * NANOS_PER_MILLI;
    /// A time that was not measured for so long counts half.
    private static final long FADE_NANOS = 5_000 * NANOS_PER_MILLI;

    private static final double NEWEST_SHARE = 0.2;

    private final List<Target> all = new ArrayList<>();
    private final TargetPolicy policy;
    private final long longestRetryMillis;
    private final RandomGenerator random;
    private int current;
    private long switches;
    private long choices;

    /// One peer.
    ///
    /// Thread-safety: guarded by the targets.
    static final class Target {
        final int index;
        final PeerAddress address;
        private boolean up = true;
        private long upSinceNanos = System.nanoTime();
        private boolean probing;
        private int failuresInRow;
        private long retryAtNanos;
        private int outstanding;
        private double answerNanos;
        private long answeredAtNanos;
        private long chosenAt;
        private long deliveredEvents;
        private long failures;
        private @Nullable String lastError;

        private Target(int index, PeerAddress address) {
            this.index = index;
            this.address = address;
        }
    }

    Targets(List<PeerAddress> addresses, TargetPolicy policy, Duration longestRetry, RandomGenerator random) {
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("a destination needs a peer");
        }
        for (PeerAddress address : addresses) {
            all.add(new Target(all.size(), address));
        }
        this.policy = policy;
        this.longestRetryMillis = longestRetry.toMillis();
        this.random = random;
    }

    /// Chooses the peer for the next packet and counts it as outstanding there.
    ///
    /// @param longestWait how long to wait for one that works
    /// @return null when there is none
    synchronized @Nullable Target choose(Duration longestWait) throws InterruptedException {
        long endNanos = System.nanoTime() + longestWait.toNanos();
        Target chosen = best();
        while (chosen == null) {
            long left = (endNanos - System.nanoTime()) / NANOS_PER_MILLI;
            if (left <= 0) {
                return null;
            }
            wait(left);
            chosen = best();
        }
        if (policy != TargetPolicy.BALANCED && chosen.index != current) {
            current = chosen.index;
            switches++;
        }
        chosen.outstanding++;
        chosen.chosenAt = ++choices;
        return chosen;
    }

    private @Nullable Target best() {
        boolean fallback = all.stream().noneMatch(target -> target.up && !target.address.fallback());
        List<Target> usable = all.stream()
                .filter(target -> target.up && target.address.fallback() == fallback)
                .toList();
        if (usable.isEmpty()) {
            return null;
        }
        return switch (policy) {
            case PREFER_FIRST -> usable.getFirst();
            case ANY -> {
                for (int step = 0; step < all.size(); step++) {
                    Target target = all.get((current + step) % all.size());
                    if (usable.contains(target)) {
                        yield target;
                    }
                }
                yield usable.getFirst();
            }
            case BALANCED -> leastBusy(usable);
        };
    }

    private static Target leastBusy(List<Target> usable) {
        long now = System.nanoTime();
        double quickest = usable.stream()
                .mapToDouble(target -> answerNanos(target, now))
                .min()
                .orElse(0);
        Target best = usable.getFirst();
        double least = Double.MAX_VALUE;
        for (Target target : usable) {
            double ratio = answerNanos(target, now) / Math.max(quickest, LEAST_NANOS);
            double cost = (target.outstanding + 1) * (ratio < SLOW_FACTOR ? 1 : ratio);
            if (cost < least || (cost == least && target.chosenAt < best.chosenAt)) {
                least = cost;
                best = target;
            }
        }
        return best;
    }

    private static double answerNanos(Target target, long now) {
        long quietPeriods = (now - target.answeredAtNanos) / FADE_NANOS;
        return target.answerNanos / (1 << Math.clamp(quietPeriods, 0, 20));
    }

    /// A packet arrived.
    ///
    /// @param nanos how long it took
    synchronized void delivered(Target target, int events, long nanos) {
        target.outstanding--;
        target.deliveredEvents += events;
        target.failuresInRow = 0;
        target.lastError = null;
        target.answeredAtNanos = System.nanoTime();
        target.answerNanos =
                target.answerNanos == 0 ? nanos : target.answerNanos * (1 - NEWEST_SHARE) + nanos * NEWEST_SHARE;
    }

    /// Packets that were on their way to a peer are not any more, and nothing is said about the
    /// peer.
    synchronized void released(Target target, int packets) {
        target.outstanding -= packets;
    }

    /// A peer failed.
    ///
    /// @param pause for how long it asked to be left alone
    /// @param openedNanos since when the connection was open that failed: one from before the peer's last failure
    ///     says nothing about how it is now
    /// @return whether it worked before
    synchronized boolean failed(Target target, String reason, Duration pause, long openedNanos) {
        boolean before = target.up;
        target.failures++;
        target.lastError = reason;
        if (before && openedNanos - target.upSinceNanos < 0) {
            return false;
        }
        target.up = false;
        long millis = Math.min(FIRST_RETRY_MILLIS << Math.min(target.failuresInRow, 20), longestRetryMillis);
        target.failuresInRow++;
        millis = Math.max((long) (millis * (0.8 + 0.4 * random.nextDouble())), Math.min(pause.toMillis(), 60_000));
        target.retryAtNanos = System.nanoTime() + millis * NANOS_PER_MILLI;
        return before;
    }

    /// The peers that are to be probed now; each of them until [#probed].
    synchronized List<Target> due() {
        long now = System.nanoTime();
        List<Target> due = all.stream()
                .filter(target -> !target.up && !target.probing && target.retryAtNanos - now <= 0)
                .toList();
        due.forEach(target -> target.probing = true);
        return due;
    }

    /// Tells what a probe found.
    ///
    /// @param reason why the peer cannot be reached, null when it can
    synchronized void probed(Target target, @Nullable String reason) {
        target.probing = false;
        if (reason == null) {
            target.up = true;
            target.upSinceNanos = System.nanoTime();
            notifyAll();
        } else {
            failed(target, reason, Duration.ZERO, System.nanoTime());
        }
    }

    synchronized boolean anyUp() {
        return all.stream().anyMatch(target -> target.up);
    }

    /// Times that packets went on to another peer than before; always 0 where they are spread.
    synchronized long switches() {
        return switches;
    }

    /// The newest failure of a peer that does not work, null when all do.
    synchronized @Nullable String lastError() {
        for (Target target : all) {
            if (!target.up) {
                return target.lastError;
            }
        }
        return null;
    }

    synchronized List<PeerFigures> figures() {
        return all.stream()
                .map(target -> new PeerFigures(
                        target.address.url(),
                        target.address.fallback(),
                        target.up,
                        target.outstanding,
                        target.deliveredEvents,
                        target.failures,
                        target.lastError))
                .toList();
    }
}
