package io.tocsin.app.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A process of the installation under test: it can be killed, stopped, frozen and started again.
///
/// Thread-safety: one thread.
final class SiteProcess {
    private static final Duration START = Duration.ofMinutes(5);
    private static final Duration END = Duration.ofSeconds(30);

    private final String name;
    private final Path folder;
    private final List<String> command;
    private final Map<String, String> environment;
    private Change change = Change.NONE;
    private Process process;
    private int starts;

    /// How later starts differ from the first.
    ///
    /// @param prefix before the command, which has to become the command's process
    /// @param arguments texts of the command that are replaced
    /// @param environment more of it
    record Change(List<String> prefix, Map<String, String> arguments, Map<String, String> environment) {
        static final Change NONE = new Change(List.of(), Map.of(), Map.of());

        static Change environment(Map<String, String> environment) {
            return new Change(List.of(), Map.of(), environment);
        }
    }

    private SiteProcess(
            String name, Path folder, List<String> command, Map<String, String> environment, Process first) {
        this.name = name;
        this.folder = folder;
        this.command = List.copyOf(command);
        this.environment = Map.copyOf(environment);
        this.process = first;
    }

    /// @param arguments behind `tocsin`
    static SiteProcess start(String name, Path folder, List<String> arguments, Map<String, String> environment)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("tocsin.home", "."), "tocsin").toString());
        command.addAll(arguments);
        SiteProcess started =
                new SiteProcess(name, folder, command, environment, begin(name, folder, 0, command, environment));
        try {
            started.awaitReady();
            return started;
        } catch (IOException e) {
            started.close();
            throw e;
        }
    }

    private static Process begin(
            String name, Path folder, int number, List<String> command, Map<String, String> environment)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(folder.resolve(name + ".out." + number).toFile())
                .redirectError(folder.resolve(name + ".err." + number).toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    /// Starts again and waits until it serves.
    void restart() throws IOException, InterruptedException {
        restart("");
        awaitReady();
    }

    /// Starts again with a property for the JVM; does not wait.
    void restart(String property) throws IOException {
        List<String> all = new ArrayList<>(change.prefix());
        command.forEach(text -> all.add(change.arguments().getOrDefault(text, text)));
        Map<String, String> variables = new HashMap<>(environment);
        variables.putAll(change.environment());
        if (!property.isEmpty()) {
            variables.put("JAVA_TOOL_OPTIONS", property);
        }
        process = begin(name, folder, ++starts, all, variables);
    }

    /// Later starts differ so from the first.
    void change(Change next) {
        change = next;
    }

    void awaitReady() throws IOException, InterruptedException {
        Path out = folder.resolve(name + ".out." + starts);
        long until = System.nanoTime() + START.toNanos();
        while (Files.readString(out).lines().noneMatch(line -> line.startsWith("ready"))) {
            if (!process.isAlive()) {
                throw new IOException(name + " ended with exit code " + process.exitValue() + ": "
                        + Files.readString(folder.resolve(name + ".err." + starts))
                                .strip());
            }
            if (System.nanoTime() > until) {
                throw new IOException(name + " does not start");
            }
            Thread.sleep(20);
        }
    }

    /// Like `kill -9`.
    void kill() throws IOException, InterruptedException {
        process.destroyForcibly();
        awaitEnd();
    }

    /// Like `kill -9`, to the first child whose command line has the word.
    void killChild(String word) throws IOException, InterruptedException {
        ProcessHandle child = process.descendants()
                .filter(each ->
                        List.of(each.info().arguments().orElse(new String[0])).contains(word))
                .findFirst()
                .orElseThrow(() -> new IOException("no process of " + name + " is called " + word));
        child.destroyForcibly();
        child.onExit().orTimeout(END.toSeconds(), TimeUnit.SECONDS).join();
    }

    /// Like `kill -9`, and starts again with what is different.
    void restartKilled(Change next) throws IOException, InterruptedException {
        kill();
        change(next);
        restart();
    }

    /// SIGTERM, and starts again as it was at first.
    void restartStopped() throws IOException, InterruptedException {
        change(Change.NONE);
        stop();
        restart();
    }

    /// SIGTERM.
    void stop() throws IOException, InterruptedException {
        process.destroy();
        awaitEnd();
    }

    void awaitEnd() throws IOException, InterruptedException {
        if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
            throw new IOException(name + " does not end");
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void signal(String signal) throws IOException, InterruptedException {
        if (new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .start()
                        .waitFor()
                != 0) {
            throw new IOException("cannot signal " + name + " [signal=" + signal + "]");
        }
    }

    /// Ends it, whatever it takes.
    void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
