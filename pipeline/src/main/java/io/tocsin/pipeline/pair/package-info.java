/// Two collectors of equal configuration that keep what they hold over for each other
/// (`docs/specs/pair.md`): one of them joins and folds what both receive, the other has a replica and
/// takes over. Here are the protocol and the decisions; what is held, and the log, are the topology's.
@NullMarked
package io.tocsin.pipeline.pair;

import org.jspecify.annotations.NullMarked;
