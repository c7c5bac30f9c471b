package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The windows of one key: a settled bucket, the occurrences that may still be joined by late ones, and a
/// live bucket that has seen them all.
///
/// A match of the live bucket is announced at once. When a late occurrence falls between earlier ones, the
/// live bucket is built anew from the settled one. An occurrence settles when the watermark has passed it;
/// matches of the settled bucket are the truth, and what was announced otherwise is amended or retracted
/// then, once.
///
/// Thread-safety: one thread.
final class KeyWindow {
    /// Occurrences that wait for late ones beyond this number settle early: memory is bounded, order within a
    /// flood is not.
    static final int MAXIMUM_PENDING = 20_000;

    private final Bucket settled;
    private @Nullable Bucket live;
    private final List<Occurrence> pending = new ArrayList<>(2);
    private final List<Announced> announced = new ArrayList<>(1);
    /// Reception time of the latest occurrence, milliseconds.
    private long touchedMillis;

    /// @param digest hash of the match as it was announced
    private record Announced(long windowStartMillis, int number, long lastMillis, int total, long digest) {}

    KeyWindow(int selectors) {
        this(new Bucket(selectors));
    }

    private KeyWindow(Bucket settled) {
        this.settled = settled;
    }

    void add(
            WindowSettings settings,
            WindowKey key,
            Occurrence occurrence,
            long watermarkMillis,
            long receivedMillis,
            WindowListener listener) {
        touchedMillis = receivedMillis;
        settle(settings, key, watermarkMillis, listener);
        int place = pending.size();
        while (place > 0 && pending.get(place - 1).compare(occurrence) > 0) {
            place--;
        }
        boolean last = place == pending.size();
        Bucket bucket = live;
        if (bucket == null) {
            bucket = settled.copy();
            live = bucket;
        }
        pending.add(place, occurrence);
        if (last) {
            announce(key, bucket.add(settings, occurrence), listener);
        } else {
            Bucket rebuilt = settled.copy();
            for (Occurrence each : pending) {
                announce(key, rebuilt.add(settings, each), listener);
            }
            live = rebuilt;
        }
        if (pending.size() > MAXIMUM_PENDING) {
            listener.settledEarly();
            settle(settings, key, pending.get(pending.size() / 2).timeMillis() + 1, listener);
        }
    }

    /// Takes an occurrence without looking at it before [#finish].
    void defer(Occurrence occurrence) {
        pending.add(occurrence);
    }

    /// Settles everything: no more events will come.
    void finish(WindowSettings settings, WindowKey key, WindowListener listener) {
        if (live == null && !pending.isEmpty()) {
            pending.sort(Occurrence::compare);
            Bucket bucket = settled.copy();
            for (Occurrence each : pending) {
                announce(key, bucket.add(settings, each), listener);
            }
        }
        settle(settings, key, Long.MAX_VALUE, listener);
    }

    /// Settles everything before `watermarkMillis`.
    void settle(WindowSettings settings, WindowKey key, long watermarkMillis, WindowListener listener) {
        if (pending.isEmpty() || pending.getFirst().timeMillis() >= watermarkMillis) {
            return;
        }
        int count = 0;
        while (count < pending.size() && pending.get(count).timeMillis() < watermarkMillis) {
            Trigger trigger = settled.add(settings, pending.get(count));
            if (trigger != null) {
                confirm(key, trigger, listener);
            }
            count++;
        }
        pending.subList(0, count).clear();
        if (pending.isEmpty()) {
            live = null;
        }
        for (int i = 0; i < announced.size(); i++) {
            Announced claim = announced.get(i);
            if (claim.lastMillis() < watermarkMillis) {
                announced.remove(i--);
                listener.retracted(key, claim.windowStartMillis(), claim.number(), claim.lastMillis(), claim.total());
            }
        }
    }

    /// True when this key can be forgotten: nothing waits, and the watermark has passed the end of its
    /// bucket.
    boolean isOver(WindowSettings settings, long watermarkMillis) {
        return pending.isEmpty() && settled.isOver(settings, watermarkMillis);
    }

    long touchedMillis() {
        return touchedMillis;
    }

    private void announce(WindowKey key, @Nullable Trigger trigger, WindowListener listener) {
        if (trigger == null) {
            return;
        }
        for (Announced claim : announced) {
            if (claim.windowStartMillis() == trigger.windowStartMillis() && claim.number() == trigger.number()) {
                return;
            }
        }
        announced.add(new Announced(
                trigger.windowStartMillis(),
                trigger.number(),
                trigger.lastMillis(),
                trigger.total(),
                trigger.digest()));
        listener.triggered(key, trigger, false);
    }

    private void confirm(WindowKey key, Trigger trigger, WindowListener listener) {
        for (int i = 0; i < announced.size(); i++) {
            Announced claim = announced.get(i);
            if (claim.windowStartMillis() == trigger.windowStartMillis() && claim.number() == trigger.number()) {
                announced.remove(i);
                if (claim.digest() != trigger.digest()) {
                    listener.triggered(key, trigger, true);
                }
                return;
            }
        }
        // It was retracted before and has come back: as good as an amendment.
        listener.triggered(key, trigger, true);
    }

    void write(StateWriter out) {
        settled.write(out);
        out.number(touchedMillis);
        out.count(pending.size());
        for (Occurrence occurrence : pending) {
            occurrence.write(out);
        }
        out.count(announced.size());
        for (Announced claim : announced) {
            out.number(claim.windowStartMillis());
            out.count(claim.number());
            out.number(claim.lastMillis());
            out.count(claim.total());
            out.bits(claim.digest());
        }
    }

    static KeyWindow read(StateReader in, WindowSettings settings) {
        KeyWindow window = new KeyWindow(Bucket.read(in, settings.thresholds().length));
        window.touchedMillis = in.number();
        int waiting = in.size();
        for (int i = 0; i < waiting; i++) {
            window.pending.add(Occurrence.read(in));
        }
        int claims = in.size();
        for (int i = 0; i < claims; i++) {
            window.announced.add(new Announced(in.number(), in.smallCount(), in.number(), in.smallCount(), in.bits()));
        }
        if (waiting > 0) {
            Bucket live = window.settled.copy();
            for (Occurrence occurrence : window.pending) {
                live.add(settings, occurrence);
            }
            window.live = live;
        }
        return window;
    }
}
