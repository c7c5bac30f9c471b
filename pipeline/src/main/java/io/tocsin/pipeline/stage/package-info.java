/// What the steps between the normalizer and the durable log have in common: filter, aggregate, enrich, mutate.
/// A step is one file in a package of its own and one line in `topology.Stages`.
@NullMarked
package io.tocsin.pipeline.stage;

import org.jspecify.annotations.NullMarked;
