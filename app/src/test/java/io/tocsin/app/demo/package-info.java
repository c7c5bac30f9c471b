@NullMarked
package io.tocsin.app.demo;

import org.jspecify.annotations.NullMarked;
