package io.tocsin.correlator.sigma;

import io.tocsin.config.Problems;

/// What reading a rule needs at hand.
///
/// @param problems take what makes the rule unusable
/// @param notes take what its user should know all the same
record SigmaContext(SigmaTaxonomy taxonomy, SigmaLogsource logsource, Problems problems, Problems notes) {}
