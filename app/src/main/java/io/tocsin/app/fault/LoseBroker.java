package io.tocsin.app.fault;

import java.io.IOException;
import java.time.Duration;

/// One of three brokers dies. The installation of this bench has no brokers, and starting them is nothing that the
/// product ships: the acceptance test of a collector site does it.
record LoseBroker() implements FaultScenario {
    @Override
    public String name() {
        return "broker-loss";
    }

    @Override
    public String what() {
        return "one of three Kafka brokers is killed";
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(15);
    }

    @Override
    public String obstacle(FaultSite site) {
        return "needs three Kafka brokers; KafkaSiteTest of the module acceptance starts them and kills one";
    }

    @Override
    public void run(FaultSite site) throws IOException {
        throw new IOException("not without brokers");
    }
}
