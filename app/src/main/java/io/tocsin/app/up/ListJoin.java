package io.tocsin.app.up;

import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.correlator.table.SharingStep;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.time.SystemClock;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/// Lets the correlator of this process have the records of shared lists that the others have: asks for them when its
/// engine says that it does not have them ([SharingStep] says how), fetches them, and brings them into the log that
/// the engine reads. Whatever breaks off is done again from its beginning; the engine takes all of it or nothing.
///
/// Thread-safety: any thread.
final class ListJoin implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ListJoin.class.getName());
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration FETCH = Duration.ofMinutes(10);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration FIRST_LIMIT = Duration.ofSeconds(30);
    private static final Duration LONGEST_LIMIT = Duration.ofHours(1);
    private static final Duration POLL = Duration.ofMillis(100);
    /// Longest record: the steps have 256 KiB, and a record of a list may be longer than that.
    private static final int MAXIMUM_BYTES = 32 << 20;

    private final CorrelatorRunner correlator;
    private final DurableLog log;
    private final URI contents;
    private final String authorization;
    private final Path folder;
    private final StepEncoder encoder;
    private final SecureRandom random = new SecureRandom();
    private final HttpClient client;
    private final Thread thread;
    private Duration limit = FIRST_LIMIT;
    private String trouble = "";
    private volatile boolean isComplete;
    private final AtomicLong joins = new AtomicLong();

    private ListJoin(
            CorrelatorRunner correlator, DurableLog log, URI centre, String secret, Path folder, SystemClock clock) {
        this.correlator = correlator;
        this.log = log;
        this.contents = centre.resolve(JoinContents.PATH);
        this.authorization = "Bearer " + secret;
        this.folder = folder;
        this.encoder = new StepEncoder(clock);
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(ANSWER)
                .build();
        this.thread = Thread.ofVirtual().name("list-join").unstarted(this::work);
    }

    /// Begins to look after the lists.
    ///
    /// @param log which the correlator reads
    /// @param centre address of the installation's core
    /// @param folder for what is fetched, until it is in the log
    static ListJoin start(
            CorrelatorRunner correlator, DurableLog log, URI centre, String secret, Path folder, SystemClock clock)
            throws IOException {
        Files.createDirectories(folder);
        ListJoin join = new ListJoin(correlator, log, centre, secret, folder, clock);
        join.thread.start();
        return join;
    }

    private void work() {
        try {
            while (true) {
                look();
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() throws InterruptedException {
        try {
            isComplete = !ask(engine -> engine.tables().needsJoin());
            if (!isComplete) {
                join();
                limit = FIRST_LIMIT;
                trouble = "";
            }
        } catch (IOException | TimeoutException | RuntimeException e) {
            // Whatever it was: who does not ask again has half of a list for ever.
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            if (!reason.equals(trouble)) {
                LOG.log(
                        Logger.Level.WARNING,
                        "shared lists lack what was written before; it is asked for again [reason={0}]",
                        reason);
                trouble = reason;
            }
        }
    }

    private void join() throws IOException, InterruptedException, TimeoutException {
        long join = 0;
        while (join == 0) {
            join = random.nextLong();
        }
        append(encoder.uncounted(new SharingStep.Ask(join)));
        Path file = Files.createTempFile(folder, "join-", ".tmp");
        try {
            fetch(join, file);
            append(file);
        } finally {
            Files.deleteIfExists(file);
        }
        while (isCurrent(join)) {
            Thread.sleep(POLL);
        }
        isComplete = !ask(engine -> engine.tables().needsJoin());
        if (!isComplete) {
            throw new IOException("what came does not fit, or too much was written meanwhile");
        }
        joins.incrementAndGet();
        LOG.log(Logger.Level.INFO, "shared lists have the records of the installation [from={0}]", contents);
    }

    private boolean isCurrent(long join) throws InterruptedException, TimeoutException {
        return ask(engine -> engine.tables().currentJoin()) == join;
    }

    private <T> T ask(Function<Engine, T> question) throws InterruptedException, TimeoutException {
        try {
            return correlator.ask(question).get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("BUG: a question to the engine failed", e);
        } catch (TimeoutException e) {
            TimeoutException named = new TimeoutException("the correlator does not answer");
            named.initCause(e);
            throw named;
        }
    }

    /// Waits for the place of the join, first here, so that what is fetched comes behind it, then there.
    private void fetch(long join, Path file) throws IOException, InterruptedException, TimeoutException {
        long until = System.nanoTime() + limit.toNanos();
        boolean isPassed = false;
        while (!isPassed || !fetched(join, file)) {
            if (System.nanoTime() > until) {
                // Each request waits in logs until it comes to its place: there must not be many.
                limit = limit.multipliedBy(2).compareTo(LONGEST_LIMIT) > 0 ? LONGEST_LIMIT : limit.multipliedBy(2);
                throw new IOException(
                        isPassed
                                ? "the core has not come to the request [address=" + contents + "]"
                                : "the request did not come back from the core; is this correlator among its"
                                        + " TOCSIN_CORRELATORS? [address=" + contents + "]");
            }
            Thread.sleep(POLL);
            boolean wasPassed = isPassed;
            isPassed = isCurrent(join);
            if (wasPassed && !isPassed) {
                throw new IOException("too much was written meanwhile");
            }
        }
    }

    private boolean fetched(long join, Path file) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(contents + "?" + JoinContents.name(join)))
                .timeout(FETCH)
                .header("Authorization", authorization)
                .build();
        HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            int status = answer.statusCode();
            if (status == 200) {
                Files.copy(body, file, StandardCopyOption.REPLACE_EXISTING);
            } else if (status != 404) {
                throw new IOException("the core answers " + status
                        + (status == 409 ? ", it has late writes of its own" : "") + " [address=" + contents + "]");
            }
            return status == 200;
        }
    }

    private void append(Path file) throws IOException, InterruptedException {
        LogPosition end = log.end();
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            while (true) {
                int length;
                try {
                    length = in.readInt();
                } catch (EOFException finished) {
                    break;
                }
                if (length < 0 || length > MAXIMUM_BYTES) {
                    throw new IOException("the core sent something that cannot be read");
                }
                byte[] record = in.readNBytes(length);
                end = append(record);
            }
        }
        log.awaitSynced(end, ANSWER);
    }

    private LogPosition append(byte[] record) throws InterruptedException {
        return log.append(record, 0, record.length, 1, ANSWER);
    }

    /// OpenMetrics text: whether the lists are whole, and how often they were fetched.
    String metrics() {
        return "# TYPE tocsin_shared_lists_complete gauge\n"
                + "# HELP tocsin_shared_lists_complete 1 when the shared lists have the records of the installation.\n"
                + "tocsin_shared_lists_complete " + (isComplete ? 1 : 0) + "\n"
                + "# TYPE tocsin_shared_lists_joins counter\n"
                + "# HELP tocsin_shared_lists_joins Times that they were fetched.\n"
                + "tocsin_shared_lists_joins_total " + joins.get() + "\n";
    }

    @Override
    public void close() {
        thread.interrupt();
        client.shutdownNow();
        try {
            thread.join(ANSWER);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
