@NullMarked
package io.tocsin.app.frontend;

import org.jspecify.annotations.NullMarked;
