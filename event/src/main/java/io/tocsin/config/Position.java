package io.tocsin.config;

/// A place in a source text.
///
/// @param source name of the file, or of what else the text came from
/// @param line from 1; 0 when the value was not read from a text
/// @param column from 1, in characters; 0 when the value was not read from a text
public record Position(String source, int line, int column) {
    /// The place of values that were made, not read.
    public static final Position NONE = new Position("", 0, 0);

    @Override
    public String toString() {
        return line == 0 ? source : source + ":" + line + ":" + column;
    }
}
