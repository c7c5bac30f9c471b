package io.tocsin.pipeline.enrich.indicator;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A threat list as it is written. Immutable.
interface IndicatorList {
    /// What the list is called in what events say of it.
    String name();

    /// The file to read, which is read again when it changes.
    ///
    /// @param folder where lists that come over the network are kept
    Path file(Path folder);

    /// Reads all of it. What is no indicator is passed over and counted.
    ///
    /// @throws IOException when it cannot be read
    void read(Path file, IndicatorSink sink) throws IOException;

    /// The server that the file comes from, or null when somebody else writes it.
    default @Nullable TaxiiList server() {
        return null;
    }
}
