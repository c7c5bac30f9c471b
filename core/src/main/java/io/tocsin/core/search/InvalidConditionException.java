package io.tocsin.core.search;

/// A condition that someone wrote does not parse.
public final class InvalidConditionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    /// @param message what is wrong, for the person who wrote it
    /// @param line from 1
    /// @param column from 1
    public InvalidConditionException(String message, int line, int column) {
        super(message);
        this.line = line;
        this.column = column;
    }

    public int line() {
        return line;
    }

    public int column() {
        return column;
    }
}
