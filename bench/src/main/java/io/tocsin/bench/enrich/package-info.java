/// What looking things up costs: threat lists with a million indicators and geo databases.
@NullMarked
package io.tocsin.bench.enrich;

import org.jspecify.annotations.NullMarked;
