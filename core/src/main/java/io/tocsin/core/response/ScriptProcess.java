package io.tocsin.core.response;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// A script that runs, as leader of a session of its own. When it ends, and when its time is over, every process that
/// it has started is killed: those of its process group at once, and those that left it, found by the variable
/// [#MARK] in their environment.
///
/// Thread-safety: one thread.
final class ScriptProcess {
    /// Environment variable with the identifier of the run; children inherit it.
    static final String MARK = "TOCSIN_RUN";

    /// Starts a program in a session of its own; part of util-linux, as of any Debian.
    private static final String OWN_SESSION = "/usr/bin/setsid";

    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration READING_AFTER_END = Duration.ofSeconds(2);

    private final Process process;
    private final String run;

    private ScriptProcess(Process process, String run) {
        this.process = process;
        this.run = run;
    }

    /// Starts a program.
    ///
    /// @param command absolute path and arguments
    /// @param variables its environment, [#MARK] among them; it inherits nothing
    static ScriptProcess start(List<String> command, Map<String, String> variables, Path folder) throws IOException {
        List<String> all = new ArrayList<>(List.of(OWN_SESSION));
        all.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(all).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", PATH);
        builder.environment().put("LANG", "C.UTF-8");
        builder.environment().putAll(variables);
        return new ScriptProcess(builder.start(), String.valueOf(variables.get(MARK)));
    }

    /// Waits for the end, and brings it about when time is over.
    ///
    /// @param input for its standard input
    /// @param maximumOutput bytes of what it prints that are kept
    /// @param maximumProcesses a script that has more is killed
    RunResult await(byte[] input, Duration timeout, int maximumOutput, int maximumProcesses)
            throws InterruptedException {
        Thread writing = Thread.ofVirtual().name("script-input").start(() -> write(input));
        Captured captured = new Captured(process.getInputStream(), maximumOutput);
        Thread reading = Thread.ofVirtual().name("script-output").start(captured::read);
        boolean ended = false;
        boolean tooMany = false;
        boolean clean;
        long end = System.nanoTime() + timeout.toNanos();
        try {
            for (long left = timeout.toNanos(); left > 0 && !ended && !tooMany; left = end - System.nanoTime()) {
                ended = process.waitFor(Math.min(left, LOOK.toNanos()), TimeUnit.NANOSECONDS);
                tooMany = !ended && ProcessTree.count(run) > maximumProcesses;
            }
        } finally {
            clean = ProcessTree.kill(process, Set.of(run));
        }
        reading.join(READING_AFTER_END);
        writing.interrupt();
        String output = captured.text();
        String left = clean ? "" : "; processes that it started could not be killed";
        if (tooMany) {
            return RunResult.failed("killed: it had more than " + maximumProcesses + " processes" + left, output);
        }
        if (!ended) {
            return RunResult.failed("killed after " + timeout.toMillis() + " ms" + left, output);
        }
        int code = process.exitValue();
        return code == 0 && clean
                ? RunResult.done("exit code 0", output)
                : RunResult.failed("exit code " + code + left, output);
    }

    private void write(byte[] input) {
        try (OutputStream out = process.getOutputStream()) {
            out.write(input);
        } catch (IOException e) {
            // A script need not read what it is told.
        }
    }

    /// Thread-safety: one thread reads, any thread asks.
    private static final class Captured {
        private final InputStream in;
        private final int maximum;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private long dropped;

        Captured(InputStream in, int maximum) {
            this.in = in;
            this.maximum = maximum;
        }

        void read() {
            byte[] chunk = new byte[8192];
            try (in) {
                for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                    keep(chunk, count);
                }
            } catch (IOException e) {
                // The pipe is closed with the process.
            }
        }

        private synchronized void keep(byte[] chunk, int count) {
            int room = Math.min(count, maximum - kept.size());
            kept.write(chunk, 0, room);
            dropped += count - room;
        }

        synchronized String text() {
            String text = kept.toString(StandardCharsets.UTF_8).replace('\0', '\uFFFD');
            return dropped == 0 ? text : text + "\n… " + dropped + " more bytes were dropped";
        }
    }
}
