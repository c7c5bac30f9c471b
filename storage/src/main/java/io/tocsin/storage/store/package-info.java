/// The tables and everything that is written to them: the `events` table made from the schema, the ledger, and the
/// inserter that stores each delivery once however often it arrives.
@NullMarked
package io.tocsin.storage.store;

import org.jspecify.annotations.NullMarked;
