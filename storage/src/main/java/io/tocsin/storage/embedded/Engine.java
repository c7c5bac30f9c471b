package io.tocsin.storage.embedded;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// The ClickHouse engine over one data folder.
///
/// Pitfalls: the engine resets the SIGSEGV handler in the middle of some statements, and the next null check of
/// compiled Java code would end the JVM without a word. Signal chaining avoids that, so [#open] refuses to work
/// without
/// `libjsig.so`
/// preloaded. All sessions must be closed before the process exits, else the engine ends it with an assertion (the
/// data stays whole): [#close()] does that.
///
/// Thread-safety: any thread.
public final class Engine implements AutoCloseable {
    /// The control session is the first one.
    private static final String CONTROL_TAG = "session-1";

    private final EngineOptions options;
    private final Bindings bindings;
    private final FileChannel lockChannel;
    private final List<String> arguments;
    private final AtomicInteger sessionNumber = new AtomicInteger();
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private final ReentrantLock controlLock = new ReentrantLock();
    private final Session control;
    private volatile boolean closed;

    private Engine(EngineOptions options, Bindings bindings, FileChannel lockChannel, Path configuration) {
        this.options = options;
        this.bindings = bindings;
        this.lockChannel = lockChannel;
        arguments = List.of(
                "tocsin",
                "--path=" + options.folder().resolve("engine").toAbsolutePath(),
                "--config-file=" + configuration.toAbsolutePath());
        control = open(EngineFiles.ADMINISTRATOR);
    }

    /// Opens the engine and the data folder.
    ///
    /// @param library the native library, see [NativeLibrary#locate()]
    /// @throws TocsinException `FOLDER_IN_USE`, or `DISK_FULL` or `INPUT_OUTPUT` when the folder cannot be
    ///     written
    /// @throws IllegalStateException when `libjsig.so` is not preloaded or the engine refuses
    public static Engine open(EngineOptions options, Path library) {
        requireSignalChaining();
        FileChannel lockChannel = lock(options.folder());
        boolean opened = false;
        try {
            Path configuration = EngineFiles.write(options, options.folder().resolve("configuration"));
            Engine engine = new Engine(options, Bindings.load(library), lockChannel, configuration);
            boolean prepared = false;
            try {
                engine.control.execute("CREATE DATABASE IF NOT EXISTS " + options.database());
                engine.control.execute("USE " + options.database());
                prepared = true;
            } finally {
                if (!prepared) {
                    engine.close();
                }
            }
            opened = true;
            return engine;
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot write the configuration of the engine", options.folder(), e);
        } finally {
            if (!opened) {
                release(lockChannel);
            }
        }
    }

    private static void requireSignalChaining() {
        try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
            if (mappings.noneMatch(line -> line.endsWith("/libjsig.so"))) {
                throw new IllegalStateException("the storage process needs signal chaining; start it with "
                        + "LD_PRELOAD=$JAVA_HOME/lib/libjsig.so, as `tocsin up` and `tocsin storage` do");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot see which libraries are loaded [file=/proc/self/maps]", e);
        }
    }

    private static FileChannel lock(Path folder) {
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = null;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                // This process holds it already: the same answer.
            } finally {
                if (lock == null) {
                    channel.close();
                }
            }
            if (lock == null) {
                throw TocsinException.of(
                        ErrorCode.FOLDER_IN_USE,
                        "another process uses the storage folder; stop it or choose another folder [folder=" + folder
                                + "]");
            }
            return channel;
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot open the storage folder", folder, e);
        }
    }

    private static void release(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release the lock of the storage folder", e);
        }
    }

    public EngineOptions options() {
        return options;
    }

    /// A session that may do everything.
    public Session administrator() {
        Session session = open(EngineFiles.ADMINISTRATOR);
        session.execute("USE " + options.database());
        return session;
    }

    /// A session that may only select from the readable tables. Its settings can be changed, except that it
    /// reads only.
    public Session reader() {
        Session session = open(EngineFiles.READER);
        session.execute("USE " + options.database());
        session.execute("SET allow_introspection_functions = 0, allow_ddl = 0");
        session.execute("SET readonly = 2");
        return session;
    }

    private Session open(String role) {
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
        String tag = "session-" + sessionNumber.incrementAndGet();
        Session session = new Session(this, bindings, tag, () -> {
            MemorySegment connection = bindings.connect(arguments);
            if (connection.address() == 0) {
                throw new IllegalStateException(
                        "the engine cannot open its data folder, its own message is above on standard "
                                + "error [folder=" + options.folder() + "]");
            }
            return connection;
        });
        sessions.add(session);
        session.execute("SET ROLE " + role);
        session.execute("SET log_comment = '" + tag + "'");
        return session;
    }

    /// Stops all SELECT statements that run now.
    public void cancelAll() {
        controlLock.lock();
        try {
            if (!closed) {
                control.execute("KILL QUERY WHERE query_kind = 'Select' AND Settings['log_comment'] != '" + CONTROL_TAG
                        + "' ASYNC");
            }
        } finally {
            controlLock.unlock();
        }
    }

    void kill(String tag) {
        controlLock.lock();
        try {
            if (!closed) {
                control.execute("KILL QUERY WHERE Settings['log_comment'] = '" + tag + "' ASYNC");
            }
        } finally {
            controlLock.unlock();
        }
    }

    void forget(Session session) {
        sessions.remove(session);
    }

    /// Number of native connections, results and streams of this process that are not given back yet.
    public static long liveNativeResources() {
        return Bindings.live();
    }

    /// Closes all sessions, the control session last, and gives the folder free. Running statements are waited
    /// for.
    @Override
    public void close() {
        controlLock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            controlLock.unlock();
        }
        try {
            for (Session session : List.copyOf(sessions)) {
                if (session != control) {
                    session.close();
                }
            }
            control.close();
        } finally {
            release(lockChannel);
        }
    }
}
