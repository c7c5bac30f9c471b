package io.tocsin.core.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One page of a list.
///
/// @param next cursor of the next page, null on the last one
public record Page<T>(List<T> items, @Nullable String next) {
    /// A list that is always whole.
    public static <T> Page<T> whole(List<T> items) {
        return new Page<>(items, null);
    }
}
