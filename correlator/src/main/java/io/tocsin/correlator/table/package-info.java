/// Active lists and context tables: what rules remember under keys, with a time to live in event time; and dictionaries
/// and tables, which rules only read.
@NullMarked
package io.tocsin.correlator.table;

import org.jspecify.annotations.NullMarked;
