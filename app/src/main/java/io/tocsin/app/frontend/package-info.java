/// Configurations of the programs that stand before two or more identical collectors and choose between them.
@NullMarked
package io.tocsin.app.frontend;

import org.jspecify.annotations.NullMarked;
