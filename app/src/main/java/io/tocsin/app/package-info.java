/// The application: one main, the list of subcommands and the wiring of `up`. The only place that knows every other
/// module.
@NullMarked
package io.tocsin.app;

import org.jspecify.annotations.NullMarked;
