package io.tocsin.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The life of a storage process: open, say that it is ready, serve until it is told to stop, close the engine,
/// exit 0. It is told to stop by SIGTERM, or, as a child, by the end of its standard input: when the parent dies in
/// whatever way, the pipe ends and the data folder becomes free for the next one. A child that is still opening is as
/// after a kill then, which it has to come back from at any moment anyway; it says nothing before it serves, so nobody
/// relies on what it has.
public final class StorageChild {
    /// What the line that says that the storage serves begins with; the rest is its URL.
    public static final String READY = "ready storage=";

    private static final System.Logger LOG = System.getLogger(StorageChild.class.getName());

    private StorageChild() {}

    /// Serves until the process is told to stop. Returns only when opening failed (by its exception); else it ends
    /// the process.
    ///
    /// @param parent standard input when a parent holds its other end, else an input that never ends
    /// @param output where the line that begins with [#READY] goes
    /// @throws io.tocsin.error.TocsinException when the storage cannot be opened
    public static void serve(StorageOptions options, InputStream parent, PrintStream output) {
        AtomicReference<@Nullable StorageServer> serving = new AtomicReference<>();
        Thread parentWatch = Thread.ofPlatform().daemon().name("storage-parent").start(() -> {
            awaitEnd(parent);
            LOG.log(System.Logger.Level.INFO, "the parent process is gone or wants it, the storage stops");
            StorageServer opened = serving.get();
            if (opened != null) {
                opened.close();
            }
            Runtime.getRuntime().halt(0);
        });
        StorageServer server = StorageServer.open(options);
        serving.set(server);
        Thread stop = Thread.ofPlatform().name("storage-stop").unstarted(() -> {
            server.close();
            // The status of a JVM that ended by SIGTERM would be 143 although everything is closed.
            Runtime.getRuntime().halt(0);
        });
        Runtime.getRuntime().addShutdownHook(stop);
        output.println(READY + "http://" + text(server));
        output.flush();
        awaitEnd(parentWatch);
    }

    private static String text(StorageServer server) {
        String host = server.address().getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":"
                + server.address().getPort();
    }

    /// Serves on when it is interrupted.
    private static void awaitEnd(Thread parentWatch) {
        while (true) {
            try {
                parentWatch.join();
                return;
            } catch (InterruptedException e) {
                LOG.log(System.Logger.Level.DEBUG, "interrupted while the storage serves", e);
            }
        }
    }

    private static void awaitEnd(InputStream parent) {
        byte[] ignored = new byte[64];
        try {
            while (parent.read(ignored) >= 0) {
                // the parent never writes; only the end matters
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "standard input failed", e);
        }
    }
}
