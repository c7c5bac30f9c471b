package io.tocsin.correlator.engine;

import io.tocsin.correlator.function.Scope;
import io.tocsin.correlator.function.Value;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.TableOperation;
import io.tocsin.correlator.table.Tables;
import io.tocsin.event.EntryOrigin;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What actions of rules do to active lists and context tables.
///
/// Thread-safety: one thread, that of the tables.
record TableActions(Tables tables) {
    /// Of what is told about tables.
    static final EntryOrigin ORIGIN = EntryOrigin.local("correlator", "correlator", "");

    /// Does what an action says of tables.
    ///
    /// @param reading true when nothing is to be changed: it was before
    /// @param receivedNanos reception time of the event that is being processed
    /// @param out takes what is written to shared tables, for the other correlators
    /// @return what is read for the correlation event
    Map<FieldReference, String> run(
            RuleAction action, Scope scope, long timeMillis, boolean reading, long receivedNanos, Correlations out) {
        Map<FieldReference, String> read = new HashMap<>();
        for (TableOperation operation : action.tables()) {
            if (reading && operation.kind() != TableOperation.Kind.GET) {
                continue;
            }
            List<String> key = new ArrayList<>();
            operation.key().forEach(part -> key.add(part.evaluate(scope).text()));
            Map<String, List<String>> values = new TreeMap<>();
            operation.values().forEach((field, value) -> {
                Value computed = value.evaluate(scope);
                values.put(field, computed.items());
            });
            String table = operation.table();
            switch (operation.kind()) {
                case SET -> tables.set(table, key, values, timeMillis);
                case MERGE -> tables.merge(table, key, values, timeMillis);
                case SUM -> tables.sum(table, key, values, timeMillis);
                case DELETE -> tables.delete(table, key, timeMillis);
                case GET -> {
                    for (Map.Entry<String, FieldReference> each :
                            operation.into().entrySet()) {
                        List<String> found = tables.values(table, each.getKey(), key);
                        if (!found.isEmpty()) {
                            read.put(each.getValue(), String.join(",", found));
                        }
                    }
                }
            }
        }
        tables.takeWritten().forEach(each -> out.add(each, ORIGIN, receivedNanos));
        return read;
    }
}
