package io.tocsin.pipeline.kafka;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Secret;
import io.tocsin.config.ValueTypes;
import io.tocsin.pipeline.tls.ClientTls;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How the brokers of a Kafka cluster are reached.
///
/// @param brokers some of them as `host:port`; they name the others
/// @param tls null: without
/// @param login null: none is asked for
public record KafkaAccess(
        List<String> brokers,
        @Nullable ClientTls tls,
        @Nullable Login login) {
    /// How a client proves who it is.
    public enum Mechanism {
        PLAIN("PLAIN", "org.apache.kafka.common.security.plain.PlainLoginModule"),
        SCRAM_SHA_256("SCRAM-SHA-256", "org.apache.kafka.common.security.scram.ScramLoginModule"),
        SCRAM_SHA_512("SCRAM-SHA-512", "org.apache.kafka.common.security.scram.ScramLoginModule");

        private final String wireName;
        private final String module;

        Mechanism(String wireName, String module) {
            this.wireName = wireName;
            this.module = module;
        }
    }

    /// @param password followed each time a client is made
    public record Login(Mechanism mechanism, String user, Secret password) {
        /// The keys of the mapping.
        public static final ConfigSpec<Login> SPEC =
                ConfigSpec.of("login", "Proves who we are (SASL); the password travels readably without tls.", keys -> {
                    var mechanism = keys.choice(
                                    "mechanism", "How it is proved: plain sends the password itself.", Mechanism.class)
                            .defaultTo(Mechanism.SCRAM_SHA_512);
                    var user = keys.text("user", "Name of the user.").required();
                    var password =
                            keys.secret("password", "Password of the user.").required();
                    return values -> new Login(values.get(mechanism), values.get(user), values.get(password));
                });

        /// The line that the client library wants.
        private String line() {
            return mechanism.module + " required username=" + quoted(user) + " password=" + quoted(password.reveal())
                    + ";";
        }

        private static String quoted(String text) {
            return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        }
    }

    /// A client that was connected to a frozen broker only, and gave it up, asks another one who leads
    /// now, but not if it connects to the frozen one again first: it waits for the connection that is
    /// being made. So this is longer than [#ASK], also where both double.
    private static final Duration RECONNECT = Duration.ofMillis(500);

    /// What the library waits before it asks again who leads.
    private static final Duration ASK = Duration.ofMillis(100);

    private static final Duration LONGEST_ASK = Duration.ofSeconds(1);
    private static final Duration LONGEST_RECONNECT = Duration.ofSeconds(2);
    /// A broker that does not answer any more, such as one whose cable was pulled, is left after
    /// this long.
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);

    public KafkaAccess {
        brokers = List.copyOf(brokers);
    }

    /// The keys that connector and destination share.
    public static Keys keys(ConfigSpec.Builder keys) {
        return new Keys(keys);
    }

    /// Declares the keys and reads their values.
    ///
    /// Thread-safety: as its builder.
    public static final class Keys {
        private final io.tocsin.config.Key<List<String>> brokers;
        private final io.tocsin.config.OptionalKey<ClientTls> tls;
        private final io.tocsin.config.OptionalKey<Login> login;

        private Keys(ConfigSpec.Builder keys) {
            brokers = keys.list("brokers", "Some brokers as host:port; they name the others.", ValueTypes.TEXT)
                    .example("[kafka1:9092, kafka2:9092, kafka3:9092]")
                    .required();
            tls = keys.nested("tls", "Speaks TLS with the brokers.", ClientTls.SPEC)
                    .optional();
            login = keys.nested("login", "Proves who we are (SASL).", Login.SPEC)
                    .optional();
        }

        /// Reads the values.
        public KafkaAccess of(io.tocsin.config.Values values) {
            List<String> named = values.get(brokers);
            if (named.isEmpty()) {
                values.refuse("brokers", "at least one broker is needed [key=brokers]");
            }
            for (String broker : named) {
                if (!isAddress(broker)) {
                    values.refuse("brokers", "a broker is written as host:port [broker=" + broker + "]");
                }
            }
            return new KafkaAccess(named, values.get(tls), values.get(login));
        }

        private static boolean isAddress(String broker) {
            int colon = broker.lastIndexOf(':');
            String port = broker.substring(colon + 1);
            return colon > 0
                    && !port.isEmpty()
                    && port.length() <= 5
                    && port.chars().allMatch(c -> c >= '0' && c <= '9')
                    && Integer.parseInt(port) <= 65535;
        }
    }

    /// The properties that every client needs, for the library. Reads the files of TLS and the
    /// password.
    ///
    /// @param client name of the client, for the logs of the brokers
    /// @throws io.tocsin.error.TocsinException when a file or secret cannot be read
    public Map<String, Object> properties(String client) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("bootstrap.servers", String.join(",", brokers));
        properties.put("client.id", client);
        properties.put("reconnect.backoff.ms", RECONNECT.toMillis());
        properties.put("reconnect.backoff.max.ms", LONGEST_RECONNECT.toMillis());
        properties.put("retry.backoff.ms", ASK.toMillis());
        properties.put("retry.backoff.max.ms", LONGEST_ASK.toMillis());
        properties.put("socket.connection.setup.timeout.ms", 3000L);
        properties.put("request.timeout.ms", (int) REQUEST_LIMIT.toMillis());
        properties.put("metadata.max.age.ms", 30_000L);
        // Neither figures for JMX nor a report to the brokers about us.
        properties.put("metric.reporters", "");
        properties.put("auto.include.jmx.reporter", "false");
        properties.put("enable.metrics.push", "false");
        String protocol = tls == null ? "PLAINTEXT" : "SSL";
        if (login != null) {
            protocol = "SASL_" + protocol;
            properties.put("sasl.mechanism", login.mechanism().wireName);
            properties.put("sasl.jaas.config", login.line());
        }
        properties.put("security.protocol", protocol);
        if (tls != null) {
            properties.put("ssl.engine.factory.class", "io.tocsin.pipeline.kafka.BrokerTls");
            properties.put(BrokerTls.CONTEXT, tls.open());
        }
        return properties;
    }
}
