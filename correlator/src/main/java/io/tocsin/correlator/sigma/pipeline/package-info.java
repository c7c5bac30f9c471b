/// Processing pipelines: they give the fields, log sources and values of Sigma rules other names before the rules are
/// compiled. A pipeline is a list of items; each holds one transformation and says for which rules, lines and fields
/// it is. Rules wait for their turn as drafts. What a pipeline may say stands in `docs/guides/sigma-pipelines.md`.
@NullMarked
package io.tocsin.correlator.sigma.pipeline;

import org.jspecify.annotations.NullMarked;
