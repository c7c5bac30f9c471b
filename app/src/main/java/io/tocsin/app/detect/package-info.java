/// Reads events from files for `detect`: our own JSON, JSON with Sigma's field names, Windows events as JSON or
/// XML.
@NullMarked
package io.tocsin.app.detect;

import org.jspecify.annotations.NullMarked;
