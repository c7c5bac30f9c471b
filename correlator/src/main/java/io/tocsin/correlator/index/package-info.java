/// Finds which of thousands of filters an event fulfils without asking each: every distinct test gets a
/// number and is decided at most once an event, equal and literal tests of a field by one look-up and one
/// scan of its value, and only filters of which a necessary test came true are evaluated.
@NullMarked
package io.tocsin.correlator.index;

import org.jspecify.annotations.NullMarked;
