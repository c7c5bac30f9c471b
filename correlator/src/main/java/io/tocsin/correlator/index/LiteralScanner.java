package io.tocsin.correlator.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds which of many texts occur anywhere in a value, in one pass over it whatever their number.
///
/// The pass does not look at every byte. A text of seven bytes or more is known by four runs of four bytes, one
/// after another; wherever it stands in a value, one of them begins at a place that is a multiple of four, so only
/// these places are looked at. When all texts are longer, more runs are taken and fewer places looked at: one in
/// eight when none has fewer than eleven bytes. A text of four to six bytes is known in the same way by two runs of
/// three, and every second place is looked at. A small table says at once that nearly all runs are in no text; where it
/// says otherwise, what stands behind the run is compared, and where that is the same, all of the text. Texts of fewer
/// than four bytes are found by their first two.
///
/// Thread-safety: immutable once built.
final class LiteralScanner {
    private final List<byte[]> texts = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();
    private @Nullable ShortTexts few;
    private @Nullable WideScan wide;
    private @Nullable NarrowScan narrow;
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

    /// @param seen some of the values that will be searched, empty when there are none
    void build(List<byte[]> seen) {
        few = part(1, NarrowScan.MINIMUM, ShortTexts::new);
        narrow = part(
                NarrowScan.MINIMUM, WideScan.MINIMUM, (chosen, numbered) -> new NarrowScan(chosen, numbered, seen));
        wide = part(WideScan.MINIMUM, Integer.MAX_VALUE, (chosen, numbered) -> new WideScan(chosen, numbered, seen));
        texts.clear();
        numbers.clear();
    }

    private interface Maker<T> {
        T make(List<byte[]> texts, List<Integer> numbers);
    }

    /// What looks for the texts that are as long as said, null when there are none.
    private <T> @Nullable T part(int least, int below, Maker<T> maker) {
        List<byte[]> chosen = new ArrayList<>();
        List<Integer> chosenNumbers = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            int length = texts.get(i).length;
            if (length >= least && length < below) {
                chosen.add(texts.get(i));
                chosenNumbers.add(numbers.get(i));
            }
        }
        return chosen.isEmpty() ? null : maker.make(chosen, chosenNumbers);
    }

    /// True for texts that are known by many places of a value: they slow the scan.
    static boolean isShort(byte[] literal) {
        return literal.length < WideScan.MINIMUM;
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
        ShortTexts shorts = few;
        if (shorts != null
                && (shorts.search(bytes, offset, end, told)
                        || (told == null && ByteWords.foldsIntoAscii(bytes, offset, length)))) {
            return true;
        }
        WideScan longs = wide;
        if (longs != null && length >= WideScan.MINIMUM && longs.search(bytes, offset, end, told)) {
            return true;
        }
        NarrowScan others = narrow;
        return others != null && length >= NarrowScan.MINIMUM && others.search(bytes, offset, end, told);
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
