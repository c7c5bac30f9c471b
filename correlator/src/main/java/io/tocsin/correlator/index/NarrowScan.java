package io.tocsin.correlator.index;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks for texts of four to six bytes, at every second place of a value, by runs of three bytes.
///
/// Thread-safety: immutable.
final class NarrowScan {
    /// Shortest text that it looks for.
    static final int MINIMUM = 4;

    private static final int RUN = 3;
    private static final int STEP = 2;
    /// How far the words are apart that hold three places each; of the last one it has four bytes.
    private static final int BYTES = 6;

    /// Groups of places of which is noted where something may be before it is looked at.
    private static final int MOST_GROUPS = Long.SIZE;

    /// There is no other table for these.
    private static final int BYTES_OF_MARKS = 65_536;

    private static final long MASK = 0xFF_FFFFL & RunTable.UNFOLDED;
    private static final int SECOND = 16;
    private static final int THIRD = 32;

    private final TextRuns texts;
    private final RunTable table;

    /// @param texts in small letters
    /// @param numbers what to call true when a text is there
    /// @param seen as in [LiteralScanner#build]
    NarrowScan(List<byte[]> texts, List<Integer> numbers, List<byte[]> seen) {
        this.texts = new TextRuns(texts, numbers, RUN, STEP, BYTES_OF_MARKS, true, seen);
        table = this.texts.table();
    }

    /// As [WideScan#search].
    boolean search(byte[] bytes, int offset, int end, @Nullable Evaluation told) {
        byte[] marks = table.marks();
        int shift = table.markShift();
        int stop = Math.min(end, bytes.length - ByteWords.BYTES - BYTES + 1);
        int at = offset;
        while (at < stop) {
            int begin = at;
            long groups = 0;
            long seen = 0;
            // As in the other scan: no branch where something may be.
            for (int group = 0; group < MOST_GROUPS && at < stop; group++, at += 2 * BYTES) {
                long first = ByteWords.at(bytes, at);
                long second = ByteWords.at(bytes, at + BYTES);
                int marked = mark(marks, shift, first & MASK)
                        | mark(marks, shift, first >>> SECOND & MASK)
                        | mark(marks, shift, first >>> THIRD & MASK)
                        | mark(marks, shift, second & MASK)
                        | mark(marks, shift, second >>> SECOND & MASK)
                        | mark(marks, shift, second >>> THIRD & MASK);
                groups |= (long) ((marked | -marked) >>> (Integer.SIZE - 1)) << group;
                seen |= first | second;
            }
            for (; groups != 0; groups &= groups - 1) {
                int there = begin + Long.numberOfTrailingZeros(groups) * 2 * BYTES;
                if (find(ByteWords.at(bytes, there), bytes, offset, end, there, told)
                        || find(ByteWords.at(bytes, there + BYTES), bytes, offset, end, there + BYTES, told)) {
                    return true;
                }
            }
            if (told == null && ByteWords.isForeign(seen) && foldsIntoAscii(bytes, begin, at - begin, end)) {
                return true;
            }
        }
        for (; at < end; at += BYTES) {
            long word = ByteWords.tail(bytes, at, Math.min(end, at + ByteWords.BYTES));
            if (find(word, bytes, offset, end, at, told)
                    || (told == null && ByteWords.isForeign(word) && foldsIntoAscii(bytes, at, BYTES, end))) {
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

    private static boolean foldsIntoAscii(byte[] bytes, int at, int length, int end) {
        return ByteWords.foldsIntoAscii(bytes, at, Math.min(end - at, length + ByteWords.BYTES));
    }

    /// Looks at the runs that begin at the first, third and fifth byte.
    private boolean find(long there, byte[] bytes, int offset, int end, int at, @Nullable Evaluation told) {
        long word = there & RunTable.UNFOLDED;
        int may = (table.may(word & MASK) | table.may(word >>> SECOND & MASK) | table.may(word >>> THIRD & MASK)) & 1;
        return may != 0
                && (texts.find(word & MASK, bytes, offset, end, at, told)
                        || texts.find(word >>> SECOND & MASK, bytes, offset, end, at + STEP, told)
                        || texts.find(word >>> THIRD & MASK, bytes, offset, end, at + 2 * STEP, told));
    }
}
