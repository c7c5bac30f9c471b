package io.tocsin.correlator.detect;

import io.tocsin.correlator.window.WindowProgress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one rule made of one event.
///
/// @param timeMillis event time, as the rule takes it
/// @param key values of the identical fields, as `name=value`
/// @param before how far its window had come; null when there was none
/// @param after how far it has come; null when there is none
/// @param findings what was announced at this event, in words
/// @param reason why it did, or did not, find something
public record Explanation(
        long timeMillis,
        List<SelectorTrace> selectors,
        List<String> key,
        @Nullable WindowProgress before,
        @Nullable WindowProgress after,
        List<String> findings,
        String reason) {
    public Explanation {
        selectors = List.copyOf(selectors);
        key = List.copyOf(key);
        findings = List.copyOf(findings);
    }

    /// A selector and its condition.
    ///
    /// @param fedBy the rule whose findings it counts instead of events, empty for none
    public record SelectorTrace(String alias, int threshold, String fedBy, boolean holds, List<Node> nodes) {
        public SelectorTrace {
            nodes = List.copyOf(nodes);
        }
    }

    /// A node of a condition, in the order of reading.
    ///
    /// @param depth 0 for the whole condition
    /// @param values what the event has in the field; empty when it has nothing, or the node is no test
    /// @param decides true when the answer of the whole condition would be another with another answer here
    public record Node(int depth, String text, boolean isTest, boolean holds, List<String> values, boolean decides) {
        public Node {
            values = List.copyOf(values);
        }
    }
}
