/// Starts the real application beside real peers and asserts the promises that users rely on.
@NullMarked
package io.tocsin.acceptance;

import org.jspecify.annotations.NullMarked;
