package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// All keys of one rule, with a bound on their number.
///
/// Keys are held in the order in which they were last touched, so what is over is found at the front.
/// Keys of sources whose clock is apart are kept separately: their time says nothing about the others.
/// A key is forgotten when the watermark has passed its bucket, or when nothing was received for it for
/// so long that its source must have gone silent ([#IDLE_MILLIS]). When the number of keys reaches its
/// bound, the key that was touched longest ago goes, and is counted.
///
/// Thread-safety: one thread.
public final class RuleWindows {
    /// By reception time: a key untouched for window, lateness and this long is forgotten whatever its source's
    /// clock says.
    public static final long IDLE_MILLIS = 300_000;

    private static final int SWEPT_PER_EVENT = 4;

    private final WindowSettings settings;
    private final FreshState fresh;
    private final KeyTable common;
    private final KeyTable apart;
    private long evicted;
    private long bytes;
    /// Where the memory of keys is added up over rules; null until [#accountTo].
    private @Nullable MemoryAccount account;

    private final boolean deferred;
    /// When to look at which key because something may be due that time alone makes. A key may be due
    /// later than it stands here, never earlier.
    private final TimerWheel timers = new TimerWheel();

    public RuleWindows(WindowSettings settings) {
        this(settings, false);
    }

    /// @param deferred true when all events are there before anything is asked: they may come in any
    ///     order, nothing is announced before [#finish], and neither keys nor waiting events are
    ///     bounded
    public RuleWindows(WindowSettings settings, boolean deferred) {
        this.settings = settings;
        this.deferred = deferred;
        fresh = new FreshState(settings);
        common = new KeyTable(fresh);
        apart = new KeyTable(fresh);
    }

    public WindowSettings settings() {
        return settings;
    }

    /// Takes an occurrence of an event without a tenant.
    public void add(
            WindowKey key,
            Occurrence occurrence,
            long watermarkMillis,
            long commonWatermarkMillis,
            long receivedMillis,
            WindowListener listener) {
        add(key, "", occurrence, watermarkMillis, commonWatermarkMillis, receivedMillis, listener);
    }

    /// Takes an occurrence.
    ///
    /// @param tenant whose event it is; a key belongs to the tenant of the event that made it
    /// @param watermarkMillis of the key's timeline for the lateness of this rule; the occurrence is
    /// not before it
    /// @param commonWatermarkMillis of the common timeline
    /// @param receivedMillis latest reception time so far
    public void add(
            WindowKey key,
            String tenant,
            Occurrence occurrence,
            long watermarkMillis,
            long commonWatermarkMillis,
            long receivedMillis,
            WindowListener listener) {
        if (deferred) {
            KeyWindow known = common.find(key);
            if (known == null) {
                known = new KeyWindow(key);
                common.add(known, tenant);
            }
            known.defer(occurrence);
            return;
        }
        sweep(commonWatermarkMillis, receivedMillis, listener);
        KeyWindow window = window(key, tenant);
        window.add(settings, key, occurrence, watermarkMillis, receivedMillis, listener);
        added(window);
    }

    /// Takes an occurrence of the common timeline than which none before it comes any more. Those of
    /// the same time count in the order in which they are handed in.
    ///
    /// @param tenant as with [#add]
    public void addInOrder(WindowKey key, String tenant, Occurrence occurrence, WindowListener listener) {
        long time = occurrence.timeMillis();
        sweep(time, time, listener);
        KeyWindow window = window(key, tenant);
        window.addInOrder(settings, key, occurrence, time, listener);
        added(window);
    }

    /// Adds the occurrences that others have deferred.
    public void absorb(RuleWindows other) {
        other.common.forEach(theirs -> {
            KeyWindow known = common.find(theirs.key());
            if (known == null) {
                known = new KeyWindow(theirs.key());
                common.add(known, theirs.owner().tenant);
            }
            known.deferAll(theirs);
        });
    }

    /// The window of a key, which is made when there is none yet.
    private KeyWindow window(WindowKey key, String tenant) {
        KeyTable keys = key.timeline() == 0 ? common : apart;
        KeyWindow window = keys.find(key);
        if (window != null) {
            keys.touch(window);
            return window;
        }
        if (size() >= settings.maximumKeys()) {
            evictOldest();
        }
        MemoryAccount sum = account;
        MemoryAccount.Tenant payer = sum == null ? null : sum.of(tenant);
        window = new KeyWindow(key);
        keys.add(window, payer == null ? tenant : payer.name());
        window.owner().account = payer;
        return window;
    }

    private void added(KeyWindow window) {
        account(window);
        if (settings.expires()) {
            schedule(window);
        }
    }

    /// Brings the sum up to date after something was done with a key.
    private void account(KeyWindow window) {
        long now = window.bytes(fresh);
        held(window, now - window.accountedBytes());
        window.account(now);
    }

    private void held(KeyWindow window, long change) {
        bytes += change;
        KeyTable.TenantKeys owner = window.owner();
        owner.bytes += change;
        MemoryAccount.Tenant payer = owner.account;
        if (payer != null) {
            payer.add(change);
        }
    }

    private void remove(KeyTable keys, KeyWindow window) {
        held(window, -window.accountedBytes());
        timers.remove(window);
        keys.remove(window);
    }

    /// Adds what these keys take to a sum over rules, from now on.
    public void accountTo(MemoryAccount sum) {
        account = sum;
        for (KeyTable keys : List.of(common, apart)) {
            for (KeyTable.TenantKeys each : keys.tenants()) {
                MemoryAccount.Tenant payer = sum.of(each.tenant);
                payer.add(each.bytes);
                each.account = payer;
            }
        }
    }

    /// About how many bytes of memory all keys take.
    public long bytes() {
        return bytes;
    }

    /// About how many bytes of memory the keys of a tenant take.
    public long bytes(String tenant) {
        KeyTable.TenantKeys inCommon = common.tenant(tenant);
        KeyTable.TenantKeys inApart = apart.tenant(tenant);
        return (inCommon == null ? 0 : inCommon.bytes) + (inApart == null ? 0 : inApart.bytes);
    }

    /// Whose a key is; empty when it is not there.
    public String tenantOf(WindowKey key) {
        KeyWindow known = (key.timeline() == 0 || deferred ? common : apart).find(key);
        return known == null ? "" : known.owner().tenant;
    }

    /// Forgets the keys of a tenant that were touched longest ago because memory is short, at least one
    /// and one of 64.
    ///
    /// @return how many
    public int shed(String tenant) {
        KeyTable.TenantKeys inCommon = common.tenant(tenant);
        KeyTable.TenantKeys inApart = apart.tenant(tenant);
        int ofTenant = (inCommon == null ? 0 : inCommon.size) + (inApart == null ? 0 : inApart.size);
        int count = Math.min(ofTenant, 1 + ofTenant / 64);
        for (int i = 0; i < count; i++) {
            boolean fromCommon = inApart == null || (inCommon != null && inCommon.size >= inApart.size);
            KeyTable.TenantKeys from = fromCommon ? inCommon : inApart;
            if (from != null) {
                evictOldest(fromCommon ? common : apart, from);
            }
        }
        return count;
    }

    private void schedule(KeyWindow window) {
        long due = window.dueMillis(settings);
        // Keys of sources apart are looked at when they are touched or when their source has gone silent.
        if (window.timeline == 0 && due < window.scheduledMillis()) {
            timers.remove(window);
            timers.add(window, due);
        }
    }

    /// When [#expire] has something to do; [Long#MAX_VALUE] for never.
    public long dueMillis() {
        return timers.earliestMillis();
    }

    /// Tells what is due on the common timeline, in the order in which it is due.
    ///
    /// @param watermarkMillis of the common timeline
    public void expire(long watermarkMillis, WindowListener listener) {
        while (!timers.isEmpty() && timers.earliestMillis() <= watermarkMillis) {
            long due = timers.earliestMillis();
            for (KeyWindow window : timers.take()) {
                if (window.dueMillis(settings) <= due) {
                    window.settle(settings, window.key(), due, due, listener);
                    common.changed(window);
                }
                account(window);
                schedule(window);
            }
        }
    }

    /// How far every key has come.
    public Map<WindowKey, WindowProgress> progress() {
        Map<WindowKey, WindowProgress> progress = new HashMap<>();
        common.forEach(window -> progress.put(window.key(), window.progress(settings)));
        apart.forEach(window -> progress.put(window.key(), window.progress(settings)));
        return progress;
    }

    /// Takes an occurrence back that was added before, because what it stands for was not so. Looks at
    /// every key.
    ///
    /// @return false when it is not among those that may still be joined by late ones
    public boolean withdraw(long idHigh, long idLow, WindowListener listener) {
        for (KeyTable keys : List.of(common, apart)) {
            for (KeyWindow each = keys.oldest; each != null; each = each.newer) {
                if (each.withdraw(settings, each.key(), idHigh, idLow, listener)) {
                    keys.changed(each);
                    account(each);
                    return true;
                }
            }
        }
        return false;
    }

    /// Settles what lies before the watermark on the common timeline, whatever its key.
    ///
    /// @return time of the oldest occurrence that still waits, [Long#MAX_VALUE] for none: until the
    ///     watermark has passed it there is nothing to settle
    public long settle(long watermarkMillis, WindowListener listener) {
        long oldest = Long.MAX_VALUE;
        KeyWindow next = common.oldest;
        while (next != null) {
            KeyWindow window = next;
            next = window.newer;
            if (window.settle(settings, window.key(), watermarkMillis, watermarkMillis, listener)) {
                common.changed(window);
            }
            oldest = Math.min(oldest, window.oldestPendingMillis());
            if (window.isOver(settings, watermarkMillis)) {
                remove(common, window);
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
        for (KeyTable keys : List.of(common, apart)) {
            for (KeyWindow each = keys.oldest; each != null; each = each.newer) {
                each.finish(settings, each.key(), endMillis, listener);
                held(each, -each.accountedBytes());
                each.account(0);
            }
            keys.clear();
        }
        timers.clear();
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

    /// @param idleDueMillis until when what is due is told of a key for which nothing was received for
    /// long
    private void sweep(
            KeyTable keys, long watermarkMillis, long idleSince, long idleDueMillis, WindowListener listener) {
        for (int i = 0; i < SWEPT_PER_EVENT; i++) {
            KeyWindow window = keys.oldest;
            if (window == null) {
                return;
            }
            if (window.touchedMillis() < idleSince) {
                if (window.settle(settings, window.key(), Long.MAX_VALUE, idleDueMillis, listener)) {
                    keys.changed(window);
                }
                if (!window.isOver(settings, watermarkMillis)
                        && settings.expires()
                        && idleDueMillis != Long.MAX_VALUE) {
                    // Time has not come so far yet: it waits on.
                    account(window);
                    schedule(window);
                    return;
                }
            } else {
                if (window.settle(settings, window.key(), watermarkMillis, watermarkMillis, listener)) {
                    keys.changed(window);
                }
                // Without a watermark nothing is over.
                if (watermarkMillis == Long.MIN_VALUE || !window.isOver(settings, watermarkMillis)) {
                    account(window);
                    return;
                }
            }
            remove(keys, window);
        }
    }

    /// Forgets a key of the tenant that has most keys of this rule: a flood of one tenant costs no
    /// other.
    private void evictOldest() {
        KeyTable from = common;
        KeyTable.TenantKeys most = null;
        for (KeyTable keys : List.of(common, apart)) {
            for (KeyTable.TenantKeys each : keys.tenants()) {
                if (most == null || each.size > most.size) {
                    most = each;
                    from = keys;
                }
            }
        }
        if (most != null) {
            evictOldest(from, most);
        }
    }

    private void evictOldest(KeyTable keys, KeyTable.TenantKeys tenant) {
        KeyWindow first = tenant.oldest;
        if (first == null) {
            throw new IllegalStateException("BUG: a tenant without keys is not there");
        }
        MemoryAccount sum = account;
        if (sum != null) {
            sum.evicted(tenant.tenant);
        }
        remove(keys, first);
        evicted++;
    }

    /// Writes all keys in their order.
    public void write(StateWriter out) {
        out.count(evicted);
        common.write(out);
        apart.write(out);
    }

    /// Takes over what [#write] wrote and after that [#writeChanges], in place of what it has. They
    /// are in no sum over rules before [#accountTo].
    ///
    /// @param rest reads what stands behind the keys in each piece; the newest piece comes first
    public void restore(SavedPieces pieces, Consumer<StateReader> rest) {
        bytes = 0;
        account = null;
        timers.clear();
        KeyTableRestore inCommon = new KeyTableRestore(common, fresh, this::added);
        KeyTableRestore inApart = new KeyTableRestore(apart, fresh, this::added);
        for (int i = pieces.count() - 1; i >= 0; i--) {
            StateReader in = pieces.piece(i);
            long evictedThen = in.count();
            evicted = i == pieces.count() - 1 ? evictedThen : evicted;
            inCommon.read(in, i > 0);
            inApart.read(in, i > 0);
            rest.accept(in);
        }
        inCommon.end();
        inApart.end();
    }

    /// True when it knows what has changed since [#saved].
    public boolean knowsChanges() {
        return common.knowsChanges() && apart.knowsChanges();
    }

    /// True when nothing has changed since [#saved].
    public boolean isUnchanged() {
        return common.isUnchanged() && apart.isUnchanged();
    }

    /// Follows what changes from here on.
    public void saved() {
        common.saved();
        apart.saved();
    }

    /// Writes what has changed since [#saved].
    public void writeChanges(StateWriter out) {
        out.count(evicted);
        common.writeChanges(out);
        apart.writeChanges(out);
    }
}
