package io.tocsin.correlator.index;

import io.tocsin.correlator.rule.Match;
import io.tocsin.expression.BoundedRegex;
import org.jspecify.annotations.Nullable;

/// How a test is decided.
///
/// @param field number of the field, -1 for anywhere
/// @param match with texts in small letters where that is how values are compared
/// @param text what the value is compared with, in UTF-8; empty where that is not one text
/// @param known a text in small letters, without which the test is false, by which a scan finds it; empty for none
/// @param regex only of tests that need one
@SuppressWarnings("ArrayRecordComponent")
record TestPlan(
        int field,
        Match match,
        Knowledge knowledge,
        byte[] text,
        byte[] known,
        @Nullable BoundedRegex regex) {
    /// How a test is known to be true.
    enum Knowledge {
        /// The scan of its field says so.
        EXACT,
        /// The scan says when it may be true; then the value is looked at.
        POSSIBLE,
        /// The value is looked at.
        DIRECT
    }

    private static final byte[] NOTHING = {};

    /// A test that no scan finds.
    static TestPlan direct(int field, Match match) {
        return new TestPlan(field, match, Knowledge.DIRECT, NOTHING, NOTHING, null);
    }

    TestPlan withRegex(BoundedRegex compiled) {
        return new TestPlan(field, match, knowledge, text, known, compiled);
    }

    /// Writes the test into the index of its field.
    void addTo(FieldIndex index, int number) {
        if (match instanceof Match.Present) {
            index.addPresence(number);
        } else if (knowledge != Knowledge.DIRECT) {
            switch (match) {
                case Match.Same _ -> index.addEqual(known, number);
                case Match.StartsWith _ -> index.addPrefix(known, number);
                case Match.EndsWith _ -> index.addSuffix(known, number);
                default -> index.addLiteral(known, number);
            }
        }
    }

    /// True when a scan needs not all of a value to find the test: beginning, end, or all at once by a hash.
    boolean isAtEdge() {
        return match instanceof Match.Same || match instanceof Match.StartsWith || match instanceof Match.EndsWith;
    }

    /// True for a text that may stand anywhere in an event and is worth to be looked for in every event: a few short
    /// ones would spoil the scan for all.
    boolean isWordAnywhere() {
        return field < 0 && !isAtEdge() && FieldIndex.isWord(known);
    }
}
