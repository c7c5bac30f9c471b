package io.tocsin.app.command;

import io.tocsin.app.bench.transport.PairBenchmark;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tocsin bench pair`.
@Command(
        name = "pair",
        mixinStandardHelpOptions = true,
        description =
                "What it costs a collector that joins lines to be one of a pair: events per CPU-second alone, in a pair that"
                        + " acknowledges what is in its own log, and in one that acknowledges what both have; and how long"
                        + " an acknowledgement takes.")
final class PairBenchCommand implements Callable<Integer> {
    @Mixin
    private final Rounds rounds = new Rounds();

    @Option(
            names = "--events",
            description = "Events of each round (default: ${DEFAULT-VALUE}).",
            defaultValue = "1000000")
    private long events = 1_000_000;

    @Override
    public Integer call() {
        return BenchCommand.inTemporaryFolder(folder -> {
            new PairBenchmark(folder, events, rounds.count(), rounds.out()).run();
            return ExitCode.OK;
        });
    }
}
