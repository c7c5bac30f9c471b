package io.tocsin.storage.block;

import java.util.List;
import java.util.stream.Collectors;

/// A column as it stands in a block.
///
/// @param name name of the column in the table
/// @param type ClickHouse type in the block; the table may hold it in a denser type that it converts to
public record BlockColumn(String name, String type) {
    /// The columns as the structure argument of the table function `file`.
    public static String structure(List<BlockColumn> columns) {
        return columns.stream()
                .map(column -> "`" + column.name() + "` " + column.type())
                .collect(Collectors.joining(", "));
    }

    /// The quoted names, separated by commas.
    public static String names(List<BlockColumn> columns) {
        return columns.stream().map(column -> "`" + column.name() + "`").collect(Collectors.joining(", "));
    }
}
