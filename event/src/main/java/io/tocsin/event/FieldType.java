package io.tocsin.event;

/// How the value of a [Field] is held and shown.
public enum FieldType {
    /// UTF-8 text: a span of the batch's arena.
    STRING,
    /// Signed 64-bit number.
    INTEGER,
    /// 64-bit floating point number.
    FLOAT,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    TIMESTAMP,
    /// Several texts, in order.
    STRING_ARRAY
}
