/// Benchmarks of connectors.
@NullMarked
package io.tocsin.bench.connector;

import org.jspecify.annotations.NullMarked;
