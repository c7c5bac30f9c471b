/// The event: its fields, batches of events over one byte arena, identifiers and the text formats it is shown in.
@NullMarked
package io.tocsin.event;

import org.jspecify.annotations.NullMarked;
