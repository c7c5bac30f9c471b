/// Tests of what is common to the Kafka connector and destination, and a cluster of real brokers
/// for whoever needs one.
@NullMarked
package io.tocsin.pipeline.kafka;

import org.jspecify.annotations.NullMarked;
