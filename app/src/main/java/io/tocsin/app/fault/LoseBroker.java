package io.tocsin.app.fault;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One of the three brokers between two collectors dies or stands still: that which leads the only partition, so that
/// nothing passes until another one leads. It does not come back.
///
/// Thread-safety: one thread.
final class LoseBroker implements FaultScenario {
    private final @Nullable Path distribution;
    private final boolean frozen;
    private @Nullable BrokerWay way;

    /// @param distribution of Kafka, which the product does not ship; null when there is none
    /// @param frozen it keeps its connections and answers nothing
    LoseBroker(@Nullable Path distribution, boolean frozen) {
        this.distribution = distribution;
        this.frozen = frozen;
    }

    @Override
    public String name() {
        return frozen ? "broker-frozen" : "broker-loss";
    }

    @Override
    public String what() {
        return (frozen ? "SIGSTOP" : "kill -9") + " of the one of three Kafka brokers that leads; needs --kafka";
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(15);
    }

    @Override
    public Recovery recoversWhen() {
        return Recovery.STORED_WITHOUT_PAUSE;
    }

    @Override
    public String obstacle(FaultSite site) {
        return distribution == null ? "needs brokers: name an unpacked distribution of Kafka with --kafka FOLDER" : "";
    }

    @Override
    public void prepare(FaultSite site) throws IOException, InterruptedException {
        way = BrokerWay.start(site, Objects.requireNonNull(distribution));
    }

    @Override
    public InetSocketAddress input(FaultSite site) {
        return way().input();
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        if (frozen) {
            way().brokers().freezeLeader();
        } else {
            way().brokers().killLeader();
        }
        site.faultOver();
    }

    @Override
    public void finish(FaultSite site) throws InterruptedException {
        if (way != null) {
            way.close();
            way = null;
        }
    }

    private BrokerWay way() {
        return Objects.requireNonNull(way);
    }
}
