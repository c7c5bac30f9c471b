package io.tocsin.correlator.index;

import io.tocsin.correlator.index.ByteTable.ByteText;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All indexed tests of one field. Texts are in lower case.
///
/// Thread-safety: immutable once built.
final class FieldIndex {
    private final Map<ByteText, List<Integer>> equalEntries = ByteTable.entries();
    private @Nullable ByteTable equal;
    private final ByteTrie prefixes = new ByteTrie(false);
    private final ByteTrie suffixes = new ByteTrie(true);
    private final LiteralScanner literals = new LiteralScanner();
    private boolean hasPrefixes;
    private boolean hasSuffixes;
    private boolean hasLiterals;
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
    }

    /// @param test what to call true when the field has a value
    void addPresence(int test) {
        presentTest = test;
    }

    void build() {
        equal = equalEntries.isEmpty() ? null : new ByteTable(equalEntries);
        prefixes.build();
        suffixes.build();
        literals.build();
        shortestLiteral = literals.shortest();
    }

    void present(Evaluation evaluation) {
        if (presentTest >= 0) {
            evaluation.hit(presentTest);
        }
    }

    void scan(EventView view, int cell, Evaluation evaluation) {
        ByteTable table = equal;
        if (table == null && !hasPrefixes && !hasSuffixes && view.length(cell) < shortestLiteral) {
            return;
        }
        view.prepare(cell);
        byte[] bytes = view.preparedArray(cell);
        int offset = view.preparedOffset(cell);
        int length = view.preparedLength(cell);
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
