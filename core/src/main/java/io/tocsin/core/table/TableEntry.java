package io.tocsin.core.table;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A record of a list or table. Times are epoch ms of event time; null in dictionaries and tables.
///
/// @param key its parts in the order of the key fields
/// @param values by field, in the order of their names
/// @param updates how often it was written after it was made
/// @param expiresAt null for never
public record TableEntry(
        List<String> key,
        Map<String, List<String>> values,
        long updates,
        @Nullable Long createdAt,
        @Nullable Long updatedAt,
        @Nullable Long expiresAt) {}
