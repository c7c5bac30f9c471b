package io.tocsin.pipeline.destination;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.Secret;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.pipeline.tls.ClientTlsContext;
import io.tocsin.pipeline.transport.TimedExchange;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Posts events to an HTTP endpoint, a batch in each request. A batch is delivered when the
/// answer is 2xx.
///
/// | answer | |
/// |---|---|
/// | 2xx | delivered |
/// | 400, 413, 415, 422 | refused for good: tried with half as many events; a single one goes to the dead letters |
/// | 429, 503 | later, as `Retry-After` says, or to another peer |
/// | anything else, or none | later, or to another peer |
///
/// Thread-safety: immutable.
final class HttpDestination implements DestinationConfig {
    static final ComponentSpec<HttpDestination> SPEC = ComponentSpec.of(
            "http", "Posts events to an HTTP endpoint; a batch counts as delivered when it answers 2xx.", keys -> {
                var common = new DestinationSettings.Keys("http", keys);
                var urls = keys.list("urls", "The peers; first those to prefer.", HttpPeer.TYPE)
                        .example("https://siem.example.org:8088/events")
                        .required();
                var fallback = keys.list(
                                "fallbackUrls",
                                "Peers that get events only while none of `urls` can be reached.",
                                HttpPeer.TYPE)
                        .defaultTo(List.of());
                var healthPath = keys.text(
                                "healthPath",
                                "Path that a peer that failed must answer with 2xx before it is used again; without"
                                        + " it, it has to take connections.")
                        .example("/healthz")
                        .optional();
                var headers = keys.mapping("headers", "Headers of each request.", ValueTypes.TEXT)
                        .defaultTo(Map.of());
                var user = keys.text("user", "Name for basic authorization (RFC 7617).")
                        .optional();
                var password = keys.secret("password", "Password that belongs to the name.")
                        .optional();
                var token = keys.secret("token", "Token for bearer authorization (RFC 6750).")
                        .optional();
                var compression = keys.choice(
                                "compression",
                                "Compresses the bodies, as Content-Encoding: gzip, or zstd where the peer knows it.",
                                Compression.class)
                        .defaultTo(Compression.NONE);
                var connecting = new Connecting.Keys(keys);
                return values -> {
                    if (values.get(urls).isEmpty()) {
                        values.refuse("urls", "a destination needs a peer [key=urls]");
                    }
                    Connecting ways = connecting.read(values);
                    if (ways.proxy() != null && ways.proxy().socks()) {
                        values.refuse("proxy", "HTTP goes through an HTTP proxy only [proxy=" + ways.proxy() + "]");
                    }
                    if (values.get(compression) == Compression.LZ4 || values.get(compression) == Compression.SNAPPY) {
                        values.refuse(
                                "compression",
                                "HTTP has no content coding of this name [compression="
                                        + values.get(compression).name().toLowerCase(Locale.ROOT)
                                        + "]: use gzip or zstd");
                    }
                    checkHeaders(values, values.get(headers));
                    return new HttpDestination(
                            common.read(values),
                            HttpPeer.of(values.get(urls), values.get(fallback)),
                            values.get(healthPath),
                            values.get(headers),
                            new Authorization(values.get(user), values.get(password), values.get(token)),
                            values.get(compression),
                            ways);
                };
            });

    private static final Set<String> OURS =
            Set.of("authorization", "content-encoding", "content-length", "connection", "host", "expect", "upgrade");

    private final DestinationSettings settings;
    private final List<HttpPeer> peers;
    private final @Nullable String healthPath;
    private final Map<String, String> headers;
    private final Authorization authorization;
    private final Compression compression;
    private final Connecting connecting;

    /// What the peer is shown.
    private record Authorization(
            @Nullable String user,
            @Nullable Secret password,
            @Nullable Secret token) {
        Authorization {
            if ((user == null) != (password == null)) {
                throw new IllegalArgumentException("user and password belong together: give both or none");
            }
            if (user != null && token != null) {
                throw new IllegalArgumentException("a request shows a password or a token, not both");
            }
        }

        /// Value of the header, null when there is none.
        @Nullable
        String header() {
            if (token != null) {
                return "Bearer " + token.reveal();
            }
            return user == null || password == null
                    ? null
                    : "Basic "
                            + Base64.getEncoder()
                                    .encodeToString((user + ":" + password.reveal()).getBytes(StandardCharsets.UTF_8));
        }
    }

    private HttpDestination(
            DestinationSettings settings,
            List<HttpPeer> peers,
            @Nullable String healthPath,
            Map<String, String> headers,
            Authorization authorization,
            Compression compression,
            Connecting connecting) {
        this.settings = settings;
        this.peers = peers;
        this.healthPath = healthPath;
        this.headers = headers;
        this.authorization = authorization;
        this.compression = compression;
        this.connecting = connecting;
    }

    private static void checkHeaders(Values values, Map<String, String> headers) {
        for (String name : headers.keySet()) {
            if (OURS.contains(name.toLowerCase(Locale.ROOT))) {
                values.refuse("headers", "this header is not for you to set [header=" + name + "]: use the key for it");
            }
        }
    }

    @Override
    public String type() {
        return SPEC.id();
    }

    @Override
    public DestinationSettings settings() {
        return settings;
    }

    @Override
    public RunningDestination start(DestinationContext context) {
        return Forwarder.start(settings, new Endpoints(), context);
    }

    /// Thread-safety: any thread.
    private final class Endpoints implements Peers {
        private final @Nullable ClientTlsContext tls = connecting.openTls();
        private final HttpClient client;

        Endpoints() {
            HttpClient.Builder builder = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Connecting.connectTimeout(settings.timeout()))
                    .executor(Executors.newVirtualThreadPerTaskExecutor())
                    .followRedirects(HttpClient.Redirect.NEVER);
            if (tls != null) {
                builder.sslContext(tls.context()).sslParameters(tls.parameters());
            }
            Connecting.ProxyServer proxy = connecting.proxy();
            if (proxy != null) {
                builder.proxy(ProxySelector.of(InetSocketAddress.createUnresolved(
                        proxy.address().host(), proxy.address().port())));
            }
            client = builder.build();
        }

        @Override
        public List<PeerAddress> addresses() {
            return peers.stream().map(HttpPeer::address).toList();
        }

        @Override
        public Sender connect(int peer) {
            return new Requests(client, peers.get(peer).url());
        }

        @Override
        public void probe(int peer) throws IOException, InterruptedException {
            if (healthPath == null) {
                connecting
                        .connect(peers.get(peer).endpoint(), settings.timeout(), null)
                        .socket()
                        .close();
                return;
            }
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            peers.get(peer).url().resolve(healthPath))
                    .timeout(Connecting.connectTimeout(settings.timeout()));
            String shown = authorization.header();
            if (shown != null) {
                request.header("Authorization", shown);
            }
            HttpResponse<Void> answer = TimedExchange.send(client, request.build(), BodyHandlers.discarding());
            if (answer.statusCode() / 100 != 2) {
                throw new IOException(
                        "peer is not healthy [answer=" + answer.statusCode() + ", path=" + healthPath + "]");
            }
        }

        @Override
        public void close() {
            // Ends what is on its way; close() would also wait, without a limit, for the client's own thread.
            client.shutdownNow();
        }
    }

    /// Requests of one worker to one peer.
    ///
    /// Thread-safety: as [Sender].
    private final class Requests implements Sender {
        private static final int MOST_REASON = 300;

        private final HttpClient client;
        private final URI url;

        Requests(HttpClient client, URI url) {
            this.client = client;
            this.url = url;
        }

        @Override
        public void send(Packet packet) throws IOException, InterruptedException {
            HttpRequest.Builder request = HttpRequest.newBuilder(url)
                    .timeout(settings.timeout())
                    .POST(BodyPublishers.ofByteArray(compression.apply(packet)));
            if (headers.keySet().stream().noneMatch("content-type"::equalsIgnoreCase)) {
                request.header("Content-Type", contentType());
            }
            headers.forEach(request::header);
            if (compression != Compression.NONE) {
                request.header("Content-Encoding", compression.name().toLowerCase(Locale.ROOT));
            }
            String shown = authorization.header();
            if (shown != null) {
                request.header("Authorization", shown);
            }
            HttpResponse<String> answer = TimedExchange.send(client, request.build(), BodyHandlers.ofString());
            int status = answer.statusCode();
            if (status / 100 == 2) {
                return;
            }
            String body = answer.body();
            String reason = "peer answered " + status + ": " + body.substring(0, Math.min(body.length(), MOST_REASON));
            switch (status) {
                case 400, 413, 415, 422 -> throw new RefusedPacketException(reason);
                case 429, 503 -> throw new PeerBusyException(reason, TimedExchange.retryAfter(answer));
                default -> throw new IOException(reason);
            }
        }

        private String contentType() {
            return switch (settings.format()) {
                case JSON -> "application/x-ndjson";
                case CEF, RAW -> "text/plain; charset=utf-8";
                case BATCH -> "application/octet-stream";
            };
        }

        @Override
        public void close() {
            // Connections belong to the client, and each request ends by itself.
        }
    }
}
