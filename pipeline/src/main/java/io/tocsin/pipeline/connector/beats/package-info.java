/// The Lumberjack protocol, versions 1 and 2, as Beats and other senders for Logstash speak it:
/// reading windows of events within limits. Knows nothing of sockets, sinks or configuration.
@NullMarked
package io.tocsin.pipeline.connector.beats;

import org.jspecify.annotations.NullMarked;
