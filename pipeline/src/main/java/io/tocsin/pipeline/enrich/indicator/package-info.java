/// Threat indicators: lists from files and TAXII servers, and one compact index over all of them that tells for a
/// text of an event which indicators it is, or lies in. Knows bytes and lists, not events.
@NullMarked
package io.tocsin.pipeline.enrich.indicator;

import org.jspecify.annotations.NullMarked;
