/// Lookups at servers that may take their time: a bounded cache with answers and non-answers, a queue with a rate
/// limit in front of each server, and the two ways to ask: name servers and directories.
@NullMarked
package io.tocsin.pipeline.enrich.lookup;

import org.jspecify.annotations.NullMarked;
