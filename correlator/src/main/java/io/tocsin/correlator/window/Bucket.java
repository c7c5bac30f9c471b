package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The state machine of one key of one rule. Takes occurrences in order of time.
///
/// A bucket opens with the first event that a selector counts and lives for the length of the window; it is not
/// prolonged. When every selector has reached its threshold the rule triggers, everything counted so far is cleared
/// (the unique values too: an empty bucket knows none), the trigger counter goes up and the bucket waits on, empty,
/// until its window ends.
///
/// An event of a recovery selector is counted by no other. It means something only while the bucket holds events; when
/// its selector has its number everything is cleared, without a trigger and without raising the trigger counter.
///
/// A rule with a timeout keeps its full matches **standing** besides: they are told together when the window ends,
/// unless a recovery has cleared them.
///
/// Thread-safety: one thread.
final class Bucket implements KeyState {
    private static final @Nullable HashSet128[] NONE = {};

    private boolean open;
    private long startMillis;
    private int triggers;
    private final int[] counts;
    /// The unique values of each selector; without places while there are none.
    private @Nullable HashSet128[] seen = NONE;

    private final ArrayDeque<Occurrence> kept = new ArrayDeque<>(1);
    private int total;
    private long firstMillis;
    /// The full matches since the last recovery; made when the rule has a timeout.
    private @Nullable Standing standing;

    Bucket(int selectors) {
        counts = new int[selectors];
    }

    @Override
    public @Nullable Trigger add(WindowSettings settings, Occurrence occurrence) {
        if (open && occurrence.timeMillis() - startMillis >= settings.windowMillis()) {
            close();
        }
        if ((occurrence.selectors() & settings.recovery()) != 0) {
            recover(settings, occurrence.selectors() & settings.recovery());
            return null;
        }
        if (!count(settings, occurrence)) {
            return null;
        }
        if (!open) {
            open = true;
            startMillis = occurrence.timeMillis();
            triggers = 0;
        }
        if (total++ == 0) {
            firstMillis = occurrence.timeMillis();
        }
        if (kept.size() < settings.keptEvents()) {
            kept.addLast(occurrence);
        } else if (settings.keepLast()) {
            kept.removeFirst();
            kept.addLast(occurrence);
        }
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] < settings.thresholds()[i] && (settings.recovery() & (1L << i)) == 0) {
                return null;
            }
        }
        Trigger trigger = new Trigger(
                startMillis,
                ++triggers,
                firstMillis,
                occurrence.timeMillis(),
                total,
                counts.clone(),
                new ArrayList<>(kept));
        if (settings.timeout()) {
            Standing known = standing;
            if (known == null) {
                known = new Standing(counts.length);
                standing = known;
            }
            known.add(settings, trigger);
        }
        clear(standing == null ? 0 : settings.recovery());
        return trigger;
    }

    private void recover(WindowSettings settings, long selectors) {
        if (!open || (total == 0 && standing == null)) {
            return;
        }
        for (long rest = selectors; rest != 0; rest &= rest - 1) {
            int selector = Long.numberOfTrailingZeros(rest);
            if (++counts[selector] >= settings.thresholds()[selector]) {
                standing = null;
                clear(0);
                return;
            }
        }
    }

    @Override
    public @Nullable Trigger expire(WindowSettings settings, long timeMillis) {
        if (timeMillis < dueMillis(settings)) {
            return null;
        }
        Standing told = standing;
        close();
        return told == null ? null : told.trigger(startMillis, startMillis + settings.windowMillis());
    }

    @Override
    public long dueMillis(WindowSettings settings) {
        return open && standing != null ? startMillis + settings.windowMillis() : Long.MAX_VALUE;
    }

    @Override
    public boolean isOver(WindowSettings settings, long timeMillis) {
        return !open || (timeMillis - startMillis >= settings.windowMillis() && standing == null);
    }

    private void close() {
        open = false;
        standing = null;
        clear(0);
    }

    @Override
    public WindowProgress progress() {
        return new WindowProgress(
                open, startMillis, triggers, Arrays.stream(counts).boxed().toList(), total);
    }

    private boolean count(WindowSettings settings, Occurrence occurrence) {
        boolean counted = false;
        // From the last selector to the first, so that one event cannot complete a step and take the next as well.
        for (int i = counts.length - 1; i >= 0; i--) {
            if ((occurrence.selectors() & (1L << i)) == 0 || (settings.sequence() && !stepReached(settings, i))) {
                continue;
            }
            long[] unique = occurrence.unique();
            if (unique != null && (unique[2 * i] != 0 || unique[2 * i + 1] != 0)) {
                if (seen.length == 0) {
                    seen = new HashSet128[counts.length];
                }
                HashSet128 values = seen[i];
                if (values == null) {
                    values = new HashSet128();
                    seen[i] = values;
                }
                if (!values.add(unique[2 * i], unique[2 * i + 1])) {
                    continue;
                }
            }
            counts[i]++;
            counted = true;
        }
        return counted;
    }

    private boolean stepReached(WindowSettings settings, int selector) {
        for (int i = 0; i < selector; i++) {
            if (counts[i] < settings.thresholds()[i] && (settings.recovery() & (1L << i)) == 0) {
                return false;
            }
        }
        return true;
    }

    /// @param keeping selectors whose numbers stay
    private void clear(long keeping) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = (keeping & (1L << i)) == 0 ? 0 : counts[i];
        }
        for (HashSet128 values : seen) {
            if (values != null) {
                values.clear();
            }
        }
        kept.clear();
        total = 0;
    }

    @Override
    public long bytes() {
        long bytes = 120 + 8L * counts.length + (long) Occurrence.BYTES * kept.size();
        for (HashSet128 values : seen) {
            bytes += values == null ? 0 : values.bytes();
        }
        Standing known = standing;
        return known == null ? bytes : bytes + known.bytes();
    }

    @Override
    public Bucket copy() {
        Bucket copy = new Bucket(counts.length);
        copy.open = open;
        copy.startMillis = startMillis;
        copy.triggers = triggers;
        System.arraycopy(counts, 0, copy.counts, 0, counts.length);
        copy.seen = seen.length == 0 ? NONE : new HashSet128[seen.length];
        for (int i = 0; i < seen.length; i++) {
            HashSet128 values = seen[i];
            copy.seen[i] = values == null ? null : values.copy();
        }
        copy.kept.addAll(kept);
        copy.total = total;
        copy.firstMillis = firstMillis;
        Standing known = standing;
        copy.standing = known == null ? null : known.copy();
        return copy;
    }

    @Override
    public void write(StateWriter out) {
        out.flag(open);
        out.number(startMillis);
        out.count(triggers);
        for (int i = 0; i < counts.length; i++) {
            out.count(counts[i]);
            HashSet128 values = seen.length == 0 ? null : seen[i];
            out.flag(values != null);
            if (values != null) {
                values.write(out);
            }
        }
        out.count(total);
        out.number(firstMillis);
        out.count(kept.size());
        for (Occurrence occurrence : kept) {
            occurrence.write(out);
        }
        Standing known = standing;
        out.flag(known != null);
        if (known != null) {
            known.write(out);
        }
    }

    static Bucket read(StateReader in, int selectors) {
        Bucket bucket = new Bucket(selectors);
        bucket.open = in.flag();
        bucket.startMillis = in.number();
        bucket.triggers = in.smallCount();
        for (int i = 0; i < selectors; i++) {
            bucket.counts[i] = in.smallCount();
            if (in.flag()) {
                if (bucket.seen.length == 0) {
                    bucket.seen = new HashSet128[selectors];
                }
                bucket.seen[i] = HashSet128.read(in);
            }
        }
        bucket.total = in.smallCount();
        bucket.firstMillis = in.number();
        int size = in.size();
        if (size > bucket.total) {
            throw new DamagedStateException("more kept events than counted ones", size);
        }
        for (int i = 0; i < size; i++) {
            bucket.kept.addLast(Occurrence.read(in));
        }
        if (in.flag()) {
            bucket.standing = Standing.read(in, selectors);
        }
        return bucket;
    }
}
