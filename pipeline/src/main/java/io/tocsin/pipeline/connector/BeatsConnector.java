package io.tocsin.pipeline.connector;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.beats.LumberjackInput;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Receives events from Filebeat, Winlogbeat and everything else that sends to Logstash, by the
/// Lumberjack protocol in versions 2 and 1. A window is acknowledged when its events are on disk; a
/// sender that sends again what was not acknowledged loses nothing.
///
/// Thread-safety: see [StreamProtocol].
final class BeatsConnector implements StreamProtocol {
    static final ComponentSpec<Config> SPEC = ComponentSpec.of(
            "beats", "Receives events from Filebeat, Winlogbeat and others that send to Logstash.", keys -> {
                StreamSettings.Keys stream = new StreamSettings.Keys(
                        keys, "0.0.0.0:5044", StreamSettings.TlsUse.OPTIONAL, true, Duration.ofMinutes(5));
                var maximumEvent = keys.size(
                                "maxEventSize",
                                "Longest event; a longer one is cut, marked and counted.",
                                new ByteSize(64),
                                ByteSize.ofMebibytes(16))
                        .defaultTo(ByteSize.ofMebibytes(4));
                var maximumWindow = keys.integer(
                                "maxWindow",
                                "Most events that a sender may send before it waits for an acknowledgement (bulk_max_size).",
                                1,
                                1_000_000)
                        .defaultTo(10_000);
                var keepAlive = keys.duration(
                                "keepAlive",
                                "How often a sender that waits hears that its events are worked on.",
                                Duration.ofMillis(100),
                                Duration.ofSeconds(25))
                        .defaultTo(Duration.ofSeconds(3));
                var stuck = keys.duration(
                                "stuckTimeout",
                                "Closes a connection whose events the log has not taken for so long, so that the sender goes elsewhere.",
                                Duration.ofSeconds(1),
                                Duration.ofDays(1))
                        .defaultTo(Duration.ofMinutes(5));
                return values -> new Config(
                        stream.read(values),
                        (int) values.get(maximumEvent).bytes(),
                        values.get(maximumWindow),
                        values.get(keepAlive),
                        values.get(stuck));
            });

    /// @param maxEventBytes longest event that is kept whole
    /// @param maxWindow events of the largest window
    /// @param keepAlive between two signs of life to a sender that waits
    /// @param stuckTimeout after which a sender is let go
    record Config(StreamSettings stream, int maxEventBytes, int maxWindow, Duration keepAlive, Duration stuckTimeout)
            implements ConnectorConfig {
        @Override
        public String type() {
            return SPEC.id();
        }

        @Override
        public Connector connector(ConnectorContext context) {
            return new StreamListener(type(), stream, new BeatsConnector(this, context), context);
        }
    }

    private static final System.Logger LOGGER = System.getLogger(BeatsConnector.class.getName());
    private static final long LOG_INTERVAL_NANOS = 60_000_000_000L;

    private final Config config;
    private final ConnectorContext context;
    private final LumberjackInput.Limits limits;
    private final AtomicLong loggedNanos = new AtomicLong(System.nanoTime() - LOG_INTERVAL_NANOS);

    BeatsConnector(Config config, ConnectorContext context) {
        this.config = config;
        this.context = context;
        this.limits = LumberjackInput.Limits.of(0, config.maxWindow(), config.maxEventBytes());
    }

    @Override
    public void serve(StreamConnection connection) throws IOException {
        PatientInput in = new PatientInput(connection);
        try {
            new BeatsConversation(this, connection, new LumberjackInput(in, in::readsWaitAtMost, limits)).run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    long keepAliveNanos() {
        return config.keepAlive().toNanos();
    }

    long stuckNanos() {
        return config.stuckTimeout().toNanos();
    }

    void count(StageCounter counter) {
        context.counters().increment(counter);
    }

    /// Says, not too often, that a peer does not speak the protocol.
    void refused(EntryOrigin peer, String problem) {
        long last = loggedNanos.get();
        long now = System.nanoTime();
        if (now - last >= LOG_INTERVAL_NANOS && loggedNanos.compareAndSet(last, now)) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "a peer does not speak Lumberjack, its connection was closed [collector={0}, peer={1}, problem={2}]: point"
                            + " output.logstash at this port; further ones are only counted for a minute",
                    context.service(),
                    peer.source(),
                    problem);
        }
    }
}
