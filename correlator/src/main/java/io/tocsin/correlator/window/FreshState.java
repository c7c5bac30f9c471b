package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;

/// What is settled of a key of which nothing is settled yet: the same for all keys of a rule, so they
/// need no object for it. Most keys of a flood never have another one.
///
/// Immutable.
final class FreshState {
    private final WindowSettings settings;
    private final byte[] written;
    private final long bytes;

    FreshState(WindowSettings settings) {
        this.settings = settings;
        KeyState state = KeyState.of(settings);
        bytes = state.bytes();
        StateWriter out = new StateWriter();
        state.write(out);
        written = out.toBytes();
    }

    WindowSettings settings() {
        return settings;
    }

    /// What [KeyState#bytes] says of it.
    long bytes() {
        return bytes;
    }

    /// Writes what [KeyState#write] writes of it.
    void write(StateWriter out) {
        out.raw(written);
    }

    /// Passes over it when it is what comes next.
    ///
    /// @return false when something else comes
    boolean passOver(StateReader in) {
        return in.passOver(written);
    }
}
