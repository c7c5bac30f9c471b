/// TLS 1.2 and 1.3 for every part that listens or connects: certificates and keys as PEM files, which are read again
/// when they change, and the settings of both sides as tables of keys. [io.tocsin.pipeline.tls.ServerTls] and
/// [io.tocsin.pipeline.tls.ClientTls] are what stands in configuration; `open()` gives what makes connections.
@NullMarked
package io.tocsin.pipeline.tls;

import org.jspecify.annotations.NullMarked;
