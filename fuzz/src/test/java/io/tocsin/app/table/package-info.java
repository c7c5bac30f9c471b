/// Fuzzing of what files of lists are read with.
@NullMarked
package io.tocsin.app.table;

import org.jspecify.annotations.NullMarked;
