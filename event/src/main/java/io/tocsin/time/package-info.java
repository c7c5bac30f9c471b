/// The clock. Everything that needs the time gets it through its constructor; only [io.tocsin.time.SystemClock]
/// asks the machine.
@NullMarked
package io.tocsin.time;

import org.jspecify.annotations.NullMarked;
