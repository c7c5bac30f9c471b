package io.tocsin.correlator.index;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which runs of three or four bytes stand in which texts. What is asked of nearly every place of a value lies in a
/// small table of bytes or bits; what is asked of few places in a directory of runs; and what stands behind a run is
/// compared, eight bytes at once, before any text is looked at.
///
/// Runs are written without bit 5 of their bytes, so that it makes no difference whether letters are capital ones.
///
/// Thread-safety: immutable.
final class RunTable {
    /// The bits of a word that runs have.
    static final long UNFOLDED = ~ByteWords.ROUGH;

    static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;
    /// Bits of a mark: its place in the byte says more of a run.
    static final int MARK_BITS = 3;

    private static final int FEWEST_BYTES = 256;
    private static final int BYTES_PER_RUN = 64;
    /// With fewer bytes than this for each run, too many would be marked.
    private static final int SPARSE = 16;

    private static final int BITS_PER_RUN = 32;

    private static final int KNOWN_BITS = 3;
    private static final int KNOWN_MASK = 7;
    private static final int RUN_SHIFT = 1 + KNOWN_BITS;
    private static final int RUN_MASK = 7;
    private static final int TEXT_SHIFT = RUN_SHIFT + 3;

    private final byte[] marks;
    private final int markShift;
    private final boolean isSparse;
    private final boolean hasMarks;
    private final long[] bits;
    private final int bitShift;
    /// A run and, plus one, where its entries begin; 0 marks an empty place.
    private final long[] directory;

    private final int mask;
    /// The run of each entry and what stands behind it, as much of eight bytes as the text has.
    private final long[] words;
    /// Number of the text, which of its runs it is, how many bytes of the word are known less one, and whether another
    /// entry of the same run follows.
    private final int[] entries;

    /// @param word the run and what stands behind it, bytes that the text has not being 0
    /// @param known how many bytes of the word the text has
    /// @param text number of the text
    /// @param run which of its runs it is
    private record Entry(long word, int known, int text, int run) {}

    private RunTable(List<Entry> all, int size, int mostBytes, boolean alwaysMarks) {
        long runMask = -1L >>> (Long.SIZE - Byte.SIZE * size);
        List<Entry> sorted = all.stream()
                .sorted(Comparator.comparingLong((Entry entry) -> entry.word & runMask))
                .toList();
        int count = 0;
        for (int i = 0; i < sorted.size(); i++) {
            count += i == 0 || run(sorted, i, runMask) != run(sorted, i - 1, runMask) ? 1 : 0;
        }
        int byteCount = Math.clamp(Integer.highestOneBit(Math.max(1, count) * BYTES_PER_RUN), FEWEST_BYTES, mostBytes);
        isSparse = (long) count * SPARSE <= byteCount;
        hasMarks = isSparse || alwaysMarks;
        marks = new byte[hasMarks ? byteCount : 0];
        markShift = Long.SIZE - Integer.numberOfTrailingZeros(byteCount);
        int bitCount = hasMarks ? Long.SIZE : Math.max(Long.SIZE, Integer.highestOneBit(count * BITS_PER_RUN - 1));
        bits = new long[bitCount >> 6];
        bitShift = Long.SIZE - Integer.numberOfTrailingZeros(bitCount);
        int capacity = Math.max(4, Integer.highestOneBit(Math.max(1, count) * 4 - 1));
        directory = new long[capacity];
        mask = capacity - 1;
        words = new long[sorted.size()];
        entries = new int[sorted.size()];
        for (int i = 0; i < sorted.size(); i++) {
            Entry entry = sorted.get(i);
            long run = run(sorted, i, runMask);
            if (i == 0 || run != run(sorted, i - 1, runMask)) {
                mark(run);
                int place = place(run);
                while (directory[place] != 0) {
                    place = (place + 1) & mask;
                }
                directory[place] = run << Integer.SIZE | (i + 1);
            }
            boolean isLast = i + 1 == sorted.size() || run != run(sorted, i + 1, runMask);
            words[i] = entry.word;
            entries[i] = entry.text << TEXT_SHIFT | entry.run << RUN_SHIFT | (entry.known - 1) << 1 | (isLast ? 0 : 1);
        }
    }

    private static long run(List<Entry> sorted, int i, long runMask) {
        return sorted.get(i).word & runMask;
    }

    private void mark(long run) {
        long mixed = run * FACTOR;
        if (hasMarks) {
            int mark = (int) (mixed >>> (markShift - MARK_BITS));
            marks[mark >>> MARK_BITS] |= (byte) (1 << (mark & KNOWN_MASK));
        } else {
            int bit = (int) (mixed >>> bitShift);
            bits[bit >> 6] |= 1L << bit;
            int second = secondBit(mixed);
            bits[second >> 6] |= 1L << second;
        }
    }

    /// Collects entries.
    ///
    /// Thread-safety: one thread.
    static final class Builder {
        private final int size;
        private final List<Entry> all = new ArrayList<>();

        /// @param size bytes of a run, three or four
        Builder(int size) {
            this.size = size;
        }

        /// @param word the run and what stands behind it, without bit 5 of each byte; bytes that are not known are 0
        /// @param known how many bytes are known: from the size of a run to 8
        /// @param text a number below 2^24
        /// @param run which of its runs it is, from 0 to 7
        void add(long word, int known, int text, int run) {
            all.add(new Entry(word, known, text, run));
        }

        /// @param mostBytes of [#marks()], a power of two from 256 on
        /// @param alwaysMarks true when there are to be marks even if more than one of sixteen is set
        RunTable build(int mostBytes, boolean alwaysMarks) {
            return new RunTable(all, size, mostBytes, alwaysMarks);
        }
    }

    /// True when at most one of sixteen [#marks()] is set; otherwise there may be none, but [#bits()].
    boolean isSparse() {
        return isSparse;
    }

    /// For loops: not 0 at `run * FACTOR >>> markShift` when the run may be in the table.
    byte[] marks() {
        return marks;
    }

    int markShift() {
        return markShift;
    }

    /// For loops: bit `run * FACTOR >>> shift` is set when the run may be in the table.
    long[] bits() {
        return bits;
    }

    int shift() {
        return bitShift;
    }

    /// Bit 0 says, more exactly than a look at [#marks()] or one bit, whether the run may be in the table; the others
    /// say nothing.
    int may(long run) {
        long mixed = run * FACTOR;
        if (hasMarks) {
            int mark = (int) (mixed >>> (markShift - MARK_BITS));
            return marks[mark >>> MARK_BITS] >>> (mark & KNOWN_MASK);
        }
        int bit = (int) (mixed >>> bitShift);
        int second = secondBit(mixed);
        return (int) (bits[bit >> 6] >>> bit & bits[second >> 6] >>> second);
    }

    private int secondBit(long mixed) {
        return (int) (((mixed ^ (mixed >>> 29)) * FACTOR) >>> bitShift);
    }

    private int place(long run) {
        return (int) ((run * FACTOR) >>> 32) & mask;
    }

    /// Where the entries of a run begin, or -1.
    int find(long run) {
        int place = place(run);
        for (long found = directory[place]; found != 0; found = directory[place]) {
            if (found >>> Integer.SIZE == run) {
                return (int) found - 1;
            }
            place = (place + 1) & mask;
        }
        return -1;
    }

    /// True when the bytes of an entry that are known are those of a word without bit 5 of its bytes.
    boolean isSame(int entry, long word) {
        int known = (entries[entry] >>> 1 & KNOWN_MASK) + 1;
        return ((words[entry] ^ word) & -1L >>> (Long.SIZE - Byte.SIZE * known)) == 0;
    }

    int text(int entry) {
        return entries[entry] >>> TEXT_SHIFT;
    }

    /// Which of the runs of its text it is.
    int run(int entry) {
        return entries[entry] >>> RUN_SHIFT & RUN_MASK;
    }

    /// True when the next entry is of the same run.
    boolean hasNext(int entry) {
        return (entries[entry] & 1) != 0;
    }
}
