package io.tocsin.pipeline.connector.framing;

/// Finds the ends of CSV records: line ends outside of quotes (RFC 4180 §2.6). A quote opens only at the beginning of a
/// value, so that the inch sign in `5" disk` is no quote; two quotes inside are one.
///
/// Framing does not know which delimiter the records have: the usual ones count.
///
/// Thread-safety: one thread.
final class CsvQuotes {
    private enum State {
        VALUE_BEGINS,
        IN_VALUE,
        IN_QUOTES,
        /// Behind a quote inside quotes: their end, or the first half of two.
        QUOTE_IN_QUOTES
    }

    private State state = State.VALUE_BEGINS;

    /// A record begins.
    void begin() {
        state = State.VALUE_BEGINS;
    }

    /// Goes on in the record.
    ///
    /// @return where its line end stands, or -1 when it goes on at `to`
    int find(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte value = bytes[i];
            if (state == State.IN_QUOTES) {
                if (value == '"') {
                    state = State.QUOTE_IN_QUOTES;
                }
            } else if (value == '\n') {
                return i;
            } else if (isDelimiter(value)) {
                state = State.VALUE_BEGINS;
            } else if (value == '"' && state != State.IN_VALUE) {
                state = State.IN_QUOTES;
            } else if (value != ' ' || state != State.VALUE_BEGINS) {
                state = State.IN_VALUE;
            }
        }
        return -1;
    }

    private static boolean isDelimiter(byte value) {
        return switch (value) {
            case ',', ';', '\t', '|', '^', '~', 0x01, 0x1F -> true;
            default -> false;
        };
    }
}
