/// Active lists, context tables, dictionaries and tables of the correlator: what people see of them and change.
@NullMarked
package io.tocsin.core.table;

import org.jspecify.annotations.NullMarked;
