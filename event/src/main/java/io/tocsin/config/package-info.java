/// Configuration: YAML as a tree whose nodes know where they stand, and tables ([io.tocsin.config.ConfigSpec]) that
/// turn such a tree into a record, report everything that is wrong at once, and describe themselves to the manual,
/// the REST schema and the forms of the web interface.
@NullMarked
package io.tocsin.config;

import org.jspecify.annotations.NullMarked;
