package io.tocsin.correlator.index;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks for texts of seven bytes and more, at every fourth to eighth place of a value, by runs of four bytes.
///
/// Thread-safety: immutable.
final class WideScan {
    /// Shortest text that it looks for.
    static final int MINIMUM = 7;

    private static final int RUN = 4;
    private static final int WIDEST_STEP = 8;
    /// Places that are looked at together.
    private static final int PLACES = 4;
    /// A look at a larger table takes longer, a look at a mark of another run takes longest.
    private static final int BYTES_OF_MARKS = 65_536;
    /// Groups of places of which is noted where something may be before it is looked at.
    private static final int MOST_GROUPS = Long.SIZE - 1;
    /// Beside the bits of groups: there are bytes outside of ASCII.
    private static final long FOREIGN = Long.MIN_VALUE;

    private static final long MASK = 0xFFFF_FFFFL & RunTable.UNFOLDED;

    private final int step;
    private final TextRuns texts;
    private final RunTable table;

    /// @param texts in small letters
    /// @param numbers what to call true when a text is there
    /// @param seen as in [LiteralScanner#build]
    WideScan(List<byte[]> texts, List<Integer> numbers, List<byte[]> seen) {
        int shortest = WIDEST_STEP + RUN - 1;
        for (byte[] each : texts) {
            shortest = Math.min(shortest, each.length);
        }
        step = shortest - RUN + 1;
        this.texts = new TextRuns(texts, numbers, RUN, step, BYTES_OF_MARKS, false, seen);
        table = this.texts.table();
    }

    /// What runs take from behind the end is caught when texts are compared.
    ///
    /// @param told null when it is enough to know whether there is something; then letters outside of ASCII may be
    /// capital ones
    /// @return when nobody is told: true when there is a text or a letter that becomes one of ASCII
    boolean search(byte[] bytes, int offset, int end, @Nullable Evaluation told) {
        int distance = PLACES * step;
        // Behind it four places may no longer be looked at together.
        int stop = Math.min(end, bytes.length - ByteWords.BYTES - distance + step + 1);
        int at = offset;
        while (at < stop) {
            int groups = Math.min(MOST_GROUPS, (stop - at + distance - 1) / distance);
            long marked = marked(bytes, at, groups);
            if ((marked & ~FOREIGN) != 0 && findGroups(marked & ~FOREIGN, bytes, offset, end, at, told)) {
                return true;
            }
            if (told == null && marked < 0 && foldsIntoAscii(bytes, at, groups * distance, end)) {
                return true;
            }
            at += groups * distance;
        }
        for (; at < end; at += step) {
            long word = ByteWords.tail(bytes, at, Math.min(end, at + ByteWords.BYTES));
            if (find(word, bytes, offset, end, at, told)
                    || (told == null && ByteWords.isForeign(word) && foldsIntoAscii(bytes, at, step, end))) {
                return true;
            }
        }
        return false;
    }

    /// The compiler makes a loop of its own for each distance, which is faster than one for all.
    private long marked(byte[] bytes, int from, int groups) {
        if (!table.isSparse()) {
            return many(bytes, from, groups, step);
        }
        return switch (step) {
            case 4 -> few(bytes, from, groups, 4);
            case 5 -> few(bytes, from, groups, 5);
            case 6 -> few(bytes, from, groups, 6);
            case 7 -> few(bytes, from, groups, 7);
            default -> few(bytes, from, groups, WIDEST_STEP);
        };
    }

    /// Nearly all time of a scan is spent here: four places at a time, and no branch, because the processor would
    /// foresee wrongly at which of them is something.
    ///
    /// @return a bit for each four places, of which one may have something, and [#FOREIGN]
    private long few(byte[] bytes, int from, int groups, int distance) {
        byte[] marks = table.marks();
        int shift = table.markShift();
        long marked = 0;
        long seen = 0;
        for (int i = 0; i < groups; i++) {
            int at = from + i * (PLACES * distance);
            long first = ByteWords.at(bytes, at);
            long second = ByteWords.at(bytes, at + distance);
            long third = ByteWords.at(bytes, at + 2 * distance);
            long fourth = ByteWords.at(bytes, at + 3 * distance);
            int mark = mark(marks, shift, first & MASK)
                    | mark(marks, shift, second & MASK)
                    | mark(marks, shift, third & MASK)
                    | mark(marks, shift, fourth & MASK);
            marked |= (long) ((mark | -mark) >>> (Integer.SIZE - 1)) << i;
            seen |= first | second | third | fourth;
        }
        return ByteWords.isForeign(seen) ? marked | FOREIGN : marked;
    }

    /// The same for more texts than bytes are kept for.
    private long many(byte[] bytes, int from, int groups, int distance) {
        long[] bits = table.bits();
        int shift = table.shift();
        long marked = 0;
        long seen = 0;
        for (int i = 0; i < groups; i++) {
            int at = from + i * (PLACES * distance);
            long first = ByteWords.at(bytes, at);
            long second = ByteWords.at(bytes, at + distance);
            long third = ByteWords.at(bytes, at + 2 * distance);
            long fourth = ByteWords.at(bytes, at + 3 * distance);
            long bit = bit(bits, shift, first & MASK)
                    | bit(bits, shift, second & MASK)
                    | bit(bits, shift, third & MASK)
                    | bit(bits, shift, fourth & MASK);
            marked |= (bit & 1) << i;
            seen |= first | second | third | fourth;
        }
        return ByteWords.isForeign(seen) ? marked | FOREIGN : marked;
    }

    /// Looks at the places of groups, each a bit, the first of which begins at a place.
    private boolean findGroups(long marked, byte[] bytes, int offset, int end, int from, @Nullable Evaluation told) {
        for (long left = marked; left != 0; left &= left - 1) {
            int at = from + Long.numberOfTrailingZeros(left) * PLACES * step;
            long first = ByteWords.at(bytes, at);
            long second = ByteWords.at(bytes, at + step);
            long third = ByteWords.at(bytes, at + 2 * step);
            long fourth = ByteWords.at(bytes, at + 3 * step);
            int may = (table.may(first & MASK)
                            | table.may(second & MASK)
                            | table.may(third & MASK)
                            | table.may(fourth & MASK))
                    & 1;
            if (may != 0
                    && (find(first, bytes, offset, end, at, told)
                            || find(second, bytes, offset, end, at + step, told)
                            || find(third, bytes, offset, end, at + 2 * step, told)
                            || find(fourth, bytes, offset, end, at + 3 * step, told))) {
                return true;
            }
        }
        return false;
    }

    /// Not 0 when the run may be in the table.
    private static int mark(byte[] marks, int shift, long run) {
        // The mask says to the compiler what is so anyway.
        return marks[(int) ((run * RunTable.FACTOR) >>> shift) & (marks.length - 1)];
    }

    /// Bit 0 says whether the run may be in the table; the others say nothing.
    private static long bit(long[] bits, int shift, long run) {
        // A shift takes the lower six bits of its distance.
        long bit = (run * RunTable.FACTOR) >>> shift;
        return bits[(int) (bit >>> 6) & (bits.length - 1)] >>> bit;
    }

    /// Looks for such letters among those that begin in a part of the stretch, and a little behind it.
    private static boolean foldsIntoAscii(byte[] bytes, int at, int length, int end) {
        return ByteWords.foldsIntoAscii(bytes, at, Math.min(end - at, length + ByteWords.BYTES));
    }

    /// Looks at the run that begins at a place.
    private boolean find(long word, byte[] bytes, int offset, int end, int at, @Nullable Evaluation told) {
        long run = word & MASK;
        return (table.may(run) & 1) != 0 && texts.find(run, bytes, offset, end, at, told);
    }
}
