@NullMarked
package io.tocsin.app.up;

import org.jspecify.annotations.NullMarked;
