package io.tocsin.pipeline.diagnostics;

/// Finds what is missing in one numbering of messages: `meta.sequenceId` of RFC 5424 §7.3.1, which begins with 1, grows
/// by 1 with every message and goes back to 1 behind 2147483647.
///
/// A number counts as missing when it has not come although [#WINDOW] later ones have, or later ones two seconds
/// before: datagrams overtake each other. 1 begins a numbering anew and is no gap. So does a number far behind the
/// newest one; one far ahead is a gap. Both are believed when the next message goes on from there. A number that comes
/// twice, or too late, changes nothing.
///
/// Thread-safety: one thread at a time.
final class SequenceTrack {
    /// So far messages may overtake each other.
    static final int WINDOW = 256;
    /// A jump beyond is no loss but another numbering.
    static final int LARGEST_GAP = 1 << 20;
    /// So long a message may be late.
    static final long LATE_NANOS = 2_000_000_000L;

    private static final int HIGHEST = Integer.MAX_VALUE;
    private static final int WORDS = WINDOW / Long.SIZE;

    /// Number of the newest message; 0 before the first one.
    private int newest;
    /// Places count on where numbers go back to 1.
    private long newestPlace;

    private long firstPlace;
    /// What is missing up to here has been counted.
    private long settledPlace;
    /// The newest place at a time that will be long enough ago.
    private long markedPlace;

    private long markedNanos;
    /// Whether a place was received, by its number modulo [#WINDOW].
    private final long[] received = new long[WORDS];
    /// A number far away from the newest, that is believed when the next one follows it; 0 for none.
    private int jump;
    private long strays;

    /// Messages whose numbers have no place in the numbering: they came twice, too late, or from far away.
    long strays() {
        return strays;
    }

    /// Takes the number of a message.
    ///
    /// @param number 1 to 2147483647
    /// @param nanos when it was received, nanoseconds since the epoch
    /// @return messages that are now known to be missing
    long receive(int number, long nanos) {
        if (newest == 0) {
            begin(number, nanos);
            return 0;
        }
        long missing = settle(nanos);
        int ahead = number - newest;
        if (ahead <= WINDOW - HIGHEST) {
            ahead += HIGHEST;
        } else if (ahead >= HIGHEST - WINDOW) {
            ahead -= HIGHEST;
        }
        if (ahead > 0 && ahead <= WINDOW) {
            jump = 0;
            return missing + advance(number, ahead);
        }
        long place = newestPlace + ahead;
        if (ahead > -WINDOW && ahead <= 0) {
            if (number != 1 || place < firstPlace || !isReceived(place)) {
                strays += isReceived(place) || place <= settledPlace ? 1 : 0;
                mark(place);
                return missing;
            }
        } else if (number != 1) {
            return missing + farAway(number, nanos);
        }
        missing += countOpen(newestPlace);
        begin(1, nanos);
        return missing;
    }

    private long farAway(int number, long nanos) {
        int from = jump;
        jump = number;
        if (from == 0 || number <= from || number - from > WINDOW) {
            strays++;
            return 0;
        }
        strays--;
        long missing = countOpen(newestPlace);
        int gap = from - newest - 1;
        if (gap > 0 && gap <= LARGEST_GAP) {
            missing += gap;
        }
        begin(from, nanos);
        return missing + advance(number, number - from);
    }

    private void begin(int number, long nanos) {
        newest = number;
        newestPlace += 2L * WINDOW;
        firstPlace = newestPlace;
        settledPlace = newestPlace;
        markedPlace = newestPlace;
        markedNanos = nanos;
        jump = 0;
        mark(newestPlace);
    }

    private long advance(int number, int ahead) {
        long missing = 0;
        for (int i = 0; i < ahead; i++) {
            missing += countOpen(newestPlace + 1 - WINDOW);
            newestPlace++;
            received[word(newestPlace)] &= ~bit(newestPlace);
        }
        mark(newestPlace);
        newest = number;
        return missing;
    }

    /// Counts what should have come long ago.
    private long settle(long nanos) {
        if (nanos - markedNanos < LATE_NANOS) {
            return 0;
        }
        long missing = countOpen(markedPlace);
        markedPlace = newestPlace;
        markedNanos = nanos;
        return missing;
    }

    private long countOpen(long until) {
        long missing = 0;
        while (settledPlace < until) {
            settledPlace++;
            missing += isReceived(settledPlace) ? 0 : 1;
        }
        return missing;
    }

    private boolean isReceived(long place) {
        return (received[word(place)] & bit(place)) != 0;
    }

    private void mark(long place) {
        received[word(place)] |= bit(place);
    }

    private static int word(long place) {
        return (int) (place / Long.SIZE % WORDS);
    }

    private static long bit(long place) {
        return 1L << (place % Long.SIZE);
    }
}
