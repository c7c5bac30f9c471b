package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import org.jspecify.annotations.Nullable;

/// What is known of one key of one rule. Takes occurrences in order of time.
sealed interface KeyState permits Bucket, SlidingState, Waits {
    static KeyState of(WindowSettings settings) {
        SlidingSettings sliding = settings.sliding();
        int selectors = settings.thresholds().length;
        if (settings.expected() != 0) {
            return new Waits();
        }
        return sliding == null ? new Bucket(selectors) : new SlidingState(sliding, selectors);
    }

    static KeyState read(StateReader in, WindowSettings settings) {
        SlidingSettings sliding = settings.sliding();
        int selectors = settings.thresholds().length;
        if (settings.expected() != 0) {
            return Waits.read(in);
        }
        return sliding == null ? Bucket.read(in, selectors) : SlidingState.read(in, settings, sliding, selectors);
    }

    /// Takes the next occurrence.
    ///
    /// @return the full match that it completed, or null
    @Nullable
    Trigger add(WindowSettings settings, Occurrence occurrence);

    /// Lets time pass: takes the earliest thing that is due at or before `timeMillis`. Called until it says null,
    /// before an occurrence of that time is added.
    @Nullable
    default Trigger expire(WindowSettings settings, long timeMillis) {
        return null;
    }

    /// When the next thing is due that [#expire] tells; [Long#MAX_VALUE] for never.
    default long dueMillis(WindowSettings settings) {
        return Long.MAX_VALUE;
    }

    /// True when nothing at or after `timeMillis` can change or need this.
    boolean isOver(WindowSettings settings, long timeMillis);

    /// How far it has come.
    WindowProgress progress();

    /// About how many bytes of memory it takes: the same for the same contents, however they came about.
    long bytes();

    KeyState copy();

    void write(StateWriter out);
}
