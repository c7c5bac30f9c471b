/// The rules that the correlators have loaded, for display.
@NullMarked
package io.tocsin.core.rule;

import org.jspecify.annotations.NullMarked;
