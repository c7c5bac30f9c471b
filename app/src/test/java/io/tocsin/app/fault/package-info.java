@NullMarked
package io.tocsin.app.fault;

import org.jspecify.annotations.NullMarked;
