/// Benchmarks of what a connector keeps to itself.
@NullMarked
package io.tocsin.pipeline.connector;

import org.jspecify.annotations.NullMarked;
