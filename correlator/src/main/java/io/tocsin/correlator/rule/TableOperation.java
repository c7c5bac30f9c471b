package io.tocsin.correlator.rule;

import io.tocsin.correlator.function.Expression;
import io.tocsin.expression.FieldReference;
import java.util.List;
import java.util.Map;

/// What a rule does with a record of an active list or context table. Immutable.
///
/// @param table name of the table
/// @param key values of the key, in the order of the key fields; nothing is done when all of them are empty
/// @param values what is written, by field of the record
/// @param into for [Kind#GET]: where the fields of the record go in the correlation event
public record TableOperation(
        String table,
        Kind kind,
        List<Expression> key,
        Map<String, Expression> values,
        Map<String, FieldReference> into) {
    public TableOperation {
        key = List.copyOf(key);
        values = Map.copyOf(values);
        into = Map.copyOf(into);
    }

    public enum Kind {
        /// Writes the record, or the fields that are named.
        SET,
        /// Copies fields of the record into the correlation event.
        GET,
        /// Removes the record.
        DELETE,
        /// Adds numbers to the fields.
        SUM,
        /// Adds values to lists, each once.
        MERGE
    }
}
