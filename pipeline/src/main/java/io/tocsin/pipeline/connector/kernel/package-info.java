/// What the Java runtime cannot ask of the Linux kernel: many datagrams in one call, where each was
/// sent to, and listening on addresses that are not here yet. The only part of the pipeline that calls
/// native functions.
@NullMarked
package io.tocsin.pipeline.connector.kernel;

import org.jspecify.annotations.NullMarked;
