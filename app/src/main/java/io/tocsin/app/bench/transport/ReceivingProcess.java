package io.tocsin.app.bench.transport;

import io.tocsin.app.bench.CollectBenchmark;
import io.tocsin.app.bench.Receiver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A receiver in a process of its own: ours (`bench receive`) or rsyslog.
///
/// Thread-safety: one thread.
final class ReceivingProcess implements AutoCloseable {
    private static final Path RSYSLOG = Path.of("/usr/sbin/rsyslogd");
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final Receiver receiver;
    private final @Nullable Path received;

    private ReceivingProcess(Receiver receiver, @Nullable Path received) {
        this.receiver = receiver;
        this.received = received;
        receiver.awaitIdle(IDLE);
    }

    /// Starts ours.
    ///
    /// @param sync durability of the log: `group` or `none`
    /// @param destination spec of a destination that gets the events; null for none
    static ReceivingProcess tocsin(Path folder, InputLoad load, String sync, @Nullable String destination)
            throws IOException {
        int port = CollectBenchmark.freePort();
        Path data = Files.createTempDirectory(folder, "receive");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("tocsin.home"), "tocsin").toString(),
                "bench",
                "receive",
                "--connector",
                load.connector(port),
                "--format",
                load.format(),
                "--sync",
                sync,
                "--folder",
                data.toString()));
        if (destination != null) {
            command.addAll(List.of("--destination", destination));
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        return new ReceivingProcess(
                Receiver.start(builder, new InetSocketAddress("127.0.0.1", port), load.listens()),
                data.resolve("received"));
    }

    /// Starts an rsyslog.
    ///
    /// @param input its modules and inputs
    /// @param action what it does with each message; `%s` stands where the beginning of the ruleset belongs
    static ReceivingProcess rsyslog(Path folder, InputLoad load, int port, String input, String action)
            throws IOException {
        Path work = Files.createTempDirectory(folder, "rsyslog");
        Path config = work.resolve("rsyslog.conf");
        String ruleset = action.contains("%s")
                ? action.replace("%s", "ruleset(name=\"receive\" queue.type=\"direct\") {")
                : "ruleset(name=\"receive\" queue.type=\"direct\") { " + action;
        Files.writeString(config, """
                global(workDirectory="%s" maxMessageSize="64k")
                %s
                }
                %s
                """.formatted(work, ruleset, input));
        ProcessBuilder builder = new ProcessBuilder(
                        RSYSLOG.toString(),
                        "-n",
                        "-f",
                        config.toString(),
                        "-i",
                        work.resolve("pid").toString())
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("output").toFile());
        return new ReceivingProcess(
                Receiver.start(builder, new InetSocketAddress("127.0.0.1", port), load.listens()), null);
    }

    /// Whether rsyslog is installed with the module of a name, such as `imrelp`.
    static boolean hasRsyslog(String module) {
        return Files.isExecutable(RSYSLOG)
                && Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/rsyslog/" + module + ".so"));
    }

    InetSocketAddress address() {
        return receiver.address();
    }

    /// Waits until it has nothing to do any more.
    void awaitIdle() {
        receiver.awaitIdle(IDLE);
    }

    /// User and system time so far, without that of compilers: a collector runs for months.
    Duration cpu() {
        return receiver.cpu().minus(receiver.compilerCpu());
    }

    /// Events that ours says it has logged; -1 when it is not ours.
    long received() throws IOException {
        if (received == null) {
            return -1;
        }
        return Files.exists(received)
                ? Long.parseLong(Files.readString(received).strip())
                : 0;
    }

    @Override
    public void close() {
        receiver.close();
    }
}
