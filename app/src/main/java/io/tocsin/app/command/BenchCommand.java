package io.tocsin.app.command;

import io.tocsin.app.bench.CollectBenchmark;
import io.tocsin.app.bench.TrafficLines;
import io.tocsin.app.bench.TrafficSender;
import io.tocsin.app.bench.UpBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin bench …`: measures this installation on this machine.
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description =
                "Measures this installation on this machine: bench alert-latency, bench collect, bench faults, bench formats, bench pair, bench rules, bench transport, bench up, bench send.",
        subcommands = {
            AlertLatencyCommand.class,
            BenchCommand.Collect.class,
            FaultsCommand.class,
            FormatsCommand.class,
            PairBenchCommand.class,
            RuleReportCommand.class,
            ReceiveCommand.class,
            BenchCommand.Send.class,
            TransportCommand.class,
            BenchCommand.Up.class
        })
final class BenchCommand implements Callable<Integer> {
    private static final int BLOCK_LINES = 200_000;

    @Override
    public Integer call() {
        throw CommandException.usage(
                "say what to measure: tocsin bench alert-latency | collect | faults | formats | pair | rules | transport | up | send");
    }

    /// `collect`.
    @Command(
            name = "collect",
            mixinStandardHelpOptions = true,
            description =
                    "CEF over syslog over TCP into the durable log, beside rsyslog when it is installed: events per CPU-second.")
    static final class Collect implements Callable<Integer> {
        @Mixin
        private final Rounds rounds = new Rounds();

        @Option(
                names = "--lines",
                description = "Lines of each round (default: ${DEFAULT-VALUE}).",
                defaultValue = "2000000")
        private long lines = 2_000_000;

        @Override
        public Integer call() {
            return inTemporaryFolder(folder -> {
                new CollectBenchmark(folder, lines, rounds.out()).run(rounds.count());
                return ExitCode.OK;
            });
        }
    }

    /// `send`.
    @Command(
            name = "send",
            mixinStandardHelpOptions = true,
            description = "Sends firewall lines (CEF over syslog) over one TCP connection.")
    static final class Send implements Callable<Integer> {
        @Spec
        private @Nullable CommandSpec spec;

        @Option(names = "--to", description = "Receiver (default: ${DEFAULT-VALUE}).", defaultValue = "127.0.0.1:5140")
        private String target = "127.0.0.1:5140";

        @Option(
                names = "--rate",
                description = "Lines a second; 0 for as fast as they are read (default: ${DEFAULT-VALUE}).",
                defaultValue = "0")
        private int rate;

        @Option(
                names = "--lines",
                description = "Lines to send, in blocks of 200000 when there is no rate (default: ${DEFAULT-VALUE}).",
                defaultValue = "200000")
        private long lines = BLOCK_LINES;

        @Override
        public Integer call() {
            int colon = target.lastIndexOf(':');
            try {
                InetSocketAddress address = new InetSocketAddress(
                        target.substring(0, Math.max(0, colon)), Integer.parseInt(target.substring(colon + 1)));
                long began = System.nanoTime();
                long sent;
                if (rate > 0) {
                    sent = TrafficSender.sendPaced(address, TrafficLines.block(BLOCK_LINES, 1), BLOCK_LINES, rate, (int)
                            Math.max(1, lines / rate));
                } else {
                    int times = (int) Math.max(1, lines / BLOCK_LINES);
                    TrafficSender.sendAll(address, TrafficLines.block(BLOCK_LINES, 1), times);
                    sent = (long) times * BLOCK_LINES;
                }
                Objects.requireNonNull(spec)
                        .commandLine()
                        .getOut()
                        .printf(Locale.ROOT, "sent %d lines in %.2f s%n", sent, (System.nanoTime() - began) / 1e9);
                return ExitCode.OK;
            } catch (IllegalArgumentException e) {
                throw CommandException.usage("cannot read the address [--to=" + target + "]: write host:port");
            } catch (IOException e) {
                throw CommandException.cannotStart("cannot send to " + target + " [" + e.getMessage() + "]");
            }
        }
    }

    /// `up`.
    @Command(
            name = "up",
            mixinStandardHelpOptions = true,
            description =
                    "The whole SIEM under a steady load: start time, memory, loss, and time until events are searchable. Exit code 1 when an event is missing.")
    static final class Up implements Callable<Integer> {
        @Spec
        private @Nullable CommandSpec spec;

        @Option(names = "--rate", description = "Lines a second (default: ${DEFAULT-VALUE}).", defaultValue = "40000")
        private int rate = 40_000;

        @Option(names = "--seconds", description = "How long (default: ${DEFAULT-VALUE}).", defaultValue = "60")
        private int seconds = 60;

        @Override
        public Integer call() {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            return inTemporaryFolder(
                    folder -> new UpBenchmark(folder.resolve("data"), out).run(rate, seconds, Up::number)
                            ? ExitCode.OK
                            : ExitCode.FINDINGS);
        }

        private static long number(Path data, String sql) {
            Instance instance = Instance.of(data);
            ObjectNode request = Instance.JSON.createObjectNode();
            request.put("sql", sql);
            request.put("from", 0);
            request.put("to", 4_000_000_000_000L);
            try {
                return instance.post("api/v1/events/search", request)
                        .path("rows")
                        .path(0)
                        .path(0)
                        .asLong(-1);
            } catch (CommandException busy) {
                return -1;
            }
        }
    }

    @FunctionalInterface
    interface Measurement {
        int run(Path folder) throws IOException, InterruptedException;
    }

    static int inTemporaryFolder(Measurement measurement) {
        try {
            Path folder = Files.createTempDirectory("tocsin-bench");
            try {
                return measurement.run(folder);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw CommandException.cannotStart("the benchmark cannot run [" + e.getMessage() + "]");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandException.cannotStart("interrupted");
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> files;
        try (var walk = Files.walk(folder)) {
            files = walk.sorted(java.util.Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
