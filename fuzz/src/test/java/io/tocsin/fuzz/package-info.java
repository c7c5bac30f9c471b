/// Targets of the fuzzer: one method for each decoder that takes bytes from outside. Committed inputs lie beside them
/// in the test resources (`<Class>Inputs/<method>/`); `./tocsin fuzz` looks for more.
@NullMarked
package io.tocsin.fuzz;

import org.jspecify.annotations.NullMarked;
