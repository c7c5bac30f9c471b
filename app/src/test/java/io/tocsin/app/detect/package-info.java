@NullMarked
package io.tocsin.app.detect;

import org.jspecify.annotations.NullMarked;
