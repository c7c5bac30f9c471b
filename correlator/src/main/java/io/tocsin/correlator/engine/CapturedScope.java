package io.tocsin.correlator.engine;

import io.tocsin.correlator.function.Scope;
import io.tocsin.correlator.function.TableReader;
import io.tocsin.expression.FieldReference;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/// What expressions of actions see: of each field the first value among the events of the hit.
///
/// Thread-safety: one thread.
final class CapturedScope implements Scope {
    private final Map<FieldReference, SequencedSet<String>> values;
    private final TableReader tables;
    private final long nowMillis;

    CapturedScope(Map<FieldReference, SequencedSet<String>> values, TableReader tables, long nowMillis) {
        this.values = values;
        this.tables = tables;
        this.nowMillis = nowMillis;
    }

    @Override
    public List<String> values(FieldReference field) {
        SequencedSet<String> known = values.get(field);
        return known == null ? List.of() : List.of(known.getFirst());
    }

    @Override
    public TableReader tables() {
        return tables;
    }

    @Override
    public long nowMillis() {
        return nowMillis;
    }

    @Override
    public void failed() {
        // Counted where values of events are computed; here nothing comes that was not there.
    }
}
