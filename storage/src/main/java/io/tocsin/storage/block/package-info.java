/// Writes events and ledger entries as blocks of the ClickHouse `Native` format: column after column, only those
/// that are filled, straight from the spans of a batch. No text is decoded on the way.
@NullMarked
package io.tocsin.storage.block;

import org.jspecify.annotations.NullMarked;
