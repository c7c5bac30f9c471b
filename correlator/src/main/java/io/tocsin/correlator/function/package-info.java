/// The language of computed values in own rules: expressions, and the functions they call. Functions are pure but for
/// the tables they may read, total (bad input gives an empty value and is counted) and bounded in what they make.
@NullMarked
package io.tocsin.correlator.function;

import org.jspecify.annotations.NullMarked;
