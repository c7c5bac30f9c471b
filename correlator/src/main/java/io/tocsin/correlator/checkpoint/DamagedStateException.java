package io.tocsin.correlator.checkpoint;

/// Saved state that cannot be read. The previous checkpoint, or an empty state, takes its place.
public final class DamagedStateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DamagedStateException(String what, int at) {
        super("saved correlator state is damaged: " + what + " [at=" + at + "]");
    }
}
