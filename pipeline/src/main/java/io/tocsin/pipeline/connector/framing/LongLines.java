package io.tocsin.pipeline.connector.framing;

/// What becomes of a line that is longer than the limit.
public enum LongLines {
    /// Its beginning is handed on, marked; the rest is skipped.
    CUT,
    /// It is handed on in as many pieces as are needed, each marked, none cut inside a UTF-8 character.
    SPLIT
}
