package io.tocsin.pipeline.destination;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.Secret;
import io.tocsin.config.ValueTypes;
import io.tocsin.pipeline.tls.ClientTls;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes events into a JetStream stream of NATS servers, one message an event, or one a batch.
///
/// Events count as delivered when the stream has stored them and said so. The identifier of the event travels as
/// `Nats-Msg-Id`, so that what is sent twice within the stream's window of duplicates is kept once. A subject that
/// no stream takes is an error that says so; nothing is lost over it.
///
/// Classes of the client library are loaded when the first connection is made, not before.
///
/// Thread-safety: immutable; its connections belong to one thread each.
final class NatsJetstreamDestination implements DestinationConfig {
    static final ComponentSpec<NatsJetstreamDestination> SPEC = ComponentSpec.of(
            "nats-jetstream",
            "Writes events into a JetStream stream of NATS servers, which confirm what they have stored.",
            keys -> {
                var common = new DestinationSettings.Keys("nats-jetstream", keys);
                var servers = keys.list("servers", "Servers of one cluster as host:port.", ValueTypes.ADDRESS)
                        .example("[nats1:4222, nats2:4222]")
                        .required();
                var subject = keys.text(
                                "subject",
                                "Subject of the messages, which a stream has to take; {localPort}, {service},"
                                        + " {connector}, {tenant} and {source} in it stand for where an event entered.")
                        .example("tocsin.events")
                        .required();
                var stream = keys.text(
                                "stream",
                                "Name of the stream that is expected to take the messages; another one is refused.")
                        .optional();
                var user = keys.text("user", "User name, with a password.").optional();
                var password = keys.secret("password", "Password of the user.").optional();
                var token = keys.secret("token", "Token instead of user and password.")
                        .optional();
                var tls = keys.nested("tls", "Speaks TLS with the servers.", ClientTls.SPEC)
                        .optional();
                return values -> {
                    if (values.get(servers).isEmpty()) {
                        values.refuse("servers", "a destination needs a peer [key=servers]");
                    }
                    TopicTemplate template = TopicTemplate.parse(values.get(subject));
                    if (template == null) {
                        values.refuse("subject", "not a subject [subject=" + values.get(subject) + "]");
                        template = new TopicTemplate(List.of());
                    }
                    if ((values.get(user) == null) != (values.get(password) == null)) {
                        values.refuse("user", "user and password belong together: give both or none");
                    }
                    return new NatsJetstreamDestination(
                            common.read(values),
                            values.get(servers).stream().map(Object::toString).toList(),
                            template,
                            values.get(stream),
                            values.get(user),
                            values.get(password),
                            values.get(token),
                            values.get(tls));
                };
            });

    private final DestinationSettings settings;
    private final List<String> servers;
    private final TopicTemplate subject;
    private final @Nullable String stream;
    private final @Nullable String user;
    private final @Nullable Secret password;
    private final @Nullable Secret token;
    private final @Nullable ClientTls tls;

    private NatsJetstreamDestination(
            DestinationSettings settings,
            List<String> servers,
            TopicTemplate subject,
            @Nullable String stream,
            @Nullable String user,
            @Nullable Secret password,
            @Nullable Secret token,
            @Nullable ClientTls tls) {
        this.settings = settings;
        this.servers = servers;
        this.subject = subject;
        this.stream = stream;
        this.user = user;
        this.password = password;
        this.token = token;
        this.tls = tls;
    }

    @Override
    public String type() {
        return SPEC.id();
    }

    @Override
    public DestinationSettings settings() {
        return settings;
    }

    List<String> servers() {
        return servers;
    }

    TopicTemplate subject() {
        return subject;
    }

    @Nullable
    String stream() {
        return stream;
    }

    @Nullable
    String user() {
        return user;
    }

    @Nullable
    Secret password() {
        return password;
    }

    @Nullable
    Secret token() {
        return token;
    }

    @Nullable
    ClientTls tls() {
        return tls;
    }

    @Override
    public RunningDestination start(DestinationContext context) {
        return Forwarder.start(settings, new Cluster(context.name()), context);
    }

    /// The cluster as the one peer: the client finds the server that is there.
    ///
    /// Thread-safety: any thread.
    private final class Cluster implements Peers {
        private final String name;

        Cluster(String name) {
            this.name = name;
        }

        @Override
        public List<PeerAddress> addresses() {
            return List.of(new PeerAddress("nats://" + String.join(",", servers), false));
        }

        @Override
        public Sender connect(int peer) throws IOException, InterruptedException {
            return NatsSender.open(NatsJetstreamDestination.this, name);
        }

        @Override
        public void probe(int peer) throws IOException, InterruptedException {
            NatsSender.open(NatsJetstreamDestination.this, name).close();
        }

        @Override
        public void close() {
            // Connections are closed by those who opened them.
        }
    }
}
