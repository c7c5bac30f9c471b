/// How events leave a service and enter the next one: delivery over HTTP from one durable log to another, exactly
/// once in effect. `DeliveryClient` is the sending end, `DeliveryReceiver` the receiving one;
/// `docs/specs/delivery.md` is the contract between them.
@NullMarked
package io.tocsin.pipeline.transport;

import org.jspecify.annotations.NullMarked;
