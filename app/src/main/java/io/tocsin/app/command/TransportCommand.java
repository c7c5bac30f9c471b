package io.tocsin.app.command;

import io.tocsin.app.bench.transport.TransportBenchmark;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tocsin bench transport`.
@Command(
        name = "transport",
        mixinStandardHelpOptions = true,
        description =
                "Each input into the durable log and each destination out of it, beside rsyslog when it is installed: events"
                        + " per CPU-second, the cost of forcing to disk, and what two receivers give.")
final class TransportCommand implements Callable<Integer> {
    @Mixin
    private final Rounds rounds = new Rounds();

    @Option(
            names = "--events",
            description = "Events of each round (default: ${DEFAULT-VALUE}).",
            defaultValue = "2000000")
    private long events = 2_000_000;

    @Option(names = "--only", description = "Only rows of this name, such as relp or 'tcp, raw'; may be given again.")
    private List<String> only = List.of();

    @Option(
            names = "--kafka",
            paramLabel = "FOLDER|HOST:PORT",
            description =
                    "Measures Kafka as well: an unpacked distribution of Kafka, or a folder with its jars, of which three"
                            + " brokers are started, or a broker that is there and makes topics by itself.")
    private @Nullable String kafka;

    @Override
    public Integer call() {
        return BenchCommand.inTemporaryFolder(folder -> {
            new TransportBenchmark(
                            folder,
                            events,
                            rounds.count(),
                            name -> only.isEmpty() || only.contains(name),
                            kafka,
                            rounds.out())
                    .run();
            return ExitCode.OK;
        });
    }
}
