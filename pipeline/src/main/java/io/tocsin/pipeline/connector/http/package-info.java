/// What an HTTP input needs to know of HTTP/1.1, of bodies and of what they hold: reading requests
/// within limits, undoing content encodings without being blown up, telling JSON values apart, and
/// judging envelopes of the Splunk HTTP Event Collector. Knows nothing of sockets, sinks or
/// configuration.
@NullMarked
package io.tocsin.pipeline.connector.http;

import org.jspecify.annotations.NullMarked;
