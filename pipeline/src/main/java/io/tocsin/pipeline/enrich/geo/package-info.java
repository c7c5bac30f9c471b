/// Where addresses are and whose they are: a reader of databases in the MaxMind DB format, and its records made
/// ready to be written to events. Knows files and bytes, not events.
@NullMarked
package io.tocsin.pipeline.enrich.geo;

import org.jspecify.annotations.NullMarked;
