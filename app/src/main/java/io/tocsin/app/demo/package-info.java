/// A scenario of our own writing that fills the screens of a newcomer.
@NullMarked
package io.tocsin.app.demo;

import org.jspecify.annotations.NullMarked;
