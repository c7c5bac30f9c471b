/// The client of the storage service, which lives in another process and may restart at any time.
@NullMarked
package io.tocsin.core.storage;

import org.jspecify.annotations.NullMarked;
