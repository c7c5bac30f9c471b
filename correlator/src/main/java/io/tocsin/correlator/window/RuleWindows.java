package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// All keys of one rule, with a bound on their number.
///
/// Keys are held in the order in which they were last touched, so what is over is found at the front. Keys of
/// sources whose clock is apart are kept separately: their time says nothing about the others. A key is forgotten
/// when the watermark has passed its bucket, or when nothing was received for it for so long that its source must
/// have gone silent ([#IDLE_MILLIS]). When the number of keys reaches its bound, the key that was touched longest
/// ago goes, and is counted.
///
/// Thread-safety: one thread.
public final class RuleWindows {
    /// By reception time: a key untouched for window, lateness and this long is forgotten whatever its
    /// source's clock says.
    public static final long IDLE_MILLIS = 300_000;

    private static final int SWEPT_PER_EVENT = 4;

    private final WindowSettings settings;
    private final Map<WindowKey, KeyWindow> common = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<WindowKey, KeyWindow> apart = new LinkedHashMap<>(16, 0.75f, true);
    private long evicted;
    private long bytes;
    private HeldMemory total = new HeldMemory();

    private final boolean deferred;

    public RuleWindows(WindowSettings settings) {
        this(settings, false);
    }

    /// @param deferred true when all events are there before anything is asked: they may come in any order, nothing
    ///     is announced before [#finish], and neither keys nor waiting events are bounded
    public RuleWindows(WindowSettings settings, boolean deferred) {
        this.settings = settings;
        this.deferred = deferred;
    }

    public WindowSettings settings() {
        return settings;
    }

    /// Takes an occurrence.
    ///
    /// @param watermarkMillis of the key's timeline for the lateness of this rule; the occurrence is not before it
    /// @param commonWatermarkMillis of the common timeline
    /// @param receivedMillis latest reception time so far
    public void add(
            WindowKey key,
            Occurrence occurrence,
            long watermarkMillis,
            long commonWatermarkMillis,
            long receivedMillis,
            WindowListener listener) {
        if (deferred) {
            common.computeIfAbsent(key, absent -> new KeyWindow(settings)).defer(occurrence);
            return;
        }
        sweep(commonWatermarkMillis, receivedMillis, listener);
        Map<WindowKey, KeyWindow> keys = key.timeline() == 0 ? common : apart;
        KeyWindow window = keys.get(key);
        if (window == null) {
            if (size() >= settings.maximumKeys()) {
                evictOldest();
            }
            window = new KeyWindow(settings);
            keys.put(key, window);
        }
        window.add(settings, key, occurrence, watermarkMillis, receivedMillis, listener);
        account(window);
    }

    /// Brings the sum up to date after something was done with a key.
    private void account(KeyWindow window) {
        long now = window.bytes();
        held(now - window.accountedBytes());
        window.account(now);
    }

    private void held(long change) {
        bytes += change;
        total.add(change);
    }

    /// Adds what these keys take to a sum over rules, from now on.
    public void accountTo(HeldMemory sum) {
        sum.add(bytes);
        total = sum;
    }

    /// About how many bytes of memory all keys take.
    public long bytes() {
        return bytes;
    }

    /// Forgets the keys that were touched longest ago because memory is short, at least one and one of 64.
    ///
    /// @return how many
    public int shed() {
        int count = Math.min(size(), 1 + size() / 64);
        for (int i = 0; i < count; i++) {
            evictOldest();
        }
        return count;
    }

    /// How far every key has come.
    public Map<WindowKey, WindowProgress> progress() {
        Map<WindowKey, WindowProgress> progress = new HashMap<>();
        common.forEach((key, window) -> progress.put(key, window.progress()));
        apart.forEach((key, window) -> progress.put(key, window.progress()));
        return progress;
    }

    /// Takes an occurrence back that was added before, because what it stands for was not so. Looks at
    /// every key.
    ///
    /// @return false when it is not among those that may still be joined by late ones
    public boolean withdraw(long idHigh, long idLow, WindowListener listener) {
        for (Map<WindowKey, KeyWindow> keys : List.of(common, apart)) {
            for (Map.Entry<WindowKey, KeyWindow> entry : keys.entrySet()) {
                if (entry.getValue().withdraw(settings, entry.getKey(), idHigh, idLow, listener)) {
                    account(entry.getValue());
                    return true;
                }
            }
        }
        return false;
    }

    /// Settles what lies before the watermark on the common timeline, whatever its key.
    ///
    /// @return time of the oldest occurrence that still waits, [Long#MAX_VALUE] for none: until the watermark has
    ///     passed it there is nothing to settle
    public long settle(long watermarkMillis, WindowListener listener) {
        long oldest = Long.MAX_VALUE;
        Iterator<Map.Entry<WindowKey, KeyWindow>> entries = common.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<WindowKey, KeyWindow> entry = entries.next();
            KeyWindow window = entry.getValue();
            window.settle(settings, entry.getKey(), watermarkMillis, listener);
            oldest = Math.min(oldest, window.oldestPendingMillis());
            if (window.isOver(settings, watermarkMillis)) {
                held(-window.accountedBytes());
                entries.remove();
            } else {
                account(window);
            }
        }
        return oldest;
    }

    /// Settles everything: no more events will come.
    public void finish(WindowListener listener) {
        for (Map<WindowKey, KeyWindow> keys : List.of(common, apart)) {
            for (Map.Entry<WindowKey, KeyWindow> entry : keys.entrySet()) {
                entry.getValue().finish(settings, entry.getKey(), listener);
            }
            keys.clear();
        }
        held(-bytes);
    }

    /// Number of keys held.
    public int size() {
        return common.size() + apart.size();
    }

    /// Keys that were forgotten before their time because there were too many.
    public long evicted() {
        return evicted;
    }

    private void sweep(long watermarkMillis, long receivedMillis, WindowListener listener) {
        long idleSince = receivedMillis - settings.windowMillis() - settings.latenessMillis() - IDLE_MILLIS;
        sweep(common, watermarkMillis, idleSince, listener);
        sweep(apart, Long.MIN_VALUE, idleSince, listener);
    }

    private void sweep(Map<WindowKey, KeyWindow> keys, long watermarkMillis, long idleSince, WindowListener listener) {
        if (keys.isEmpty()) {
            return;
        }
        Iterator<Map.Entry<WindowKey, KeyWindow>> oldest = keys.entrySet().iterator();
        for (int i = 0; i < SWEPT_PER_EVENT && oldest.hasNext(); i++) {
            Map.Entry<WindowKey, KeyWindow> entry = oldest.next();
            KeyWindow window = entry.getValue();
            if (window.touchedMillis() < idleSince) {
                window.settle(settings, entry.getKey(), Long.MAX_VALUE, listener);
            } else {
                window.settle(settings, entry.getKey(), watermarkMillis, listener);
                // Without a watermark nothing is over.
                if (watermarkMillis == Long.MIN_VALUE || !window.isOver(settings, watermarkMillis)) {
                    account(window);
                    return;
                }
            }
            held(-window.accountedBytes());
            oldest.remove();
        }
    }

    private void evictOldest() {
        Map<WindowKey, KeyWindow> keys = common.size() >= apart.size() ? common : apart;
        Iterator<KeyWindow> oldest = keys.values().iterator();
        held(-oldest.next().accountedBytes());
        oldest.remove();
        evicted++;
    }

    /// Writes all keys in their order.
    public void write(StateWriter out) {
        out.count(evicted);
        write(out, common);
        write(out, apart);
    }

    private static void write(StateWriter out, Map<WindowKey, KeyWindow> keys) {
        out.count(keys.size());
        for (Map.Entry<WindowKey, KeyWindow> entry : keys.entrySet()) {
            out.bits(entry.getKey().high());
            out.bits(entry.getKey().low());
            out.bits(entry.getKey().timeline());
            entry.getValue().write(out);
        }
    }

    /// Takes over saved keys in place of those it has.
    public void restore(StateReader in) {
        evicted = in.count();
        held(-bytes);
        read(in, common);
        read(in, apart);
    }

    private void read(StateReader in, Map<WindowKey, KeyWindow> keys) {
        keys.clear();
        int size = in.size();
        for (int i = 0; i < size; i++) {
            WindowKey key = new WindowKey(in.bits(), in.bits(), in.bits());
            KeyWindow window = KeyWindow.read(in, settings);
            keys.put(key, window);
            account(window);
        }
    }
}
