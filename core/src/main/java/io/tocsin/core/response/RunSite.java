package io.tocsin.core.response;

import io.tocsin.core.table.TableStore;
import java.nio.file.Path;
import java.time.InstantSource;

/// What actions need of the installation.
///
/// @param scripts the one folder whose files may be run
/// @param tables active lists and context tables
record RunSite(Path scripts, TableStore tables, InstantSource clock) {}
