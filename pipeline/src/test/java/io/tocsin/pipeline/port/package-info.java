/// Ports for tests that start servers.
@NullMarked
package io.tocsin.pipeline.port;

import org.jspecify.annotations.NullMarked;
