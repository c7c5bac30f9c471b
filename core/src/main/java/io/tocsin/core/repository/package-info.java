/// The database file of the core: one writer, several readers, schema by migration.
@NullMarked
package io.tocsin.core.repository;

import org.jspecify.annotations.NullMarked;
