package io.tocsin.correlator.index;

import io.tocsin.correlator.index.ByteTable.ByteText;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All indexed tests of one field. Texts are in lower case.
///
/// Thread-safety: immutable once built.
final class FieldIndex {
    private static final int SHORTEST_WORD = 4;
    private static final String NUMBER_CHARACTERS = "0123456789.-einfatyn";

    private final Map<ByteText, List<Integer>> equalEntries = ByteTable.entries();
    private @Nullable ByteTable equal;
    private final EdgeTexts prefixes = new EdgeTexts(false);
    private final EdgeTexts suffixes = new EdgeTexts(true);
    private final LiteralScanner literals = new LiteralScanner();
    private boolean hasPrefixes;
    private boolean hasSuffixes;
    private boolean hasLiterals;
    /// True when a number, written out, may contain one of the texts, or a text has letters outside of ASCII.
    private boolean hasOthers;
    private int presentTest = -1;
    /// More than any length when there is no text that values are to contain.
    private int shortestLiteral = Integer.MAX_VALUE;

    void addEqual(byte[] text, int test) {
        ByteTable.put(equalEntries, text, test);
    }

    void addPrefix(byte[] text, int test) {
        prefixes.add(text, test);
        hasPrefixes = true;
    }

    void addSuffix(byte[] text, int test) {
        suffixes.add(text, test);
        hasSuffixes = true;
    }

    void addLiteral(byte[] text, int test) {
        literals.add(text, test);
        hasLiterals = true;
        hasOthers |= mayStandInNumber(text) || !ByteWords.isAscii(text, 0, text.length);
    }

    /// True for texts of ASCII of four bytes or more that stand in no number.
    static boolean isWord(byte[] text) {
        return text.length >= SHORTEST_WORD && !mayStandInNumber(text) && ByteWords.isAscii(text, 0, text.length);
    }

    /// True when a number may be written with these characters only, `Infinity` and `NaN` included.
    private static boolean mayStandInNumber(byte[] text) {
        for (byte each : text) {
            if (NUMBER_CHARACTERS.indexOf(each) < 0) {
                return false;
            }
        }
        return true;
    }

    /// @param test what to call true when the field has a value
    void addPresence(int test) {
        presentTest = test;
    }

    /// @param seen some values of the field, empty when there are none
    void build(List<byte[]> seen) {
        equal = equalEntries.isEmpty() ? null : new ByteTable(equalEntries);
        prefixes.build();
        suffixes.build();
        literals.build(seen);
        shortestLiteral = literals.shortest();
    }

    void present(Evaluation evaluation) {
        if (presentTest >= 0) {
            evaluation.hit(presentTest);
        }
    }

    /// True when its tests are of texts of ASCII only that values contain, and no number contains one. Then all values
    /// of an event may be scanned as one.
    boolean looksInside() {
        return hasLiterals && equal == null && !hasPrefixes && !hasSuffixes && !hasOthers;
    }

    /// True when there are texts that values are to contain.
    boolean hasLiterals() {
        return hasLiterals;
    }

    /// True when nothing was added.
    boolean isEmpty() {
        return presentTest < 0 && equal == null && !hasPrefixes && !hasSuffixes && !hasLiterals;
    }

    /// For an index that [#looksInside]: false when none of its texts is in the stretch, however its letters are made
    /// small.
    boolean mayFind(byte[] bytes, int offset, int length) {
        return literals.mayFind(bytes, offset, length);
    }

    void scan(EventView view, int cell, Evaluation evaluation) {
        if (equal == null && !hasPrefixes && !hasSuffixes && view.length(cell) < shortestLiteral) {
            return;
        }
        view.prepare(cell);
        scan(view.preparedArray(cell), view.preparedOffset(cell), view.preparedLength(cell), evaluation);
    }

    /// @param bytes ASCII letters may be capital ones, other letters are small
    void scan(byte[] bytes, int offset, int length, Evaluation evaluation) {
        ByteTable table = equal;
        if (table != null) {
            for (int test : table.get(bytes, offset, length)) {
                evaluation.hit(test);
            }
        }
        if (hasPrefixes) {
            prefixes.scan(bytes, offset, length, evaluation);
        }
        if (hasSuffixes) {
            suffixes.scan(bytes, offset, length, evaluation);
        }
        if (hasLiterals) {
            literals.scan(bytes, offset, length, evaluation);
        }
    }
}
