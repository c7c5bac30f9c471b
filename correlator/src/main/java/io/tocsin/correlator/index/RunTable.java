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
    private static final int TEXT_SHIFT = 1 + KNOWN_BITS;

    private final byte[] marks;
    private final int markShift;
    private final boolean isSparse;
    private final boolean hasMarks;
    private final long[] bits;
    private final int bitShift;
    /// A run and, plus one, where its entries begin; 0 marks an empty place.
    private final long[] directory;

    private final int mask;
    /// What each entry asks of the bytes around its run: up to eight bytes of its text.
    private final long[] words;
    /// How far behind the begin of the run the word of an entry begins; negative before it.
    private final int[] distances;
    /// Number of the text, how many bytes of the word are known less one, and whether another entry of the same run
    /// follows.
    private final int[] entries;

    private record Entry(long run, long word, int known, int distance, int text) {}

    private RunTable(List<Entry> all, int mostBytes, boolean alwaysMarks) {
        List<Entry> sorted =
                all.stream().sorted(Comparator.comparingLong(Entry::run)).toList();
        int count = 0;
        for (int i = 0; i < sorted.size(); i++) {
            count += i == 0 || sorted.get(i).run != sorted.get(i - 1).run ? 1 : 0;
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
        distances = new int[sorted.size()];
        entries = new int[sorted.size()];
        for (int i = 0; i < sorted.size(); i++) {
            Entry entry = sorted.get(i);
            long run = entry.run;
            if (i == 0 || run != sorted.get(i - 1).run) {
                mark(run);
                int place = place(run);
                while (directory[place] != 0) {
                    place = (place + 1) & mask;
                }
                directory[place] = run << Integer.SIZE | (i + 1);
            }
            boolean isLast = i + 1 == sorted.size() || run != sorted.get(i + 1).run;
            words[i] = entry.word;
            distances[i] = entry.distance;
            entries[i] = entry.text << TEXT_SHIFT | (entry.known - 1) << 1 | (isLast ? 0 : 1);
        }
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
        private final List<Entry> all = new ArrayList<>();

        /// @param run three or four bytes without bit 5 of each
        /// @param word further bytes of the text, likewise; those that are not known are 0
        /// @param known how many bytes of the word are known: from 1 to 8
        /// @param distance how far behind the begin of the run the word begins; negative before it
        /// @param text a number below 2^27
        void add(long run, long word, int known, int distance, int text) {
            all.add(new Entry(run, word, known, distance, text));
        }

        /// @param mostBytes of [#marks()], a power of two from 256 on
        /// @param alwaysMarks true when there are to be marks even if more than one of sixteen is set
        RunTable build(int mostBytes, boolean alwaysMarks) {
            return new RunTable(all, mostBytes, alwaysMarks);
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

    /// How far behind the begin of its run the word of an entry begins.
    int distance(int entry) {
        return distances[entry];
    }

    /// True when the word of an entry is what begins at a place, but for bit 5 of its bytes.
    boolean isSame(int entry, byte[] bytes, int at) {
        if (at < 0) {
            return false;
        }
        long word = at + ByteWords.BYTES <= bytes.length
                ? ByteWords.at(bytes, at)
                : ByteWords.tail(bytes, at, Math.max(at, bytes.length));
        int known = (entries[entry] >>> 1 & KNOWN_MASK) + 1;
        return ((words[entry] ^ (word & UNFOLDED)) & -1L >>> (Long.SIZE - Byte.SIZE * known)) == 0;
    }

    int text(int entry) {
        return entries[entry] >>> TEXT_SHIFT;
    }

    /// True when the next entry is of the same run.
    boolean hasNext(int entry) {
        return (entries[entry] & 1) != 0;
    }
}
