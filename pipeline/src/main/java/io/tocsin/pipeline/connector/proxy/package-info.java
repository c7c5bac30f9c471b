/// The PROXY protocol, versions 1 and 2: how a load balancer tells who the true peer of a connection or datagram is
/// (specification of HAProxy, 2020).
@NullMarked
package io.tocsin.pipeline.connector.proxy;

import org.jspecify.annotations.NullMarked;
