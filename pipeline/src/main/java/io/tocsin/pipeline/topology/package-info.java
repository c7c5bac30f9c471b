/// Builds a running collector out of its resource and takes it down again: connector → lanes (normalizer,
/// filter, batch) → durable log. Back-pressure is a blocking call all the way from the log to the
/// connector; nothing in between holds more than one open batch per lane.
@NullMarked
package io.tocsin.pipeline.topology;

import org.jspecify.annotations.NullMarked;
