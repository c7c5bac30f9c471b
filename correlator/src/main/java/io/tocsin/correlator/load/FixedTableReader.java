package io.tocsin.correlator.load;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.correlator.table.FixedTable;
import org.jspecify.annotations.Nullable;

/// Reads resources of the kinds `dictionary` and `table`. Collectors read the same resources, in a module that the
/// correlator does not know; so whoever puts both together says how rows in files are read.
@FunctionalInterface
public interface FixedTableReader {
    /// Reads rows that are written out in the resource itself. Files are not read: their tables are empty.
    FixedTableReader WRITTEN = TableSpecs::readFixed;

    /// Reads a dictionary or table.
    ///
    /// @param kind `dictionary` or `table`
    /// @return null after at least one problem was added
    @Nullable
    FixedTable read(String kind, String name, ConfigNode spec, Problems problems);
}
