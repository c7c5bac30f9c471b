/// The storage service: takes deliveries, answers searches and the ledger, over HTTP on the engine of this process.
/// Also the other side: how another process starts the storage and keeps it running.
@NullMarked
package io.tocsin.storage;

import org.jspecify.annotations.NullMarked;
