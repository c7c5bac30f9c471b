package io.tocsin.core;

import io.tocsin.core.ledger.LedgerEntry;
import io.tocsin.core.search.EventTail;
import io.tocsin.core.search.InvalidConditionException;
import io.tocsin.core.service.ServiceState;
import io.tocsin.core.table.TableStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// A core with everything around it in the hands of the test: storage, ports and the clock.
///
/// Thread-safety: any thread.
final class TestCore implements AutoCloseable {
    /// Starts at a fixed moment and moves when told; a second passes by itself never.
    static final class Clock implements InstantSource {
        private final AtomicLong millis = new AtomicLong(1_790_000_000_000L);

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis.get());
        }

        void advanceMillis(long by) {
            millis.addAndGet(by);
        }
    }

    final Path folder;
    final FakeStorage storage = new FakeStorage();
    final TestTables tables = new TestTables();
    /// Those of a correlator that runs alone.
    final TestTables remote = new TestTables();
    final Clock clock = new Clock();
    final List<Consumer<String>> tailReceivers = new CopyOnWriteArrayList<>();
    final List<LedgerEntry> inFlight = new CopyOnWriteArrayList<>();
    private CoreServer server;
    private final HttpClient connections;

    TestCore(Path folder) {
        this.folder = folder;
        this.server = open();
        this.connections = Client.connections(folder);
    }

    private CoreServer open() {
        CorePorts ports = new CorePorts(
                storage::address,
                () -> List.of(new ServiceState(
                        "collector-1",
                        "syslog",
                        ServiceState.Kind.COLLECTOR,
                        ServiceState.Status.UP,
                        1_789_999_000_000L,
                        "0.0.0.0:5140",
                        "0.1.0",
                        12.5,
                        4_096,
                        10,
                        250,
                        null)),
                new TestCollectors(),
                (_, _) -> List.copyOf(inFlight),
                (_, _, _, _) -> {},
                new TestRules(),
                new TableStores(tables, List.of(new TableStores.Member("10.0.0.7:8445", remote))),
                this::subscribe,
                () -> "# TYPE tocsin_collector_received_events counter\ntocsin_collector_received_events_total 7\n");
        return CoreServer.start(new CoreOptions(folder, "127.0.0.1:0", FakeStorage.SECRET, "0.1.0-test"), ports, clock);
    }

    private EventTail.Subscription subscribe(String condition, Consumer<String> receiver) {
        if (condition.contains("(((")) {
            throw new InvalidConditionException("a closing bracket is missing", 1, 4);
        }
        tailReceivers.add(receiver);
        return () -> tailReceivers.remove(receiver);
    }

    CoreServer server() {
        return server;
    }

    void restart() {
        server.close();
        server = open();
    }

    /// A client that is not signed in.
    Client stranger() {
        return new Client(server.address(), connections);
    }

    /// A client with the token that the first start has made.
    Client admin() {
        return stranger().withToken(file("admin.token"));
    }

    /// A client that has signed in like a browser.
    Client browser() {
        Client client = stranger();
        Client.Answer answer = client.post("/api/v1/session", login("admin", file("admin.password")));
        if (answer.status() != 200) {
            throw new IllegalStateException("cannot sign in: " + answer);
        }
        return client;
    }

    static String login(String login, String password) {
        return Client.MAPPER.writeValueAsString(Map.of("login", login, "password", password));
    }

    String file(String name) {
        try {
            return Files.readString(folder.resolve(name)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        connections.shutdownNow();
        server.close();
        storage.close();
    }
}
