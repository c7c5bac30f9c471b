package io.tocsin.storage;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.event.DeliveryRun;
import io.tocsin.storage.embedded.Engine;
import io.tocsin.storage.embedded.EngineException;
import io.tocsin.storage.embedded.EngineOptions;
import io.tocsin.storage.embedded.NativeLibrary;
import io.tocsin.storage.embedded.Session;
import io.tocsin.storage.search.Searcher;
import io.tocsin.storage.store.Inserter;
import io.tocsin.storage.store.LedgerReader;
import io.tocsin.storage.store.PairClaims;
import io.tocsin.storage.store.Retention;
import io.tocsin.storage.store.Tables;
import io.tocsin.storage.store.TextIndex;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The storage service: the engine over a data folder and the HTTP endpoints in front of it (ARCHITECTURE.md, "Wire
/// contracts"). Requests are served by virtual threads; native calls run on platform threads of the sessions.
///
/// Thread-safety: any thread.
public final class StorageServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StorageServer.class.getName());
    private static final int STOP_SECONDS = 2;
    private static final int MAXIMUM_CLAIMS = 100_000;
    private static final int MAXIMUM_CLAIM_BYTES = 200;
    private static final long HOUR_MILLIS = 3_600_000;

    private final StorageOptions options;
    private final StorageMetrics metrics = new StorageMetrics();
    /// What has to be closed, last opened first.
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    private final byte[] authorization;
    private final Engine engine;
    private final Session probe;
    private final ReentrantLock probeLock = new ReentrantLock();
    private final LedgerReader ledger;
    private final DeliveryEndpoint deliveries;
    private final PairClaims claims;
    private final QueryEndpoint queries;
    private final Maintenance maintenance;
    private final HttpServer http;
    private volatile boolean draining;
    private final ReentrantLock closeLock = new ReentrantLock();
    private boolean closed;

    /// Something that answers a request.
    private interface Handler {
        void handle(Exchange exchange) throws IOException, InterruptedException;
    }

    static {
        // Read once by the JDK's server when it is first used. Without it small answers wait for a delayed
        // acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxReqTime", "120");
    }

    private StorageServer(StorageOptions options, Path library) throws IOException {
        this.options = options;
        authorization = ("Bearer " + options.secret()).getBytes(StandardCharsets.UTF_8);
        boolean opened = false;
        try {
            engine = keep(Engine.open(
                    new EngineOptions(
                            options.folder(),
                            Tables.DATABASE,
                            Tables.READABLE,
                            options.engineMemoryBytes(),
                            64L << 20,
                            2),
                    library));
            probe = keep(engine.administrator());
            Tables.prepare(probe);
            Inserter inserter = keep(Inserter.open(engine));
            claims = keep(PairClaims.open(options.folder(), MAXIMUM_CLAIMS));
            ledger = keep(new LedgerReader(engine.administrator()));
            deliveries = new DeliveryEndpoint(inserter, metrics);
            queries = new QueryEndpoint(
                    Searcher.open(
                            engine, options.searchSlots(), options.searchQueueMillis(), options.searchMemoryBytes()),
                    metrics);
            maintenance = keep(new Maintenance(
                            new Retention(engine.administrator(), options.folder(), options.retention()),
                            new TextIndex(engine.administrator()),
                            options.clock(),
                            metrics,
                            () -> draining)
                    .start());
            http = listen(options.listen());
            opened = true;
        } finally {
            if (!opened) {
                closeResources();
            }
        }
    }

    /// Opens the storage and begins to serve. Fetches the native library at first use.
    ///
    /// @throws TocsinException with a code that says what is in the way: `NATIVE_LIBRARY_MISSING`,
    ///     `FOLDER_IN_USE`,
    ///     `ADDRESS_IN_USE`, `DISK_FULL`, `INPUT_OUTPUT`
    /// @throws IllegalStateException when the process was started without signal chaining
    public static StorageServer open(StorageOptions options) {
        Path library;
        try {
            library = NativeLibrary.locate();
        } catch (IllegalStateException e) {
            throw TocsinException.of(ErrorCode.NATIVE_LIBRARY_MISSING, String.valueOf(e.getMessage()), e);
        }
        try {
            return new StorageServer(options, library);
        } catch (BindException e) {
            throw TocsinException.of(
                    ErrorCode.ADDRESS_IN_USE,
                    "cannot listen; stop what listens there or choose another address [address=" + options.listen()
                            + ", reason=" + e.getMessage() + "]",
                    e);
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot open the storage", options.folder(), e);
        }
    }

    private <T extends AutoCloseable> T keep(T resource) {
        resources.push(resource);
        return resource;
    }

    private HttpServer listen(InetSocketAddress address) throws IOException {
        HttpServer server = HttpServer.create(address, 256);
        ExecutorService threads = keep(Executors.newVirtualThreadPerTaskExecutor());
        server.setExecutor(threads);
        route(server, "POST", DeliveryRun.PATH, true, deliveries::handle);
        route(server, "POST", "/query", true, queries::handle);
        route(server, "GET", "/ledger", true, this::ledger);
        route(server, "POST", "/claims/v1", true, this::claim);
        route(server, "GET", "/healthz", false, exchange -> exchange.send(200, "text/plain", "ok\n"));
        route(server, "GET", "/readyz", false, this::ready);
        route(server, "GET", "/metrics", false, this::metrics);
        server.createContext(
                "/",
                http -> answer(
                        http, exchange -> exchange.problem(TocsinException.notFound("path", http.getRequestURI()))));
        server.start();
        return server;
    }

    private void route(HttpServer server, String method, String path, boolean secret, Handler handler) {
        server.createContext(
                path,
                http -> answer(http, exchange -> {
                    if (secret && !isAuthentic(exchange.header("Authorization"))) {
                        metrics.add(StorageMetrics.Counter.REQUESTS_UNAUTHENTICATED, 1);
                        throw TocsinException.of(
                                ErrorCode.UNAUTHENTICATED, "send the installation secret as a bearer token");
                    }
                    if (!http.getRequestURI().getPath().equals(path)) {
                        throw TocsinException.notFound("path", http.getRequestURI());
                    }
                    if (!http.getRequestMethod().equals(method)) {
                        throw TocsinException.invalidRequest(
                                "wrong method [method=" + http.getRequestMethod() + ", right=" + method + "]");
                    }
                    if (draining && secret) {
                        throw TocsinException.of(
                                ErrorCode.STORAGE_UNAVAILABLE, "the storage is stopping; try again later");
                    }
                    handler.handle(exchange);
                }));
    }

    private void answer(HttpExchange http, Handler handler) {
        Exchange exchange = new Exchange(http);
        try (http) {
            try {
                handler.handle(exchange);
            } catch (TocsinException e) {
                exchange.problem(e);
            } catch (EngineException e) {
                exchange.problem(TocsinException.of(
                        ErrorCode.STORAGE_UNAVAILABLE,
                        "the engine failed [error=" + e.name() + "]: " + e.getMessage(),
                        e));
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "request failed [uri=" + http.getRequestURI() + "]", e);
                exchange.problem(TocsinException.internal("the storage failed: " + e, e));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "caller went away [uri=" + http.getRequestURI() + "]", e);
        }
    }

    private boolean isAuthentic(@Nullable String header) {
        return header != null && MessageDigest.isEqual(authorization, header.getBytes(StandardCharsets.UTF_8));
    }

    private void ready(Exchange exchange) throws IOException {
        if (draining) {
            exchange.send(503, "text/plain", "stopping\n");
            return;
        }
        exchange.send(200, "text/plain", probe("SELECT 'ready'") + "\n");
    }

    private String probe(String sql) {
        probeLock.lock();
        try {
            return probe.text(sql);
        } finally {
            probeLock.unlock();
        }
    }

    private void metrics(Exchange exchange) throws IOException {
        StringBuilder page = new StringBuilder();
        metrics.write(page);
        if (!draining) {
            List<String> cells =
                    List.of(probe("SELECT sum(rows), count(), sum(bytes_on_disk), sum(data_uncompressed_bytes)"
                                    + " FROM system.parts WHERE active AND database = '" + Tables.DATABASE
                                    + "' AND table = 'events'")
                            .split("\t", -1));
            StorageMetrics.gauge(page, "events", "Events in the table.", Long.parseLong(cells.get(0)));
            StorageMetrics.gauge(page, "parts", "Parts of the table.", Long.parseLong(cells.get(1)));
            StorageMetrics.gauge(page, "disk_bytes", "Bytes of the table on disk.", Long.parseLong(cells.get(2)));
            StorageMetrics.gauge(
                    page, "plain_bytes", "Bytes of the table before compression.", Long.parseLong(cells.get(3)));
        }
        StorageMetrics.gauge(
                page,
                "disk_free_bytes",
                "Free bytes of the disk of the data folder.",
                options.folder().toFile().getUsableSpace());
        page.append("# EOF\n");
        exchange.send(200, "application/openmetrics-text; version=1.0.0; charset=utf-8", page.toString());
    }

    private void claim(Exchange exchange) throws IOException {
        String text = new String(exchange.body(MAXIMUM_CLAIM_BYTES), StandardCharsets.US_ASCII);
        exchange.send(200, "text/plain", claims.claim(text) + "\n");
    }

    private void ledger(Exchange exchange) throws IOException {
        long now = options.clock().millis();
        long to = exchange.number("to", now + 60_000);
        long from = exchange.number("from", to - HOUR_MILLIS);
        StringBuilder json = new StringBuilder("{\"entries\":[");
        boolean begun = false;
        for (LedgerReader.Line line : ledger.read(from, to)) {
            json.append(begun ? ",{" : "{");
            begun = true;
            json.append("\"minute\":").append(line.minuteMillis()).append(",\"collector\":");
            Json.append(json, line.collector()).append(",\"source\":");
            Json.append(json, line.source());
            json.append(",\"received\":").append(line.received());
            json.append(",\"stored\":").append(line.stored());
            json.append(",\"filtered\":").append(line.filtered());
            json.append(",\"aggregated\":").append(line.aggregated());
            json.append(",\"rejected\":{");
            boolean reasons = false;
            for (var rejected : line.rejected().entrySet()) {
                json.append(reasons ? "," : "");
                reasons = true;
                Json.append(json, rejected.getKey()).append(':').append(rejected.getValue());
            }
            json.append("}}");
        }
        exchange.json(200, json.append("]}").toString());
    }

    /// Builds the index of one day now, as it would be at that time.
    int indexNow(Instant now) throws InterruptedException {
        return maintenance.indexNow(now);
    }

    /// Where the service listens.
    public InetSocketAddress address() {
        return http.getAddress();
    }

    /// Lets the delivery that is being stored finish, refuses everything else, stops the searches and closes the
    /// engine.
    @Override
    public void close() {
        closeLock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            draining = true;
            engine.cancelAll();
            http.stop(STOP_SECONDS);
            closeResources();
        } finally {
            closeLock.unlock();
        }
    }

    private void closeResources() {
        while (!resources.isEmpty()) {
            AutoCloseable resource = resources.pop();
            try {
                resource.close();
            } catch (Exception e) {
                LOG.log(System.Logger.Level.WARNING, "cannot close a part of the storage", e);
            }
        }
    }
}
