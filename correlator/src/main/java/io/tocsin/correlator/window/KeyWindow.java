package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// The windows of one key: a settled bucket, the occurrences that may still be joined by late ones, and
/// a live bucket that has seen them all.
///
/// A match of the live bucket is announced at once. When a late occurrence falls between earlier ones,
/// the live bucket is built anew from the settled one. An occurrence settles when the watermark has
/// passed it; matches of the settled bucket are the truth, and what was announced otherwise is amended
/// or retracted then, once.
///
/// Thread-safety: one thread.
final class KeyWindow {
    /// Occurrences that wait for late ones beyond this number settle early: memory is bounded, order within a flood
    /// is not.
    static final int MAXIMUM_PENDING = 5_000;

    /// Occurrences between the anchor and the end, at most twice as many.
    private static final int ANCHOR_DISTANCE = 32;

    /// With so few occurrences waiting there is no live bucket: most keys have one or two, and counting
    /// them again costs less than what ten million buckets would take.
    private static final int COUNTED_AGAIN = 2;

    private static final SequencedMap<Claim, Announced> NOTHING =
            Collections.unmodifiableSequencedMap(new LinkedHashMap<>());

    /// Null while nothing was settled, see [FreshState].
    private @Nullable KeyState settled;

    private @Nullable KeyState live;
    private final List<Occurrence> pending = new ArrayList<>(1);
    /// What was announced and is not settled yet, in that order.
    private SequencedMap<Claim, Announced> announced = NOTHING;
    /// The bucket as it was after the first `anchorCount` pending occurrences, so that a late one among the latest
    /// does not mean counting all of them anew.
    private @Nullable KeyState anchor;

    private int anchorCount;
    /// Reception time of the latest occurrence, milliseconds.
    private long touchedMillis;
    /// When it is to be looked at because something may be due, [Long#MAX_VALUE] while it is in no [TimerWheel];
    /// not part of the state.
    private long scheduledMillis = Long.MAX_VALUE;

    private long accountedBytes;

    /// @param digest hash of the match as it was announced
    private record Announced(long lastMillis, int total, long digest) {}

    /// Names a match among those of a key.
    private record Claim(long windowStartMillis, int number) {}

    final long high;
    final long low;
    final long timeline;

    /// What follows belongs to the [KeyTable]: its links and when what happened to the key.
    @Nullable
    KeyWindow chained;

    @Nullable
    KeyWindow older;

    @Nullable
    KeyWindow newer;

    @Nullable
    KeyWindow olderOfOwner;

    @Nullable
    KeyWindow newerOfOwner;

    KeyTable.@Nullable TenantKeys owner;

    int bornAt;
    int movedAt;
    int changedAt;

    /// What follows belongs to the [TimerWheel].
    @Nullable
    KeyWindow timerBefore;

    @Nullable
    KeyWindow timerAfter;

    KeyWindow(WindowKey key) {
        this(key.high(), key.low(), key.timeline());
    }

    KeyWindow(long high, long low, long timeline) {
        this.high = high;
        this.low = low;
        this.timeline = timeline;
    }

    boolean hasKey(long otherHigh, long otherLow, long otherTimeline) {
        return low == otherLow && high == otherHigh && timeline == otherTimeline;
    }

    WindowKey key() {
        return new WindowKey(high, low, timeline);
    }

    /// The tenant's keys among which it is.
    KeyTable.TenantKeys owner() {
        return Objects.requireNonNull(owner);
    }

    /// How far the key has come, with all that waits.
    WindowProgress progress(WindowSettings settings) {
        KeyState now = live;
        return (now == null ? counted(settings) : now).progress();
    }

    /// The settled bucket with all that waits counted again, as a live bucket has it.
    private KeyState counted(WindowSettings settings) {
        KeyState bucket = copyOfSettled(settings);
        for (Occurrence each : pending) {
            count(bucket, settings, each);
        }
        return bucket;
    }

    private KeyState copyOfSettled(WindowSettings settings) {
        KeyState bucket = settled;
        return bucket == null ? KeyState.of(settings) : bucket.copy();
    }

    /// The settled bucket, to put something into it.
    private KeyState settled(WindowSettings settings) {
        KeyState bucket = settled;
        if (bucket == null) {
            bucket = KeyState.of(settings);
            settled = bucket;
        }
        return bucket;
    }

    void add(
            WindowSettings settings,
            WindowKey key,
            Occurrence occurrence,
            long watermarkMillis,
            long receivedMillis,
            WindowListener listener) {
        touchedMillis = receivedMillis;
        settle(settings, key, watermarkMillis, watermarkMillis, listener);
        int place = pending.size();
        while (place > 0 && pending.get(place - 1).compare(occurrence) > 0) {
            place--;
        }
        boolean last = place == pending.size();
        KeyState bucket = live;
        if (bucket == null) {
            bucket = counted(settings);
            live = bucket;
        }
        pending.add(place, occurrence);
        if (last) {
            announce(key, count(bucket, settings, occurrence), listener);
        } else {
            rebuild(settings, key, place, listener);
        }
        moveAnchor(settings);
        if (pending.size() <= COUNTED_AGAIN) {
            live = null;
        }
        if (pending.size() > MAXIMUM_PENDING) {
            listener.settledEarly();
            long until = pending.get(pending.size() / 2).timeMillis() + 1;
            settle(settings, key, until, until, listener);
        }
    }

    /// Takes an occurrence than which none before it comes any more: it is counted for good, after all
    /// that came before it, whatever their identifiers.
    void addInOrder(
            WindowSettings settings,
            WindowKey key,
            Occurrence occurrence,
            long receivedMillis,
            WindowListener listener) {
        touchedMillis = receivedMillis;
        settle(settings, key, occurrence.timeMillis() + 1, occurrence.timeMillis(), listener);
        Trigger trigger = settled(settings).add(settings, occurrence);
        if (trigger != null) {
            listener.triggered(key, trigger, false);
        }
    }

    /// Counts an occurrence after the time until then has passed; what time alone makes of it is told
    /// when it is settled.
    private static @Nullable Trigger count(KeyState state, WindowSettings settings, Occurrence occurrence) {
        while (isDue(state, settings, occurrence.timeMillis())) {
            state.expire(settings, occurrence.timeMillis());
        }
        return state.add(settings, occurrence);
    }

    private void rebuild(WindowSettings settings, WindowKey key, int place, WindowListener listener) {
        KeyState base = anchor;
        if (base == null || place < anchorCount) {
            base = null;
            anchor = null;
            anchorCount = 0;
        }
        KeyState rebuilt = base == null ? copyOfSettled(settings) : base.copy();
        for (int i = anchorCount; i < pending.size(); i++) {
            announce(key, count(rebuilt, settings, pending.get(i)), listener);
        }
        live = rebuilt;
    }

    private void moveAnchor(WindowSettings settings) {
        if (pending.size() - anchorCount <= 2 * ANCHOR_DISTANCE) {
            return;
        }
        KeyState moved = anchor;
        if (moved == null) {
            moved = copyOfSettled(settings);
            anchor = moved;
        }
        while (anchorCount < pending.size() - ANCHOR_DISTANCE) {
            count(moved, settings, pending.get(anchorCount++));
        }
    }

    /// Takes an occurrence back that was added before and is not settled.
    ///
    /// @return false when there is none of this identifier
    boolean withdraw(WindowSettings settings, WindowKey key, long idHigh, long idLow, WindowListener listener) {
        for (int place = pending.size() - 1; place >= 0; place--) {
            if (pending.get(place).idHigh() == idHigh && pending.get(place).idLow() == idLow) {
                pending.remove(place);
                if (pending.isEmpty()) {
                    live = null;
                    anchor = null;
                    anchorCount = 0;
                } else {
                    rebuild(settings, key, place, listener);
                }
                return true;
            }
        }
        return false;
    }

    /// Time of the oldest occurrence that may still be joined by late ones, or of the oldest match that
    /// may still be taken back; [Long#MAX_VALUE] when none waits.
    long oldestPendingMillis() {
        long oldest = pending.isEmpty() ? Long.MAX_VALUE : pending.getFirst().timeMillis();
        for (Announced said : announced.values()) {
            oldest = Math.min(oldest, said.lastMillis());
        }
        return oldest;
    }

    /// Takes an occurrence without looking at it before [#finish].
    void defer(Occurrence occurrence) {
        pending.add(occurrence);
    }

    /// Takes what another one of the same key has deferred.
    void deferAll(KeyWindow other) {
        pending.addAll(other.pending);
    }

    /// Settles everything: no more events will come.
    ///
    /// @param endMillis where time ends: what would be due later is not told
    void finish(WindowSettings settings, WindowKey key, long endMillis, WindowListener listener) {
        if (live == null && !pending.isEmpty()) {
            pending.sort(Occurrence::compare);
            KeyState bucket = copyOfSettled(settings);
            for (Occurrence each : pending) {
                announce(key, count(bucket, settings, each), listener);
            }
        }
        settle(settings, key, Long.MAX_VALUE, endMillis, listener);
    }

    /// Settles everything before `watermarkMillis`, and tells what is due until `dueMillis`.
    ///
    /// @return true when something has changed
    boolean settle(
            WindowSettings settings, WindowKey key, long watermarkMillis, long dueMillis, WindowListener listener) {
        boolean changed = false;
        if (!pending.isEmpty() && pending.getFirst().timeMillis() < watermarkMillis) {
            settlePending(settings, key, watermarkMillis, listener);
            changed = true;
        }
        changed |= expire(settings, key, dueMillis, listener);
        if (!announced.isEmpty()) {
            changed |= retract(key, watermarkMillis, listener);
        }
        if (announced.isEmpty()) {
            announced = NOTHING;
        }
        return changed;
    }

    private static boolean isDue(KeyState state, WindowSettings settings, long timeMillis) {
        long due = state.dueMillis(settings);
        return due != Long.MAX_VALUE && due <= timeMillis;
    }

    /// @return true when something was due
    private boolean expire(WindowSettings settings, WindowKey key, long dueMillis, WindowListener listener) {
        KeyState bucket = settled;
        boolean changed = false;
        while (bucket != null && isDue(bucket, settings, dueMillis)) {
            changed = true;
            Trigger trigger = bucket.expire(settings, dueMillis);
            if (trigger != null) {
                listener.triggered(key, trigger, false);
            }
        }
        return changed;
    }

    private void settlePending(WindowSettings settings, WindowKey key, long watermarkMillis, WindowListener listener) {
        int count = 0;
        KeyState bucket = settled(settings);
        while (count < pending.size() && pending.get(count).timeMillis() < watermarkMillis) {
            expire(settings, key, pending.get(count).timeMillis(), listener);
            Trigger trigger = bucket.add(settings, pending.get(count));
            if (trigger != null) {
                confirm(key, trigger, listener);
            }
            count++;
        }
        pending.subList(0, count).clear();
        if (count > anchorCount) {
            anchor = null;
            anchorCount = 0;
        } else {
            anchorCount -= count;
        }
        if (pending.isEmpty()) {
            live = null;
        }
    }

    /// Takes back what was announced and was not so. It need not be in the order of time, and nothing
    /// need wait any more: the occurrences that made it may have been withdrawn.
    ///
    /// @return true when there was something to take back
    private boolean retract(WindowKey key, long watermarkMillis, WindowListener listener) {
        boolean changed = false;
        Iterator<Map.Entry<Claim, Announced>> claims = announced.entrySet().iterator();
        while (claims.hasNext()) {
            Map.Entry<Claim, Announced> claim = claims.next();
            if (claim.getValue().lastMillis() < watermarkMillis) {
                claims.remove();
                changed = true;
                listener.retracted(
                        key,
                        claim.getKey().windowStartMillis(),
                        claim.getKey().number(),
                        claim.getValue().lastMillis(),
                        claim.getValue().total());
            }
        }
        return changed;
    }

    /// True when this key can be forgotten: nothing waits, and the watermark has passed the end of its
    /// bucket.
    boolean isOver(WindowSettings settings, long watermarkMillis) {
        KeyState bucket = settled;
        return pending.isEmpty() && announced.isEmpty() && (bucket == null || bucket.isOver(settings, watermarkMillis));
    }

    /// About how many bytes of memory it takes: the same for the same contents.
    long bytes(FreshState fresh) {
        KeyState bucket = settled;
        long counted = bucket == null ? fresh.bytes() : bucket.bytes();
        // The live bucket is as large as the settled one with all that waits.
        boolean isLive = pending.size() > COUNTED_AGAIN;
        return 200
                + counted
                + (isLive ? counted : 0)
                + (long) Occurrence.BYTES * pending.size()
                + 120L * announced.size();
    }

    /// What [#bytes] said when it was last asked for the sum of all.
    long accountedBytes() {
        return accountedBytes;
    }

    void account(long bytes) {
        accountedBytes = bytes;
    }

    long touchedMillis() {
        return touchedMillis;
    }

    /// The earliest time at which something may be due that time alone makes; [Long#MAX_VALUE] for
    /// none.
    long dueMillis(WindowSettings settings) {
        KeyState bucket = settled;
        long due = bucket == null ? Long.MAX_VALUE : bucket.dueMillis(settings);
        return pending.isEmpty() ? due : Math.min(due, pending.getFirst().timeMillis() + settings.windowMillis());
    }

    long scheduledMillis() {
        return scheduledMillis;
    }

    void schedule(long millis) {
        scheduledMillis = millis;
    }

    /// True when it was forgotten and nothing of it is to be told any more.
    boolean isGone() {
        return owner == null;
    }

    void forget() {
        owner = null;
    }

    private void announce(WindowKey key, @Nullable Trigger trigger, WindowListener listener) {
        if (trigger == null) {
            return;
        }
        Claim claim = new Claim(trigger.windowStartMillis(), trigger.number());
        if (announced.isEmpty()) {
            announced = new LinkedHashMap<>(2);
        }
        Announced before =
                announced.putIfAbsent(claim, new Announced(trigger.lastMillis(), trigger.total(), trigger.digest()));
        if (before == null) {
            listener.triggered(key, trigger, false);
        }
    }

    private void confirm(WindowKey key, Trigger trigger, WindowListener listener) {
        Announced before =
                announced.isEmpty() ? null : announced.remove(new Claim(trigger.windowStartMillis(), trigger.number()));
        // Without a claim it was retracted before and has come back: as good as an amendment.
        if (before == null || before.digest() != trigger.digest()) {
            listener.triggered(key, trigger, true);
        }
    }

    void write(StateWriter out, FreshState fresh) {
        KeyState bucket = settled;
        if (bucket == null) {
            fresh.write(out);
        } else {
            bucket.write(out);
        }
        out.number(touchedMillis);
        out.count(pending.size());
        for (Occurrence occurrence : pending) {
            occurrence.write(out);
        }
        out.count(announced.size());
        announced.forEach((claim, said) -> {
            out.number(claim.windowStartMillis());
            out.count(claim.number());
            out.number(said.lastMillis());
            out.count(said.total());
            out.bits(said.digest());
        });
    }

    /// Takes over what [#write] wrote; nothing is known of the key yet. The live bucket is counted
    /// when it is asked for.
    void read(StateReader in, FreshState fresh) {
        settled = fresh.passOver(in) ? null : KeyState.read(in, fresh.settings());
        touchedMillis = in.number();
        int waiting = in.size();
        for (int i = 0; i < waiting; i++) {
            pending.add(Occurrence.read(in));
        }
        int claims = in.size();
        for (int i = 0; i < claims; i++) {
            Claim claim = new Claim(in.number(), in.smallCount());
            if (i == 0) {
                announced = new LinkedHashMap<>(2);
            }
            announced.put(claim, new Announced(in.number(), in.smallCount(), in.bits()));
        }
    }

    /// Passes over what [#write] wrote.
    static void passOver(StateReader in, FreshState fresh) {
        if (!fresh.passOver(in)) {
            KeyState.read(in, fresh.settings());
        }
        in.number();
        int waiting = in.size();
        for (int i = 0; i < waiting; i++) {
            Occurrence.passOver(in);
        }
        int claims = in.size();
        for (int i = 0; i < claims; i++) {
            in.number();
            in.count();
            in.number();
            in.count();
            in.bits();
        }
    }
}
