package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.window.RuleWindows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Saves and takes back windows and counters of rules.
final class RuleStates {
    private RuleStates() {}

    static void write(List<RuleRuntime> runtimes, StateWriter out) {
        List<RuleRuntime> standard =
                runtimes.stream().filter(runtime -> runtime.windows != null).toList();
        out.count(standard.size());
        for (RuleRuntime runtime : standard) {
            out.text(runtime.rule.id());
            out.bits(runtime.rule.contentHash());
            StateWriter nested = new StateWriter();
            RuleWindows windows = runtime.windows;
            if (windows != null) {
                windows.write(nested);
            }
            nested.count(runtime.hits);
            nested.number(runtime.lastHitMillis);
            nested.count(runtime.late);
            nested.count(runtime.settledEarly);
            out.blob(nested.array(), 0, nested.length());
        }
    }

    /// Takes over saved state of rules that say the same as when it was saved.
    ///
    /// @return ids of rules whose saved state was left out
    static List<String> read(List<RuleRuntime> runtimes, StateReader in) {
        Map<String, RuleRuntime> byId = new HashMap<>();
        for (RuleRuntime runtime : runtimes) {
            byId.put(runtime.rule.id(), runtime);
        }
        List<String> leftOut = new ArrayList<>();
        int count = in.size();
        for (int i = 0; i < count; i++) {
            String id = in.text();
            long contentHash = in.bits();
            byte[] saved = in.blob();
            RuleRuntime runtime = byId.get(id);
            RuleWindows windows = runtime == null ? null : runtime.windows;
            if (runtime == null || windows == null || runtime.rule.contentHash() != contentHash) {
                leftOut.add(id);
                continue;
            }
            StateReader nested = new StateReader(saved);
            windows.restore(nested);
            runtime.hits = nested.count();
            runtime.lastHitMillis = nested.number();
            runtime.late = nested.count();
            runtime.settledEarly = nested.count();
        }
        return leftOut;
    }
}
