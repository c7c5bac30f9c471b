package io.tocsin.core.rule;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the loaded rules changed since the correlator started.
///
/// @param items newest first
/// @param leftOut rules that cannot be used
/// @param refused why the last change of the files was not made as a whole, or null
public record RuleChanges(
        List<Change> items, List<LeftOut> leftOut, @Nullable String refused) {
    public RuleChanges {
        items = List.copyOf(items);
        leftOut = List.copyOf(leftOut);
    }

    /// One change, by ids of rules.
    ///
    /// @param time epoch ms
    /// @param unchanged number of rules that went on with what they knew
    public record Change(long time, List<String> added, List<String> changed, List<String> removed, int unchanged) {
        public Change {
            added = List.copyOf(added);
            changed = List.copyOf(changed);
            removed = List.copyOf(removed);
        }
    }

    /// A rule that cannot be used.
    ///
    /// @param line from 1; 0 when unknown
    /// @param rule empty when it has no name that can be read
    public record LeftOut(String file, int line, String rule, String reason) {}
}
