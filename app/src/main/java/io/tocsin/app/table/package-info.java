/// Lists and tables of the correlator between people and its log: files in and out, changes as events.
@NullMarked
package io.tocsin.app.table;

import org.jspecify.annotations.NullMarked;
