package io.tocsin.correlator.index;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds which of many texts occur anywhere in a value, in one pass over it whatever their number.
///
/// The pass does not look at every byte. A text of seven bytes or more is known by four runs of four bytes, one
/// after another; wherever it stands in a value, one of them begins at a place that is a multiple of four, so only
/// these places are looked at. When all texts are longer, more runs are taken and fewer places looked at: one in
/// eight when none has fewer than eleven bytes. A text of four to six bytes is known in the same way by two runs of
/// three, and every second place is looked at. A bit map says at once that nearly all runs are in no text; where it
/// says otherwise a table gives the texts that are then compared in full. The runs of a text are chosen where the
/// fewest other texts have the same. Texts of fewer than four bytes are found by their first two.
///
/// Thread-safety: immutable once built.
final class LiteralScanner {
    /// Shortest text that is known by runs.
    private static final int MINIMUM = 4;
    /// Shortest text that is looked for at every fourth place only.
    private static final int WIDE_MINIMUM = 7;

    private static final int WIDE_RUN = 4;
    private static final int WIDEST_STEP = 8;
    /// Places that are looked at together.
    private static final int PLACES = 4;
    /// Bits of an entry that say which run of a text it is.
    private static final int RUN_BITS = 3;

    private static final int RUN_MASK = 7;

    private static final Runs NARROW = new Runs(3, 2);
    private static final long WIDE_MASK = 0xFFFF_FFFFL;
    private static final long NARROW_MASK = 0xFF_FFFFL;
    private static final long WIDE_UNFOLDED = WIDE_MASK & GramTable.UNFOLDED;
    private static final long NARROW_UNFOLDED = NARROW_MASK & GramTable.UNFOLDED;
    /// Tables in which most runs are looked up are to lie in the nearest cache, with others.
    private static final int WIDE_BYTES_OF_MARKS = 16_384;
    /// There is no other table for these.
    private static final int NARROW_BYTES_OF_MARKS = 65_536;
    /// Instead of a place: there is something.
    private static final int FOUND = -1;
    /// How far the words are apart that hold three places each.
    private static final int NARROW_BYTES = 6;

    /// Runs by which texts are known.
    ///
    /// @param size bytes of a run
    /// @param step how many runs one after another, and the distance of the places that are looked at
    private record Runs(int size, int step) {}

    /// What stands in nearly every value of some kind: runs of it are chosen only when there are no
    /// others.
    private static final List<byte[]> COMMON = Stream.of(
                    "c:\\windows\\system32\\",
                    "\\syswow64\\",
                    "c:\\program files (x86)\\",
                    "c:\\program files\\",
                    "c:\\users\\administrator\\appdata\\local\\temp\\roaming\\",
                    "microsoft",
                    "software\\",
                    "\\currentversion\\",
                    "hklm\\system\\currentcontrolset\\",
                    "powershell",
                    ".exe\" -",
                    ".dll",
                    "https://www.",
                    "/usr/bin/",
                    "/var/log/")
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .toList();

    private static final int COMMON_WEIGHT = 10_000;
    private static final int[] NONE = {};

    private final List<byte[]> texts = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();

    private byte[][] shortTexts = {};
    private int[] shortNumbers = {};
    /// Places of the short texts that begin with a byte.
    private int[][] shortByFirst = {};

    /// One bit for each pair of bytes, the first one least significant, with which a short text can
    /// begin.
    private long[] shortPairs = {};

    private Runs wideRuns = new Runs(WIDE_RUN, WIDEST_STEP);
    /// By run: number of the text and which of its runs it is.
    private GramTable wide = new GramTable.Builder().build();

    private GramTable narrow = new GramTable.Builder().build();
    private boolean hasWide;
    private boolean hasNarrow;
    private byte[][] text = {};
    private int[] number = {};
    /// The first eight bytes of a text, roughly folded; the bytes that a shorter one has not are zero.
    private long[] head = {};

    /// Which bits of [#head] mean something.
    private long[] headMask = {};
    /// Where the first run of a text begins.
    private int[] runAt = {};

    /// Shorter values contain none of the texts.
    private int shortest = Integer.MAX_VALUE;

    /// Length of the shortest text.
    int shortest() {
        return shortest;
    }

    /// @param literal in small letters, not empty
    void add(byte[] literal, int hitNumber) {
        texts.add(literal);
        shortest = Math.min(shortest, literal.length);
        numbers.add(hitNumber);
    }

    void build() {
        List<Integer> known = new ArrayList<>();
        List<Integer> small = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            (texts.get(i).length < MINIMUM ? small : known).add(i);
        }
        buildShort(small);
        int count = known.size();
        text = new byte[count][];
        number = new int[count];
        head = new long[count];
        headMask = new long[count];
        runAt = new int[count];
        for (int i = 0; i < count; i++) {
            byte[] each = texts.get(known.get(i));
            text[i] = each;
            number[i] = numbers.get(known.get(i));
            int heading = Math.min(each.length, ByteWords.BYTES);
            headMask[i] = -1L >>> (64 - 8 * heading);
            head[i] = (gram(each, 0, heading) | ByteWords.ROUGH) & headMask[i];
        }
        wideRuns = new Runs(WIDE_RUN, step());
        wide = runs(wideRuns, false);
        narrow = runs(NARROW, true);
        texts.clear();
        numbers.clear();
    }

    /// How far the places are apart that are looked at.
    private int step() {
        int shortestWide = WIDEST_STEP + WIDE_RUN - 1;
        for (byte[] each : text) {
            if (!isShort(each)) {
                shortestWide = Math.min(shortestWide, each.length);
            }
        }
        return shortestWide - WIDE_RUN + 1;
    }

    private void buildShort(List<Integer> small) {
        shortTexts = new byte[small.size()][];
        shortNumbers = new int[small.size()];
        if (small.isEmpty()) {
            return;
        }
        shortPairs = new long[1024];
        shortByFirst = new int[256][];
        Arrays.fill(shortByFirst, NONE);
        for (int i = 0; i < shortTexts.length; i++) {
            byte[] each = texts.get(small.get(i));
            shortTexts[i] = each;
            shortNumbers[i] = numbers.get(small.get(i));
            addPairs(each);
            int first = each[0] & 0xFF;
            int[] longer = Arrays.copyOf(shortByFirst[first], shortByFirst[first].length + 1);
            longer[longer.length - 1] = i;
            shortByFirst[first] = longer;
        }
    }

    /// Chooses the runs of all texts that are known by runs of this kind.
    private GramTable runs(Runs runs, boolean narrowOnes) {
        Map<Long, Integer> popularity = new HashMap<>();
        COMMON.forEach(each -> countGrams(each, runs.size(), COMMON_WEIGHT, popularity));
        for (byte[] each : text) {
            if (isShort(each) == narrowOnes) {
                countGrams(each, runs.size(), 1, popularity);
            }
        }
        GramTable.Builder builder = new GramTable.Builder();
        for (int i = 0; i < text.length; i++) {
            byte[] each = text[i];
            if (isShort(each) == narrowOnes) {
                runAt[i] = rarest(each, runs, popularity);
                for (int k = 0; k < runs.step(); k++) {
                    builder.add(roughGram(each, runAt[i] + k, runs.size()), i << RUN_BITS | k);
                }
                hasWide |= !narrowOnes;
                hasNarrow |= narrowOnes;
            }
        }
        return builder.build(narrowOnes ? NARROW_BYTES_OF_MARKS : WIDE_BYTES_OF_MARKS);
    }

    /// True for texts that are known by many places of a value: they slow the scan.
    static boolean isShort(byte[] literal) {
        return literal.length < WIDE_MINIMUM;
    }

    /// The bytes as a number, the first one least significant.
    private static long gram(byte[] bytes, int from, int size) {
        long gram = 0;
        for (int i = size - 1; i >= 0; i--) {
            gram = gram << 8 | (bytes[from + i] & 0xFF);
        }
        return gram;
    }

    private static long roughGram(byte[] bytes, int from, int size) {
        return (gram(bytes, from, size) | ByteWords.ROUGH) & (-1L >>> (64 - 8 * size));
    }

    private static void countGrams(byte[] text, int size, int weight, Map<Long, Integer> popularity) {
        for (int i = 0; i + size <= text.length; i++) {
            popularity.merge(roughGram(text, i, size), weight, Integer::sum);
        }
    }

    private static int rarest(byte[] text, Runs runs, Map<Long, Integer> popularity) {
        int best = 0;
        long bestCount = Long.MAX_VALUE;
        for (int i = 0; i + runs.size() + runs.step() - 1 <= text.length; i++) {
            long count = 0;
            for (int k = 0; k < runs.step(); k++) {
                count += popularity.getOrDefault(roughGram(text, i + k, runs.size()), 0);
            }
            if (count < bestCount) {
                best = i;
                bestCount = count;
            }
        }
        return best;
    }

    /// Tells of all texts that a value contains.
    ///
    /// @param bytes ASCII letters may be capital ones, other letters are small
    void scan(byte[] bytes, int offset, int length, Evaluation told) {
        search(bytes, offset, length, told);
    }

    /// False when none of the texts, which are ASCII, is in the stretch, whatever letters it is made of. True when one
    /// is there, or a letter that becomes one of ASCII when it is made small.
    boolean mayFind(byte[] bytes, int offset, int length) {
        return search(bytes, offset, length, null);
    }

    /// @param told null when it is enough to know whether there is something; then letters outside of ASCII may be
    /// capital ones
    /// @return when nobody is told: true when something was found
    private boolean search(byte[] bytes, int offset, int length, @Nullable Evaluation told) {
        int end = offset + length;
        if (shortTexts.length > 0
                && (searchShort(bytes, offset, end, told)
                        || (told == null && ByteWords.foldsIntoAscii(bytes, offset, length)))) {
            return true;
        }
        if (length < MINIMUM || !(hasWide || hasNarrow)) {
            return false;
        }
        return (hasWide && searchWide(bytes, offset, end, told))
                || (hasNarrow && searchNarrow(bytes, offset, end, told));
    }

    /// Looks for the texts of seven bytes and more. What runs take from behind the end is caught when texts are
    /// compared.
    private boolean searchWide(byte[] bytes, int offset, int end, @Nullable Evaluation told) {
        int step = wideRuns.step();
        int at = wide.isSparse() ? searchFew(bytes, offset, end, told) : searchMany(bytes, offset, end, told);
        for (; at < end && at >= 0; at += step) {
            long word = ByteWords.tail(bytes, at, Math.min(end, at + ByteWords.BYTES));
            if (probe(word, bytes, offset, end, at, told)
                    || (told == null && ByteWords.isForeign(word) && foldsIntoAscii(bytes, at, step, end))) {
                return true;
            }
        }
        return at < 0;
    }

    /// Where four places may no longer be looked at together.
    private static int stop(byte[] bytes, int end, int step) {
        return Math.min(end, bytes.length - ByteWords.BYTES - (PLACES - 1) * step + 1);
    }

    /// Nearly all time of a scan is spent here. Four places at a time: at nearly all of them is nothing.
    ///
    /// @return the first place that was not looked at, [#FOUND] when that need not be
    private int searchFew(byte[] bytes, int offset, int end, @Nullable Evaluation told) {
        int step = wideRuns.step();
        byte[] marks = wide.marks();
        int shift = wide.markShift();
        int at = offset;
        int stop = stop(bytes, end, step);
        for (; at < stop; at += PLACES * step) {
            long first = ByteWords.at(bytes, at);
            long second = ByteWords.at(bytes, at + step);
            long third = ByteWords.at(bytes, at + 2 * step);
            long fourth = ByteWords.at(bytes, at + 3 * step);
            int marked = mark(marks, shift, first & WIDE_UNFOLDED)
                    | mark(marks, shift, second & WIDE_UNFOLDED)
                    | mark(marks, shift, third & WIDE_UNFOLDED)
                    | mark(marks, shift, fourth & WIDE_UNFOLDED);
            if (marked != 0 && probe(first, second, third, fourth, bytes, offset, end, at, told)) {
                return FOUND;
            }
            if (told == null
                    && ByteWords.isForeign(first | second | third | fourth)
                    && foldsIntoAscii(bytes, at, PLACES * step, end)) {
                return FOUND;
            }
        }
        return at;
    }

    /// The same for more texts than bytes are kept for.
    private int searchMany(byte[] bytes, int offset, int end, @Nullable Evaluation told) {
        int step = wideRuns.step();
        long[] bits = wide.bits();
        int shift = wide.shift();
        int at = offset;
        int stop = stop(bytes, end, step);
        for (; at < stop; at += PLACES * step) {
            long first = ByteWords.at(bytes, at);
            long second = ByteWords.at(bytes, at + step);
            long third = ByteWords.at(bytes, at + 2 * step);
            long fourth = ByteWords.at(bytes, at + 3 * step);
            long marked = bit(bits, shift, (first | ByteWords.ROUGH) & WIDE_MASK)
                    | bit(bits, shift, (second | ByteWords.ROUGH) & WIDE_MASK)
                    | bit(bits, shift, (third | ByteWords.ROUGH) & WIDE_MASK)
                    | bit(bits, shift, (fourth | ByteWords.ROUGH) & WIDE_MASK);
            if ((marked & 1) != 0 && probe(first, second, third, fourth, bytes, offset, end, at, told)) {
                return FOUND;
            }
            if (told == null
                    && ByteWords.isForeign(first | second | third | fourth)
                    && foldsIntoAscii(bytes, at, PLACES * step, end)) {
                return FOUND;
            }
        }
        return at;
    }

    private boolean probe(
            long first,
            long second,
            long third,
            long fourth,
            byte[] bytes,
            int offset,
            int end,
            int at,
            @Nullable Evaluation told) {
        int step = wideRuns.step();
        return probe(first, bytes, offset, end, at, told)
                || probe(second, bytes, offset, end, at + step, told)
                || probe(third, bytes, offset, end, at + 2 * step, told)
                || probe(fourth, bytes, offset, end, at + 3 * step, told);
    }

    /// Looks for the texts of four to six bytes: at every second place, three of which lie in eight bytes.
    private boolean searchNarrow(byte[] bytes, int offset, int end, @Nullable Evaluation told) {
        byte[] marks = narrow.marks();
        int shift = narrow.markShift();
        int at = offset;
        int stop = Math.min(end, bytes.length - ByteWords.BYTES - NARROW_BYTES + 1);
        for (; at < stop; at += 2 * NARROW_BYTES) {
            long first = ByteWords.at(bytes, at);
            long second = ByteWords.at(bytes, at + NARROW_BYTES);
            int marked = mark(marks, shift, first & NARROW_UNFOLDED)
                    | mark(marks, shift, first >>> 16 & NARROW_UNFOLDED)
                    | mark(marks, shift, first >>> 32 & NARROW_UNFOLDED)
                    | mark(marks, shift, second & NARROW_UNFOLDED)
                    | mark(marks, shift, second >>> 16 & NARROW_UNFOLDED)
                    | mark(marks, shift, second >>> 32 & NARROW_UNFOLDED);
            if (marked != 0
                    && (probeNarrow(first, bytes, offset, end, at, told)
                            || probeNarrow(second, bytes, offset, end, at + NARROW_BYTES, told))) {
                return true;
            }
            if (told == null
                    && ByteWords.isForeign(first | second)
                    && foldsIntoAscii(bytes, at, 2 * NARROW_BYTES, end)) {
                return true;
            }
        }
        for (; at < end; at += NARROW_BYTES) {
            long word = ByteWords.tail(bytes, at, Math.min(end, at + ByteWords.BYTES));
            if (probeNarrow(word, bytes, offset, end, at, told)
                    || (told == null && ByteWords.isForeign(word) && foldsIntoAscii(bytes, at, NARROW_BYTES, end))) {
                return true;
            }
        }
        return false;
    }

    /// Not 0 when the run may be in the table.
    private static int mark(byte[] marks, int shift, long run) {
        // The mask says to the compiler what is so anyway.
        return marks[(int) ((run * GramTable.FACTOR) >>> shift) & (marks.length - 1)];
    }

    /// Bit 0 says whether the run, roughly folded, may be in the table; the others say nothing.
    private static long bit(long[] bits, int shift, long run) {
        // A shift takes the lower six bits of its distance.
        long bit = (run * GramTable.FACTOR) >>> shift;
        return bits[(int) (bit >>> 6) & (bits.length - 1)] >>> bit;
    }

    /// Looks for such letters among those that begin in a part of the stretch, and a little behind it.
    private static boolean foldsIntoAscii(byte[] bytes, int at, int length, int end) {
        return ByteWords.foldsIntoAscii(bytes, at, Math.min(end - at, length + ByteWords.BYTES));
    }

    /// Looks at the run that begins at a place.
    private boolean probe(long word, byte[] bytes, int offset, int end, int at, @Nullable Evaluation told) {
        long run = (word | ByteWords.ROUGH) & WIDE_MASK;
        return wide.mayContain(run) && compare(wide.places(run), bytes, offset, end, at, told);
    }

    /// Looks at the runs of three bytes that begin at the first, third and fifth byte.
    private boolean probeNarrow(long bytesThere, byte[] bytes, int offset, int end, int at, @Nullable Evaluation told) {
        long word = bytesThere | ByteWords.ROUGH;
        for (int from = 0; from < NARROW_BYTES; from += 2) {
            long run = word >>> (8 * from) & NARROW_MASK;
            if (narrow.mayContain(run) && compare(narrow.places(run), bytes, offset, end, at + from, told)) {
                return true;
            }
        }
        return false;
    }

    private boolean searchShort(byte[] bytes, int offset, int end, @Nullable Evaluation told) {
        int pair = 0;
        for (int at = end - 1; at >= offset; at--) {
            pair = (ByteWords.lower(bytes[at]) & 0xFF) | (pair & 0xFF) << 8;
            if ((shortPairs[pair >> 6] & (1L << (pair & 63))) != 0 && foundShort(bytes, at, end, told)) {
                return true;
            }
        }
        return false;
    }

    private boolean foundShort(byte[] bytes, int at, int end, @Nullable Evaluation told) {
        for (int candidate : shortByFirst[ByteWords.lower(bytes[at]) & 0xFF]) {
            byte[] literal = shortTexts[candidate];
            if (at + literal.length <= end && ByteWords.isFolded(literal, bytes, at)) {
                if (told == null) {
                    return true;
                }
                told.hit(shortNumbers[candidate]);
            }
        }
        return false;
    }

    /// Notes the pairs of bytes with which a short text can begin.
    private void addPairs(byte[] literal) {
        int first = literal[0] & 0xFF;
        for (int second = 0; second < 256; second++) {
            if (literal.length == 1 || (literal[1] & 0xFF) == second) {
                int pair = first | second << 8;
                shortPairs[pair >> 6] |= 1L << (pair & 63);
            }
        }
    }

    /// @return when nobody is told: true when one of the texts is there
    private boolean compare(int[] entries, byte[] bytes, int offset, int end, int at, @Nullable Evaluation told) {
        for (int entry : entries) {
            int which = entry >> RUN_BITS;
            byte[] literal = text[which];
            int start = at - runAt[which] - (entry & RUN_MASK);
            if (start < offset || start + literal.length > end) {
                continue;
            }
            long word = start + ByteWords.BYTES <= end ? ByteWords.at(bytes, start) : ByteWords.tail(bytes, start, end);
            if (((word | ByteWords.ROUGH) & headMask[which]) == head[which]
                    && ByteWords.isFolded(literal, bytes, start)) {
                if (told == null) {
                    return true;
                }
                told.hit(number[which]);
            }
        }
        return false;
    }

    /// True when the text occurs in the stretch.
    static boolean contains(byte[] bytes, int offset, int length, byte[] text) {
        if (text.length == 0) {
            return true;
        }
        int last = offset + length - text.length;
        byte first = text[0];
        for (int at = offset; at <= last; at++) {
            if (bytes[at] == first && Arrays.equals(bytes, at, at + text.length, text, 0, text.length)) {
                return true;
            }
        }
        return false;
    }
}
