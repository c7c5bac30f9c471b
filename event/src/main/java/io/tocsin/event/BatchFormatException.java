package io.tocsin.event;

/// Bytes that should be an encoded batch are not: damaged, cut short or of another version. Sending them again does
/// not help.
public final class BatchFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BatchFormatException(String message) {
        super(message);
    }
}
