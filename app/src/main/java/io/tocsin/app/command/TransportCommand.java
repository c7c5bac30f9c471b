package io.tocsin.app.command;

import io.tocsin.app.bench.transport.TransportBenchmark;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tocsin bench transport`.
@Command(
        name = "transport",
        mixinStandardHelpOptions = true,
        description =
                "Each input into the durable log and each destination out of it, beside rsyslog when it is installed: events"
                        + " per CPU-second, the cost of forcing to disk, and what two receivers give.")
final class TransportCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--events",
            description = "Events of each round (default: ${DEFAULT-VALUE}).",
            defaultValue = "2000000")
    private long events = 2_000_000;

    @Option(
            names = "--rounds",
            description = "Rounds; medians are printed (default: ${DEFAULT-VALUE}).",
            defaultValue = "3")
    private int rounds = 3;

    @Option(names = "--only", description = "Only rows of this name, such as relp or 'tcp, raw'; may be given again.")
    private List<String> only = List.of();

    @Option(names = "--kafka", description = "A broker of Kafka, host:port, to measure Kafka as well.")
    private @Nullable String brokers;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        return BenchCommand.inTemporaryFolder(folder -> {
            new TransportBenchmark(folder, events, rounds, name -> only.isEmpty() || only.contains(name), brokers, out)
                    .run();
            return ExitCode.OK;
        });
    }
}
