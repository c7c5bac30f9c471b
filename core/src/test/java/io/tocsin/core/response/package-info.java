@NullMarked
package io.tocsin.core.response;

import org.jspecify.annotations.NullMarked;
