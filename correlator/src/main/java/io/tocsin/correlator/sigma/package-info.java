/// Reads Sigma detection rules as they are into the intermediate form. What is not understood is refused for
/// the rule as a whole, with place and reason: a rule is never loaded by half.
@NullMarked
package io.tocsin.correlator.sigma;

import org.jspecify.annotations.NullMarked;
