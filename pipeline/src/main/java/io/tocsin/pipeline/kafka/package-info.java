/// What the Kafka connector, the Kafka destination and the replay command share: how brokers are reached, and the
/// headers that carry what is known of an event at its entry. Classes of the client library are loaded when one of
/// them is opened, never before, so that who does not use Kafka does not pay for it.
@NullMarked
package io.tocsin.pipeline.kafka;

import org.jspecify.annotations.NullMarked;
