package io.tocsin.error;

/// Whose business a failure is.
public enum ErrorType {
    /// What somebody wrote or asked for is wrong; only they can put it right.
    USER,
    /// A defect of Tocsin or damaged data.
    INTERNAL,
    /// This machine ran out of something: disk, memory, time, addresses.
    RESOURCES,
    /// Another system did not do its part.
    EXTERNAL
}
