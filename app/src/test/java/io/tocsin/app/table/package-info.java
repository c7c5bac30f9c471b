@NullMarked
package io.tocsin.app.table;

import org.jspecify.annotations.NullMarked;
