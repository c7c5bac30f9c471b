/// What a rule is, whoever wrote it: the one intermediate form into which own rules and Sigma rules are read,
/// and which the engine runs.
@NullMarked
package io.tocsin.correlator.rule;

import org.jspecify.annotations.NullMarked;
