/// Speed of the normalizers in process, on lines that generators of this package write.
@NullMarked
package io.tocsin.bench.normalizer;

import org.jspecify.annotations.NullMarked;
