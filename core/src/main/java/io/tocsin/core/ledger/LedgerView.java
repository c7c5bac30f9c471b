package io.tocsin.core.ledger;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Port: the ledger entries that are on their way. Counts travel with the batches that they count, so an entry
/// is told here from the moment its batch is in the log until storage has acknowledged that batch, and by
/// storage from then on.
@FunctionalInterface
public interface LedgerView {
    /// Returns the entries of all batches that are not acknowledged, for receptions in `[fromMillis, toMillis)`.
    List<LedgerEntry> unacknowledged(long fromMillis, long toMillis);

    /// Looks for an event in the logs and among the refused deliveries of this process.
    ///
    /// @param madeAtMillis when its identifier was made, epoch ms, or null when the identifier does not say
    default LogPlaces find(UUID id, @Nullable Long madeAtMillis) {
        return LogPlaces.NONE;
    }
}
