package io.tocsin.correlator.checkpoint;

/// A part of the state that is saved by itself: whole at first, then what changed since, until so much
/// has changed that it is worth writing it whole again. What [#read] makes of what was written is the
/// same as what was there.
///
/// Thread-safety: one thread; several parts may be read at the same time by one thread each.
public interface StatePart {
    /// Names it among all parts, also after a restart.
    String name();

    /// Saved state of another content is not taken over.
    long contentHash();

    /// True when nothing has changed since [#saved].
    boolean isUnchanged();

    /// True when it knows what has changed since [#saved]; otherwise it must be written whole.
    boolean knowsChanges();

    /// Writes everything.
    void write(StateWriter out);

    /// Writes what has changed since [#saved].
    void writeChanges(StateWriter out);

    /// Says that all that is known now is durable, or was just read from what is.
    void saved();

    /// Takes over what was written, in place of what it has.
    ///
    /// @throws DamagedStateException when it cannot be read; the part must then be thrown away
    void read(SavedPieces pieces);
}
