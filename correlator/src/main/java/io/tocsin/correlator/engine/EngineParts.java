package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StatePart;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.table.Tables;
import io.tocsin.correlator.window.RuleWindows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// The state of an engine as parts: each rule with windows, the tables, and what is common to all.
final class EngineParts {
    private static final String RULE = "rule ";

    private EngineParts() {}

    static List<StatePart> of(List<RuleRuntime> runtimes, EventTimes times, StrictRules strict, Tables tables) {
        List<StatePart> parts = new ArrayList<>();
        parts.add(new Whole("times", times::write, times::read));
        parts.add(new Whole("waiting", strict::write, strict::read));
        parts.add(new OfTables(tables));
        for (RuleRuntime runtime : runtimes) {
            if (runtime.windows != null) {
                parts.add(new OfRule(runtime));
            }
        }
        return parts;
    }

    /// Id of the rule of a part; empty for parts of no rule.
    static String ruleOf(String partName) {
        return partName.startsWith(RULE) ? partName.substring(RULE.length()) : "";
    }

    /// Writes parts one after another.
    static void write(List<StatePart> parts, StateWriter out) {
        StateWriter nested = new StateWriter();
        out.count(parts.size());
        for (StatePart part : parts) {
            out.text(part.name());
            out.bits(part.contentHash());
            nested.clear();
            part.write(nested);
            out.blob(nested.array(), 0, nested.length());
        }
    }

    /// Takes over parts that are still there and say the same as when they were written.
    ///
    /// @return names of those that were left out
    static List<String> read(List<StatePart> parts, StateReader in) {
        Map<String, StatePart> byName = new HashMap<>();
        parts.forEach(part -> byName.put(part.name(), part));
        List<String> leftOut = new ArrayList<>();
        int count = in.size();
        for (int i = 0; i < count; i++) {
            String name = in.text();
            long contentHash = in.bits();
            StateReader nested = in.nested();
            StatePart part = byName.get(name);
            if (part == null || part.contentHash() != contentHash) {
                leftOut.add(name);
            } else {
                part.read(SavedPieces.of(nested));
            }
        }
        return leftOut;
    }

    /// What is small, or changes as a whole.
    private record Whole(String name, Consumer<StateWriter> writing, Consumer<StateReader> reading)
            implements StatePart {
        @Override
        public long contentHash() {
            return 0;
        }

        @Override
        public boolean isUnchanged() {
            return false;
        }

        @Override
        public boolean knowsChanges() {
            return false;
        }

        @Override
        public void write(StateWriter out) {
            writing.accept(out);
        }

        @Override
        public void writeChanges(StateWriter out) {
            throw new IllegalStateException("BUG: it does not know its changes");
        }

        @Override
        public void saved() {
            // It is written whole each time.
        }

        @Override
        public void read(SavedPieces pieces) {
            reading.accept(pieces.piece(0));
        }
    }

    /// Records of lists and tables. A table that says something else now keeps its records.
    private record OfTables(Tables tables) implements StatePart {
        @Override
        public String name() {
            return "tables";
        }

        @Override
        public long contentHash() {
            return 0;
        }

        @Override
        public boolean isUnchanged() {
            return tables.isUnchanged();
        }

        @Override
        public boolean knowsChanges() {
            return tables.knowsChanges();
        }

        @Override
        public void write(StateWriter out) {
            tables.write(out);
        }

        @Override
        public void writeChanges(StateWriter out) {
            tables.writeChanges(out);
        }

        @Override
        public void saved() {
            tables.saved();
        }

        @Override
        public void read(SavedPieces pieces) {
            tables.read(pieces);
        }
    }

    /// Windows and counters of a rule.
    ///
    /// Thread-safety: one thread.
    private static final class OfRule implements StatePart {
        private final RuleRuntime runtime;
        private List<Long> savedCounters = List.of();

        OfRule(RuleRuntime runtime) {
            this.runtime = runtime;
        }

        @Override
        public String name() {
            return RULE + runtime.rule.id();
        }

        @Override
        public long contentHash() {
            return runtime.rule.contentHash();
        }

        private RuleWindows windows() {
            return runtime.requiredWindows();
        }

        private List<Long> counters() {
            return List.of(
                    runtime.hits,
                    runtime.lastHitMillis,
                    runtime.late,
                    runtime.settledEarly,
                    windows().evicted());
        }

        @Override
        public boolean isUnchanged() {
            return windows().isUnchanged() && counters().equals(savedCounters);
        }

        @Override
        public boolean knowsChanges() {
            return windows().knowsChanges();
        }

        @Override
        public void write(StateWriter out) {
            windows().write(out);
            writeCounters(out);
        }

        @Override
        public void writeChanges(StateWriter out) {
            windows().writeChanges(out);
            writeCounters(out);
        }

        private void writeCounters(StateWriter out) {
            out.count(runtime.hits);
            out.number(runtime.lastHitMillis);
            out.count(runtime.late);
            out.count(runtime.settledEarly);
        }

        @Override
        public void saved() {
            windows().saved();
            savedCounters = counters();
        }

        @Override
        public void read(SavedPieces pieces) {
            AtomicBoolean isNewest = new AtomicBoolean(true);
            windows().restore(pieces, in -> readCounters(in, isNewest.getAndSet(false)));
        }

        private void readCounters(StateReader in, boolean isNewest) {
            long hits = in.count();
            long lastHitMillis = in.number();
            long late = in.count();
            long settledEarly = in.count();
            if (isNewest) {
                runtime.hits = hits;
                runtime.lastHitMillis = lastHitMillis;
                runtime.late = late;
                runtime.settledEarly = settledEarly;
            }
        }
    }
}
