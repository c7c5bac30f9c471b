package io.tocsin.core.table;

import java.util.List;
import java.util.Map;

/// A change of one record, or of all of them.
///
/// @param key its parts in the order of the key fields; empty for [Kind#CLEAR]
/// @param values by field; empty for deletions
/// @param atMillis event time from which strict rules see it; 0 for as soon as it is read
/// @param actor login of who makes it, or what else does, such as `response:NAME`
public record TableEdit(
        String table, Kind kind, List<String> key, Map<String, List<String>> values, long atMillis, String actor) {
    /// What is done.
    public enum Kind {
        /// The record has these fields and no others.
        PUT,
        /// These fields are written, others stay.
        SET,
        /// Numbers are added to fields.
        SUM,
        /// Values are added to fields, each once.
        MERGE,
        DELETE,
        CLEAR
    }

    public TableEdit {
        key = List.copyOf(key);
        values = Map.copyOf(values);
    }

    /// A record as it is to be, from now on.
    public static TableEdit put(String table, List<String> key, Map<String, List<String>> values, String actor) {
        return new TableEdit(table, Kind.PUT, key, values, 0, actor);
    }
}
