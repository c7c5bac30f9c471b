/// The core service: REST API, users, alerts and the web interface over HTTPS. [CoreServer] starts it; the package
/// records beside it are all that the application needs to know, so nothing outside the core meets Spring.
@NullMarked
package io.tocsin.core;

import org.jspecify.annotations.NullMarked;
