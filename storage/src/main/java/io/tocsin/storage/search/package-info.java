/// Answers queries of users: checks that a text is one harmless SELECT, runs it under limits with the rights of a
/// reader, and streams the rows.
@NullMarked
package io.tocsin.storage.search;

import org.jspecify.annotations.NullMarked;
