package io.tocsin.pipeline.connector;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Secret;
import io.tocsin.config.ValueTypes;
import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.http.AccessTokens;
import io.tocsin.pipeline.connector.http.HttpInput;
import io.tocsin.pipeline.connector.http.HttpLimits;
import io.tocsin.pipeline.connector.http.KnownKeys;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Receives events in HTTP requests: lines, JSON, and what senders for the Splunk HTTP Event Collector
/// send. A request is answered with 200 when its events are on disk, so a sender that repeats what was
/// not answered loses nothing.
///
/// The server is ours, see `docs/decisions/http-input.md`.
///
/// Thread-safety: see [StreamProtocol].
final class HttpConnector implements StreamProtocol {
    private static final ConfigSpec<Sender> SENDER =
            ConfigSpec.of("token", "Who sends with a token, and whose its events are.", keys -> {
                var secret = keys.secret("secret", "The token; env:NAME or file:PATH keeps it out of the resource.")
                        .example("env:TOCSIN_TOKEN_WEB")
                        .required();
                var tenant = keys.text(
                                "tenant", "Tenant that owns the events; that of the collector when it is not given.")
                        .defaultTo("");
                return values -> new Sender(values.get(secret), values.get(tenant));
            });

    static final ComponentSpec<Config> SPEC = ComponentSpec.of(
            "http",
            "Receives events in HTTP requests: JSON, lines, and the protocol of the Splunk HTTP Event Collector.",
            keys -> {
                StreamSettings.Keys stream = new StreamSettings.Keys(
                        keys, "0.0.0.0:8088", StreamSettings.TlsUse.OPTIONAL, true, Duration.ofMinutes(5));
                var path = keys.text("path", "Path to which events without an envelope are sent.")
                        .defaultTo("/");
                var token = keys.secret(
                                "token",
                                "What a sender has to show; env:NAME or file:PATH keeps it out of the resource.")
                        .example("env:TOCSIN_HTTP_TOKEN")
                        .optional();
                var tokens = keys.mapping(
                                "tokens",
                                "Further tokens by the name of who sends with them.",
                                ValueTypes.nested(SENDER))
                        .defaultTo(Map.of());
                var anonymous = keys.flag("anonymous", "Takes events from everybody who reaches the port.")
                        .defaultTo(false);
                var maximumEvent = keys.size(
                                "maxEventSize",
                                "Longest event; a longer one is cut, marked and counted.",
                                new ByteSize(64),
                                ByteSize.ofMebibytes(16))
                        .defaultTo(ByteSize.ofMebibytes(4));
                var maximumBody = keys.size(
                                "maxBodySize",
                                "Longest body of a request, before and after it is decompressed.",
                                ByteSize.ofKibibytes(1),
                                ByteSize.ofGibibytes(4))
                        .defaultTo(ByteSize.ofMebibytes(256));
                var wait = keys.duration(
                                "ackTimeout",
                                "How long a sender waits for the log before it is told to come back later.",
                                Duration.ofMillis(100),
                                Duration.ofMinutes(10))
                        .defaultTo(Duration.ofSeconds(30));
                return values -> {
                    List<AccessTokens.Token> senders = new ArrayList<>();
                    Secret single = values.get(token);
                    if (single != null) {
                        senders.add(new AccessTokens.Token("token", single, ""));
                    }
                    values.get(tokens)
                            .forEach((name, sender) ->
                                    senders.add(new AccessTokens.Token(name, sender.secret(), sender.tenant())));
                    if (senders.isEmpty() != values.get(anonymous)) {
                        values.refuse(
                                "anonymous",
                                senders.isEmpty()
                                        ? "nobody could send: give a token, or say anonymous: true"
                                        : "a token that nobody has to show protects nothing: leave out one of them");
                    }
                    if (!values.get(path).startsWith("/")) {
                        values.refuse("path", "a path begins with a slash");
                    }
                    return new Config(
                            stream.read(values),
                            values.get(path),
                            senders,
                            (int) values.get(maximumEvent).bytes(),
                            values.get(maximumBody).bytes(),
                            values.get(wait));
                };
            });

    private record Sender(Secret secret, String tenant) {}

    /// @param tokens none: everybody may send
    /// @param maxEventBytes longest event that is kept whole
    /// @param maxBodyBytes longest body, encoded or not
    /// @param ackTimeout how long a sender waits for the log
    record Config(
            StreamSettings stream,
            String path,
            List<AccessTokens.Token> tokens,
            int maxEventBytes,
            long maxBodyBytes,
            Duration ackTimeout)
            implements ConnectorConfig {
        Config {
            tokens = List.copyOf(tokens);
        }

        @Override
        public String type() {
            return SPEC.id();
        }

        @Override
        public Connector connector(ConnectorContext context) {
            return new StreamListener(type(), stream, new HttpConnector(this, context), context);
        }
    }

    /// Events of one request that are handed over together.
    private static final int PIECE_BYTES = 1 << 20;

    private static final int LINGER_READ_BYTES = 4 << 10;
    /// How much of what a refused peer still sends is waited for.
    private static final int LINGER_BYTES = 1 << 20;

    private final Config config;
    private final ConnectorContext context;
    private final AccessTokens tokens;
    private final HttpLimits limits;
    private final KnownKeys knownKeys = new KnownKeys();
    private final AtomicLong acknowledgements = new AtomicLong();
    /// The log did not take in time what was offered last.
    private volatile boolean stuck;

    HttpConnector(Config config, ConnectorContext context) {
        this.config = config;
        this.context = context;
        this.tokens = new AccessTokens(config.tokens());
        this.limits = HttpLimits.of(0, config.maxBodyBytes());
    }

    Config config() {
        return config;
    }

    AccessTokens tokens() {
        return tokens;
    }

    String tenant() {
        return context.tenant();
    }

    KnownKeys knownKeys() {
        return knownKeys;
    }

    int pieceBytes() {
        return PIECE_BYTES;
    }

    /// True when the log has not taken events in time.
    boolean isStuck() {
        return stuck;
    }

    long nextAcknowledgement() {
        return acknowledgements.getAndIncrement();
    }

    void count(StageCounter counter) {
        context.counters().increment(counter);
    }

    /// Waits until the sink has taken texts of which more will follow.
    ///
    /// @throws HttpConversation.BusyException when it does not in time
    void handOver(StreamConnection connection, EntryOrigin origin, EventTexts texts) throws InterruptedException {
        taken(Handover.start(connection, origin, texts, null), untilNanos());
    }

    /// Waits until the sink has taken texts and they, and those before them, are on disk.
    ///
    /// @throws HttpConversation.BusyException when that does not happen in time
    void handOverDurably(StreamConnection connection, EntryOrigin origin, EventTexts texts)
            throws InterruptedException {
        long until = untilNanos();
        CountDownLatch durable = new CountDownLatch(1);
        taken(Handover.start(connection, origin, texts, durable::countDown), until);
        if (!durable.await(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS)) {
            stuck = true;
            throw new HttpConversation.BusyException();
        }
        stuck = false;
    }

    private long untilNanos() {
        return System.nanoTime() + config.ackTimeout().toNanos();
    }

    private void taken(Handover handover, long untilNanos) throws InterruptedException {
        if (!handover.awaitTaken(untilNanos)) {
            stuck = true;
            throw new HttpConversation.BusyException();
        }
    }

    @Override
    public void prepare() {
        tokens.read();
    }

    @Override
    public void serve(StreamConnection connection) throws IOException {
        PatientInput in = new PatientInput(connection);
        try {
            boolean owed = new HttpConversation(this, connection, new HttpInput(in, in::readsWaitAtMost, limits)).run();
            if (owed) {
                linger(connection);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Closing with bytes unread would take the last answer away from the peer again.
    private static void linger(StreamConnection connection) throws IOException {
        connection.endOutput();
        byte[] waste = new byte[LINGER_READ_BYTES];
        long all = 0;
        int read = 1;
        while (read > 0 && all < LINGER_BYTES) {
            read = connection.read(waste, 0, waste.length, true);
            all += read;
        }
    }
}
