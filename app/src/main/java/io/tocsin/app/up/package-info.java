/// Wires the parts of one machine together: resources, node log, collectors, correlator, storage and core.
@NullMarked
package io.tocsin.app.up;

import org.jspecify.annotations.NullMarked;
