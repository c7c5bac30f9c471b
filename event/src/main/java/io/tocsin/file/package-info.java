/// Files that outlive a crash of the machine.
@NullMarked
package io.tocsin.file;

import org.jspecify.annotations.NullMarked;
