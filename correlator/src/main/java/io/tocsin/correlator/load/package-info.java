/// Reads rules from files: own rules, Sigma rules, and what is wrong with those that cannot be used.
@NullMarked
package io.tocsin.correlator.load;

import org.jspecify.annotations.NullMarked;
