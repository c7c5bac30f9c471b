package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import org.jspecify.annotations.Nullable;

/// What is known of one key of one rule. Takes occurrences in order of time.
sealed interface KeyState permits Bucket, SlidingState {
    static KeyState of(WindowSettings settings) {
        SlidingSettings sliding = settings.sliding();
        int selectors = settings.thresholds().length;
        return sliding == null ? new Bucket(selectors) : new SlidingState(sliding, selectors);
    }

    static KeyState read(StateReader in, WindowSettings settings) {
        SlidingSettings sliding = settings.sliding();
        int selectors = settings.thresholds().length;
        return sliding == null ? Bucket.read(in, selectors) : SlidingState.read(in, settings, sliding, selectors);
    }

    /// Takes the next occurrence.
    ///
    /// @return the full match that it completed, or null
    @Nullable
    Trigger add(WindowSettings settings, Occurrence occurrence);

    /// True when nothing at or after `timeMillis` can change or need this.
    boolean isOver(WindowSettings settings, long timeMillis);

    /// How far it has come.
    WindowProgress progress();

    /// About how many bytes of memory it takes: the same for the same contents, however they came about.
    long bytes();

    KeyState copy();

    void write(StateWriter out);
}
