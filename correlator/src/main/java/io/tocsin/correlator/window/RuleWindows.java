package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

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
    /// When to look at which key because something may be due that time alone makes. A key stands here once; it may
    /// be due later than it says, never earlier.
    private final PriorityQueue<Due> dues = new PriorityQueue<>();

    private record Due(long millis, WindowKey key, KeyWindow window) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            if (millis != other.millis) {
                return Long.compare(millis, other.millis);
            }
            int high = Long.compare(key.high(), other.key.high());
            return high == 0 ? Long.compare(key.low(), other.key.low()) : high;
        }
    }

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
        KeyWindow window = window(key);
        window.add(settings, key, occurrence, watermarkMillis, receivedMillis, listener);
        added(key, window);
    }

    /// Takes an occurrence of the common timeline than which none before it comes any more. Those of the same time
    /// count in the order in which they are handed in.
    public void addInOrder(WindowKey key, Occurrence occurrence, WindowListener listener) {
        long time = occurrence.timeMillis();
        sweep(time, time, listener);
        KeyWindow window = window(key);
        window.addInOrder(settings, key, occurrence, time, listener);
        added(key, window);
    }

    /// The window of a key, which is made when there is none yet.
    private KeyWindow window(WindowKey key) {
        Map<WindowKey, KeyWindow> keys = key.timeline() == 0 ? common : apart;
        KeyWindow window = keys.get(key);
        if (window == null) {
            if (size() >= settings.maximumKeys()) {
                evictOldest();
            }
            window = new KeyWindow(settings);
            keys.put(key, window);
        }
        return window;
    }

    private void added(WindowKey key, KeyWindow window) {
        account(window);
        if (settings.expires()) {
            schedule(key, window);
        }
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

    private void schedule(WindowKey key, KeyWindow window) {
        long due = window.dueMillis(settings);
        // Keys of sources apart are looked at when they are touched or when their source has gone silent.
        if (key.timeline() == 0 && due < window.scheduledMillis()) {
            window.schedule(due);
            dues.add(new Due(due, key, window));
        }
    }

    /// When [#expire] has something to do; [Long#MAX_VALUE] for never.
    public long dueMillis() {
        Due first = dues.peek();
        return first == null ? Long.MAX_VALUE : first.millis();
    }

    /// Tells what is due on the common timeline, in the order in which it is due.
    ///
    /// @param watermarkMillis of the common timeline
    public void expire(long watermarkMillis, WindowListener listener) {
        while (!dues.isEmpty() && dueMillis() <= watermarkMillis) {
            Due due = dues.remove();
            KeyWindow window = due.window();
            if (window.isGone() || window.scheduledMillis() != due.millis()) {
                continue;
            }
            window.schedule(Long.MAX_VALUE);
            if (window.dueMillis(settings) <= due.millis()) {
                window.settle(settings, due.key(), due.millis(), due.millis(), listener);
            }
            account(window);
            schedule(due.key(), window);
        }
    }

    /// How far every key has come.
    public Map<WindowKey, WindowProgress> progress() {
        Map<WindowKey, WindowProgress> progress = new HashMap<>();
        common.forEach((key, window) -> progress.put(key, window.progress(settings)));
        apart.forEach((key, window) -> progress.put(key, window.progress(settings)));
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
            window.settle(settings, entry.getKey(), watermarkMillis, watermarkMillis, listener);
            oldest = Math.min(oldest, window.oldestPendingMillis());
            if (window.isOver(settings, watermarkMillis)) {
                held(-window.accountedBytes());
                window.forget();
                entries.remove();
            } else {
                account(window);
            }
        }
        return oldest;
    }

    /// Settles everything and tells what is due at whatever time.
    public void finish(WindowListener listener) {
        finish(Long.MAX_VALUE, listener);
    }

    /// Settles everything: no more events will come.
    ///
    /// @param endMillis where time ends: what would be due later is not told
    public void finish(long endMillis, WindowListener listener) {
        for (Map<WindowKey, KeyWindow> keys : List.of(common, apart)) {
            for (Map.Entry<WindowKey, KeyWindow> entry : keys.entrySet()) {
                entry.getValue().finish(settings, entry.getKey(), endMillis, listener);
            }
            keys.clear();
        }
        held(-bytes);
        dues.clear();
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
        sweep(common, watermarkMillis, idleSince, watermarkMillis, listener);
        sweep(apart, Long.MIN_VALUE, idleSince, Long.MAX_VALUE, listener);
    }

    /// @param idleDueMillis until when what is due is told of a key for which nothing was received for long
    private void sweep(
            Map<WindowKey, KeyWindow> keys,
            long watermarkMillis,
            long idleSince,
            long idleDueMillis,
            WindowListener listener) {
        if (keys.isEmpty()) {
            return;
        }
        Iterator<Map.Entry<WindowKey, KeyWindow>> oldest = keys.entrySet().iterator();
        for (int i = 0; i < SWEPT_PER_EVENT && oldest.hasNext(); i++) {
            Map.Entry<WindowKey, KeyWindow> entry = oldest.next();
            KeyWindow window = entry.getValue();
            if (window.touchedMillis() < idleSince) {
                window.settle(settings, entry.getKey(), Long.MAX_VALUE, idleDueMillis, listener);
                if (!window.isOver(settings, watermarkMillis)
                        && settings.expires()
                        && idleDueMillis != Long.MAX_VALUE) {
                    // Time has not come so far yet: it waits on.
                    account(window);
                    schedule(entry.getKey(), window);
                    return;
                }
            } else {
                window.settle(settings, entry.getKey(), watermarkMillis, watermarkMillis, listener);
                // Without a watermark nothing is over.
                if (watermarkMillis == Long.MIN_VALUE || !window.isOver(settings, watermarkMillis)) {
                    account(window);
                    return;
                }
            }
            held(-window.accountedBytes());
            window.forget();
            oldest.remove();
        }
    }

    private void evictOldest() {
        Map<WindowKey, KeyWindow> keys = common.size() >= apart.size() ? common : apart;
        Iterator<KeyWindow> oldest = keys.values().iterator();
        KeyWindow first = oldest.next();
        first.forget();
        held(-first.accountedBytes());
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
        keys.values().forEach(KeyWindow::forget);
        keys.clear();
        int size = in.size();
        for (int i = 0; i < size; i++) {
            WindowKey key = new WindowKey(in.bits(), in.bits(), in.bits());
            KeyWindow window = KeyWindow.read(in, settings);
            keys.put(key, window);
            account(window);
            if (settings.expires()) {
                schedule(key, window);
            }
        }
    }
}
