/// What all REST routes share: problems, paging, limits, TLS, headers, metrics and the files of the web interface.
@NullMarked
package io.tocsin.core.http;

import org.jspecify.annotations.NullMarked;
