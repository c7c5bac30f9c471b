package io.tocsin.storage;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs the storage as a child process and starts it again when it dies, so that a crash of the native engine costs
/// a second and not an event. The child keeps the port that it was given at first, so its address stays the same.
///
/// Thread-safety: any thread.
public final class StorageProcess implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StorageProcess.class.getName());
    private static final long FIRST_BACKOFF_MILLIS = 100;
    private static final long LONGEST_BACKOFF_MILLIS = 10_000;
    /// A child that served this long was well: the next restart is immediate again.
    private static final long WELL_MILLIS = 30_000;

    /// How the child is started.
    ///
    /// @param javaHome JDK that runs the child
    /// @param classPath class path of the child
    /// @param jvmArguments further arguments of the JVM, after [#jvmArguments()]
    /// @param arguments main class and arguments of the program; `%PORT%` in them becomes the port, 0 at the
    ///     first start
    /// @param startTime how long a start may take
    /// @param stopTime how long it may take to stop before it is killed
    /// @param log takes each line that the child writes besides the ready line
    public record Options(
            Path javaHome,
            String classPath,
            List<String> jvmArguments,
            List<String> arguments,
            Duration startTime,
            Duration stopTime,
            Consumer<String> log) {
        public Options {
            jvmArguments = List.copyOf(jvmArguments);
            arguments = List.copyOf(arguments);
        }
    }

    /// What the child does now.
    public enum State {
        STARTING,
        UP,
        DOWN
    }

    private final Options options;
    private final Thread keeper;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private State state = State.STARTING;
    private int port;
    private int starts;
    private @Nullable Process child;
    private @Nullable URI address;
    private @Nullable String failure;
    private boolean stopping;

    private StorageProcess(Options options, int port) {
        this.options = options;
        this.port = port;
        keeper = Thread.ofPlatform().daemon().name("storage-keeper").unstarted(this::keep);
    }

    /// The arguments that the JVM of a storage process needs: a small heap beside the memory of the engine, and
    /// native access.
    public static List<String> jvmArguments() {
        return List.of(
                "-Xms32m",
                "-Xmx640m",
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:MaxHeapFreeRatio=30",
                "-XX:MinHeapFreeRatio=10",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED");
    }

    /// The value of `LD_PRELOAD` that a storage process needs.
    ///
    /// @throws TocsinException `NOT_FOUND` when the JDK has no `libjsig.so`
    public static String preload(Path javaHome) {
        Path library = javaHome.resolve("lib").resolve("libjsig.so");
        if (!Files.exists(library)) {
            throw TocsinException.of(
                    ErrorCode.NOT_FOUND,
                    "the JDK has no libjsig.so, which the storage needs; use a whole JDK 25 [path=" + library + "]");
        }
        return library.toString();
    }

    /// Starts the child and waits until it serves.
    ///
    /// @param port where it shall listen, 0 for any
    /// @throws TocsinException `STORAGE_UNAVAILABLE` when it does not serve within the start time; the message
    ///     holds what the child said
    public static StorageProcess start(Options options, int port) throws InterruptedException {
        StorageProcess process = begin(options, port);
        process.awaitFirstStart();
        return process;
    }

    /// Starts the child without waiting for it, so that it can be closed meanwhile; [#awaitFirstStart()] has to follow.
    ///
    /// @param port where it shall listen, 0 for any
    public static StorageProcess begin(Options options, int port) {
        StorageProcess process = new StorageProcess(options, port);
        process.keeper.start();
        return process;
    }

    /// Waits until the child serves; when it does not, closes this.
    ///
    /// @throws TocsinException `STORAGE_UNAVAILABLE` when it does not serve within the start time, or was closed
    ///     meanwhile; the message holds what the child said
    public void awaitFirstStart() throws InterruptedException {
        boolean up = false;
        try {
            awaitUp();
            up = true;
        } finally {
            if (!up) {
                close();
            }
        }
    }

    private void awaitUp() throws InterruptedException {
        long left = options.startTime().toNanos();
        lock.lock();
        try {
            while (state == State.STARTING && left > 0) {
                left = changed.awaitNanos(left);
            }
            if (state != State.UP) {
                throw TocsinException.of(
                        ErrorCode.STORAGE_UNAVAILABLE,
                        "the storage process did not start [seconds="
                                + options.startTime().toSeconds() + "]: " + (failure == null ? "no answer" : failure));
            }
        } finally {
            lock.unlock();
        }
    }

    /// Base URL of the service. It stays the same over restarts.
    public URI address() {
        lock.lock();
        try {
            if (address == null) {
                throw new IllegalStateException("the storage process has not started yet");
            }
            return address;
        } finally {
            lock.unlock();
        }
    }

    public State state() {
        lock.lock();
        try {
            return state;
        } finally {
            lock.unlock();
        }
    }

    /// Process id of the running child, or -1.
    public long pid() {
        lock.lock();
        try {
            return child == null ? -1 : child.pid();
        } finally {
            lock.unlock();
        }
    }

    /// How often the child was started.
    public int starts() {
        lock.lock();
        try {
            return starts;
        } finally {
            lock.unlock();
        }
    }

    private void keep() {
        long backoffMillis = FIRST_BACKOFF_MILLIS;
        while (true) {
            long startedNanos = System.nanoTime();
            runOnce();
            boolean well = System.nanoTime() - startedNanos > WELL_MILLIS * 1_000_000;
            backoffMillis = well ? FIRST_BACKOFF_MILLIS : Math.min(backoffMillis * 2, LONGEST_BACKOFF_MILLIS);
            lock.lock();
            try {
                if (stopping) {
                    return;
                }
                set(State.DOWN);
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the storage process ended, starting it again [failure=" + failure + "]");
                long left = TimeUnit.MILLISECONDS.toNanos(backoffMillis);
                while (!stopping && left > 0) {
                    left = changed.awaitNanos(left);
                }
                if (stopping) {
                    return;
                }
                set(State.STARTING);
            } catch (InterruptedException e) {
                return;
            } finally {
                lock.unlock();
            }
        }
    }

    private void runOnce() {
        Process started;
        lock.lock();
        try {
            if (stopping) {
                return;
            }
            started = builder().start();
            child = started;
            starts++;
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
            return;
        } finally {
            lock.unlock();
        }
        try (BufferedReader output = started.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(StorageChild.READY)) {
                    ready(URI.create(line.substring(StorageChild.READY.length()).strip()));
                } else {
                    said(line);
                }
            }
            int status = started.waitFor();
            ended("exit status " + status);
        } catch (IOException e) {
            ended(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            started.destroyForcibly();
        }
    }

    private ProcessBuilder builder() {
        List<String> command = new ArrayList<>();
        command.add(options.javaHome().resolve("bin").resolve("java").toString());
        command.addAll(jvmArguments());
        command.addAll(options.jvmArguments());
        command.add("-cp");
        command.add(options.classPath());
        options.arguments().forEach(argument -> command.add(argument.replace("%PORT%", Integer.toString(port))));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LD_PRELOAD", preload(options.javaHome()));
        return builder;
    }

    private void ready(URI uri) {
        lock.lock();
        try {
            address = uri;
            port = uri.getPort();
            failure = null;
            set(State.UP);
        } finally {
            lock.unlock();
        }
    }

    private void said(String line) {
        options.log().accept(line);
        lock.lock();
        try {
            failure = line;
        } finally {
            lock.unlock();
        }
    }

    private void ended(String how) {
        lock.lock();
        try {
            child = null;
            failure = failure == null ? how : how + ", last line: " + failure;
        } finally {
            lock.unlock();
        }
    }

    /// What the death of this process would do as well.
    private static void endInput(Process running) {
        try {
            running.getOutputStream().close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the storage process ended before it was stopped", e);
        }
    }

    private void set(State newState) {
        state = newState;
        changed.signalAll();
    }

    /// Stops the child by ending its standard input and waits; kills it when it takes too long. It is not started
    /// again.
    @Override
    public void close() {
        Process running;
        lock.lock();
        try {
            stopping = true;
            running = child;
            set(State.DOWN);
        } finally {
            lock.unlock();
        }
        try {
            if (running != null) {
                endInput(running);
                if (!running.waitFor(options.stopTime().toSeconds(), TimeUnit.SECONDS)) {
                    LOG.log(System.Logger.Level.WARNING, "the storage process does not stop, it is killed");
                    running.destroyForcibly().waitFor();
                }
            }
            keeper.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
