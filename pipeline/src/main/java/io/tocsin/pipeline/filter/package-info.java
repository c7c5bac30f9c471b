/// Drops events that nobody needs, before they cost anything further. What is dropped is counted in the
/// ledger.
@NullMarked
package io.tocsin.pipeline.filter;

import org.jspecify.annotations.NullMarked;
