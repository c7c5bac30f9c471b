package io.tocsin.pipeline.connector;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.config.Secret;
import io.tocsin.config.ValueTypes;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Receives events from senders that write to Redis, such as Suricata, Logstash and Filebeat, in place of a Redis
/// server: it speaks the protocol RESP2 and takes what is pushed onto lists, published on channels, or added to
/// streams. A
/// command is replied to when its events are on disk. Nothing can be read from it.
///
/// Thread-safety: see [StreamProtocol].
final class RedisConnector implements StreamProtocol {
    static final ComponentSpec<Config> SPEC = ComponentSpec.of(
            "redis",
            "Receives events from senders that write to Redis, and replies to each command when its events are on disk.",
            keys -> {
                StreamSettings.Keys stream =
                        new StreamSettings.Keys(keys, "0.0.0.0:6379", StreamSettings.TlsUse.OPTIONAL, true);
                var password = keys.secret(
                                "password",
                                "What senders have to show with AUTH; env:NAME or file:PATH keeps it out of the"
                                        + " resource. Without it everybody may send who can connect.")
                        .optional();
                var names = keys.list(
                                "keys",
                                "Lists, channels and streams that may be written to; empty: all.",
                                ValueTypes.TEXT)
                        .defaultTo(List.of());
                var maximum = keys.size(
                                "maxEventSize",
                                "Longest event; a longer one is cut, marked, counted and replied to.",
                                new ByteSize(64),
                                ByteSize.ofMebibytes(16))
                        .defaultTo(ByteSize.ofMebibytes(4));
                var eventTimeout = EventClock.key(keys);
                return values -> new Config(
                        stream.read(values),
                        values.get(password),
                        Set.copyOf(values.get(names)),
                        (int) values.get(maximum).bytes(),
                        values.get(eventTimeout));
            });

    /// @param password null: none is asked for
    /// @param keys that may be written to; empty: all
    /// @param maxEventBytes longest event that is kept whole
    /// @param eventTimeout how long a long command may take; zero: for ever
    record Config(
            StreamSettings stream,
            @Nullable Secret password,
            Set<String> keys,
            int maxEventBytes,
            Duration eventTimeout)
            implements ConnectorConfig {
        @Override
        public String type() {
            return SPEC.id();
        }

        @Override
        public Connector connector(ConnectorContext context) {
            return new StreamListener(type(), stream, new RedisConnector(this, context.binary()), context);
        }
    }

    private final Config config;
    private final boolean binary;
    private long lastMillis;
    private long lastSequence;

    /// @param binary events are bytes: no line end is taken from them
    RedisConnector(Config config, boolean binary) {
        this.config = config;
        this.binary = binary;
    }

    @Override
    public void prepare() {
        Secret password = config.password();
        if (password != null) {
            password.reveal();
        }
    }

    @Override
    public void serve(StreamConnection connection) throws IOException {
        new RedisConversation(this, connection).run();
    }

    Config config() {
        return config;
    }

    boolean isBinary() {
        return binary;
    }

    /// Whether a peer knows the password, as it stands now.
    boolean isPassword(Secret expected, String shown) {
        return MessageDigest.isEqual(expected.reveal().getBytes(UTF_8), shown.getBytes(UTF_8));
    }

    /// The identifier of another entry of a stream, as Redis makes them: higher than all before.
    synchronized String nextEntry() {
        long now = SystemClock.process().millis();
        lastSequence = now > lastMillis ? 0 : lastSequence + 1;
        lastMillis = Math.max(now, lastMillis);
        return lastMillis + "-" + lastSequence;
    }
}
