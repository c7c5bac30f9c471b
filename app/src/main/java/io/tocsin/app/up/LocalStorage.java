package io.tocsin.app.up;

import io.tocsin.error.TocsinException;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.destination.ServiceSelection;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.storage.StorageProcess;
import java.io.IOException;
import java.lang.System.Logger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The storage of this machine: its child process and the deliveries to it.
///
/// Thread-safety: any thread reads; one thread starts and stops.
final class LocalStorage implements AutoCloseable {
    private static final Logger LOG = System.getLogger(LocalStorage.class.getName());
    private static final Duration START_TIME = Duration.ofSeconds(60);
    /// The child is back within seconds; nobody else is on this machine to be spared.
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(1);

    private static final Duration STOP_TIME = Duration.ofSeconds(8);
    /// Where a process that the launcher has asked to records what its storage loads, which is written at its end.
    private static final @Nullable String RECORD = System.getProperty("tocsin.storage.record");

    private static final Duration RECORDING_STOP_TIME = Duration.ofMinutes(3);

    private final DataFolder folder;
    private final InstantSource clock;
    private final ListenAddress listen;
    private final int port;
    private final Deliveries deliveries;
    private final CompletableFuture<StorageProcess> process = new CompletableFuture<>();
    private volatile @Nullable StorageProcess child;
    private StorageProcess.State lastState = StorageProcess.State.STARTING;
    private long since;

    LocalStorage(DataFolder folder, ListenAddress listen, InstantSource clock) throws IOException {
        this.folder = folder;
        this.listen = listen;
        this.clock = clock;
        this.since = clock.millis();
        this.deliveries = new Deliveries(folder.secret(), folder.deadLetters(), LONGEST_RETRY);
        if (listen.port() != 0) {
            port = listen.port();
            return;
        }
        // Known before the child runs, so that everybody can be told at once; the child keeps it over restarts.
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
    }

    /// Starts the child without waiting for it.
    void begin() {
        Path javaHome = Path.of(System.getProperty("java.home"));
        StorageProcess.Options options = new StorageProcess.Options(
                javaHome,
                System.getProperty("java.class.path"),
                jvmArguments(),
                List.of(
                        "io.tocsin.app.Main",
                        "storage",
                        "--child",
                        "--data",
                        folder.root().toString(),
                        "--listen",
                        listen.host() + ":%PORT%"),
                START_TIME,
                RECORD == null ? STOP_TIME : RECORDING_STOP_TIME,
                line -> LOG.log(Logger.Level.INFO, "storage: " + line));
        StorageProcess begun = StorageProcess.begin(options, port);
        child = begun;
        Thread.ofVirtual().name("storage-start").start(() -> {
            try {
                begun.awaitFirstStart();
                process.complete(begun);
            } catch (InterruptedException | RuntimeException e) {
                process.completeExceptionally(e);
            }
        });
    }

    /// With what the launcher has recorded, when it has; or so that this is recorded.
    private static List<String> jvmArguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "-Dtocsin.home=" + System.getProperty("tocsin.home", "."),
                "-Djava.util.logging.SimpleFormatter.format=%4$s %3$s %5$s%6$s%n"));
        String recorded = System.getProperty("tocsin.storage.aot");
        if (RECORD != null) {
            arguments.add("-XX:AOTCacheOutput=" + RECORD);
        } else if (recorded != null) {
            arguments.add("-XX:AOTCache=" + recorded);
        }
        return arguments;
    }

    /// Waits until the child serves.
    ///
    /// @throws TocsinException when it does not come up
    URI awaitUp() {
        try {
            process.join();
            return address();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TocsinException known) {
                throw known;
            }
            throw e;
        }
    }

    /// Where the child serves, or will serve.
    URI address() {
        return listen.localUri(port);
    }

    /// Delivers a log to the storage from now on.
    ///
    /// @param routes true for the names of services whose batches are stored
    /// @param what name of the folder of dead letters
    void deliver(DurableLog log, Predicate<String> routes, String what) {
        deliveries.start(
                log,
                CollectorSet.STORAGE,
                address().resolve(DeliveryRun.PATH),
                ServiceSelection.toStorage(routes),
                what);
    }

    /// Waits until everything in the logs is stored, or the time is over; then stops delivering.
    void drain(Duration limit) throws InterruptedException {
        deliveries.drain(limit);
    }

    synchronized StorageProcess.State state() {
        StorageProcess.State now = process.isDone() && !process.isCompletedExceptionally()
                ? process.join().state()
                : StorageProcess.State.STARTING;
        if (now != lastState) {
            lastState = now;
            since = clock.millis();
        }
        return now;
    }

    /// Since when it has been in its state, epoch ms.
    synchronized long sinceMillis() {
        return since;
    }

    /// OpenMetrics text of the deliveries.
    String deliveryMetrics() {
        return deliveries.metrics();
    }

    long deliveredEvents() {
        return deliveries.deliveredEvents();
    }

    /// What is wrong, or null.
    @Nullable
    String detail() {
        return deliveries.detail();
    }

    @Override
    public void close() {
        deliveries.close();
        StorageProcess begun = child;
        if (begun != null) {
            begun.close();
        }
    }
}
