/// What each way in and each way out costs: the benchmark of inputs and destinations.
@NullMarked
package io.tocsin.app.bench.transport;

import org.jspecify.annotations.NullMarked;
