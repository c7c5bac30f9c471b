package io.tocsin.config;

/// One thing that is wrong in a text that a person wrote.
///
/// @param line from 1; 0 when unknown
/// @param column from 1; 0 when unknown
/// @param message lower-case, without place: what is wrong, `[name=value]`, what to do
public record Problem(String source, int line, int column, String message) {
    public static Problem at(Position position, String message) {
        return new Problem(position.source(), position.line(), position.column(), message);
    }

    public Position position() {
        return new Position(source, line, column);
    }

    /// `file:line:column: message`.
    @Override
    public String toString() {
        String place = position().toString();
        return place.isEmpty() ? message : place + ": " + message;
    }
}
