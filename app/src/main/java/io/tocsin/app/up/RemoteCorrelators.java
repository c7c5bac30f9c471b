package io.tocsin.app.up;

import io.tocsin.app.table.RemoteTables;
import io.tocsin.core.table.TableStore;
import io.tocsin.core.table.TableStores;
import io.tocsin.error.TocsinException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Correlators of other processes, whose lists and tables people see and change here, and with which this one shares
/// lists.
///
/// Thread-safety: any thread.
final class RemoteCorrelators implements AutoCloseable {
    /// The variable with their addresses, separated by commas.
    static final String VARIABLE = "TOCSIN_CORRELATORS";

    private final List<URI> addresses;
    private final List<RemoteTables> tables;

    /// @param text addresses of `correlator --listen`, separated by commas; null or empty: there are none
    /// @param secret of the installation
    /// @throws TocsinException when one is no address
    RemoteCorrelators(@Nullable String text, String secret) {
        addresses = List.copyOf(ServiceAddresses.parse(VARIABLE, text, "correlators"));
        tables = addresses.stream()
                .map(address -> new RemoteTables(address, secret))
                .toList();
    }

    List<URI> addresses() {
        return addresses;
    }

    /// The tables of these, and those of the correlator of this process.
    TableStores with(TableStore local) {
        return new TableStores(
                local,
                tables.stream()
                        .map(each -> new TableStores.Member(each.name(), each))
                        .toList());
    }

    @Override
    public void close() {
        tables.forEach(RemoteTables::close);
    }
}
