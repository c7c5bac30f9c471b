package io.tocsin.pipeline.enrich.indicator;

import org.jspecify.annotations.Nullable;

/// One row of a threat list as it was read.
///
/// @param kind what it is; null: as it looks
/// @param value its text; `hxxp://` and `[.]` are understood
/// @param list name of the list
/// @param category what it stands for, such as `botnet`; may be empty
/// @param confidence 0 to 100, or -1 when the list does not say
/// @param expiresAtMillis when it stops to count, milliseconds since the epoch, or `Long.MAX_VALUE`
/// @param reference identifier or name of it in the list; may be empty
public record Indicator(
        @Nullable IndicatorKind kind,
        String value,
        String list,
        String category,
        int confidence,
        long expiresAtMillis,
        String reference) {}
