/// Events as JSON objects with the names of fields as keys, made into events again.
@NullMarked
package io.tocsin.core.event;

import org.jspecify.annotations.NullMarked;
