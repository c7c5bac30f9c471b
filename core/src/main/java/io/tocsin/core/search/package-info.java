/// Events for people: search, one event, the fields there are, and the live tail.
@NullMarked
package io.tocsin.core.search;

import org.jspecify.annotations.NullMarked;
