@NullMarked
package io.tocsin.app.command;

import org.jspecify.annotations.NullMarked;
