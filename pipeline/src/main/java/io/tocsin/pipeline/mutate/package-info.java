/// Changes the fields of events: sets, copies, renames, converts and removes them.
@NullMarked
package io.tocsin.pipeline.mutate;

import org.jspecify.annotations.NullMarked;
