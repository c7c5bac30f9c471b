package io.tocsin.app.command;

import io.tocsin.app.up.CollectorInstance;
import io.tocsin.app.up.PairChoice;
import io.tocsin.app.up.ServiceOptions;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tocsin collector`: collectors alone, which deliver to the services of other processes.
@Command(
        name = "collector",
        mixinStandardHelpOptions = true,
        description = "Runs collectors alone: they keep what they receive in a log of their own and deliver it to the"
                + " storage and the correlator of other processes, in order and once, also over restarts of either"
                + " side; or to the destinations (kind: destination) that they name.")
final class CollectorCommand implements Callable<Integer> {
    private static final double SHORTEST_TIMEOUT_SECONDS = 0.2;
    private static final double LONGEST_TIMEOUT_SECONDS = 600;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private SingleService service = new SingleService();

    @Option(
            names = "--correlator",
            description = "Address of the correlator that takes events, for example http://127.0.0.1:8445.",
            defaultValue = "${env:TOCSIN_CORRELATOR_URL}")
    private @Nullable URI correlator;

    @Option(
            names = "--listen",
            description =
                    "Where /healthz, /readyz, /metrics and, with the secret, /api/v1/collectors are served, host:port"
                            + " (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_COLLECTOR_LISTEN:-127.0.0.1:8446}")
    private String listen = "127.0.0.1:8446";

    @Option(
            names = "--pair-listen",
            description =
                    "Makes this process one of a pair that hold lines and aggregates for each other: where it waits"
                            + " for the other one, host:port. The other one gets --pair.",
            defaultValue = "${env:TOCSIN_PAIR_LISTEN}")
    private @Nullable String pairListen;

    @Option(
            names = "--pair",
            description = "Makes this process the other one of a pair: what the first one says with --pair-listen,"
                    + " host:port.",
            defaultValue = "${env:TOCSIN_PAIR}")
    private @Nullable String pairPeer;

    @Option(
            names = "--pair-timeout-seconds",
            description = "Silence after which the other one of a pair counts as lost (default: ${DEFAULT-VALUE}).",
            defaultValue = "3")
    private double pairTimeoutSeconds = 3;

    @Option(
            names = "--pair-acknowledge",
            description = "When an input is acknowledged: replicated, when the other one of the pair has it as well; or"
                    + " local, when it is in the own log (default: ${DEFAULT-VALUE}).",
            defaultValue = "replicated")
    private String pairAcknowledge = "replicated";

    @Option(
            names = "--pair-without-witness",
            description = "The two of a pair do not ask storage to whom belongs what they held when they lose sight of"
                    + " each other: when both live then, it comes twice.")
    private boolean pairWithoutWitness;

    @Override
    public Integer call() {
        ServiceOptions options = service.options(Serving.address("--listen", listen, ""), correlator, null);
        PairChoice pair = pair();
        return Serving.run(
                Objects.requireNonNull(spec).commandLine(), () -> CollectorInstance.start(options, pair), "");
    }

    private @Nullable PairChoice pair() {
        boolean listens = pairListen != null && !pairListen.isBlank();
        boolean connects = pairPeer != null && !pairPeer.isBlank();
        if (!listens && !connects) {
            return null;
        }
        if (listens && connects) {
            throw CommandException.usage("one of a pair gets --pair-listen, the other one --pair");
        }
        if (!(pairTimeoutSeconds >= SHORTEST_TIMEOUT_SECONDS && pairTimeoutSeconds <= LONGEST_TIMEOUT_SECONDS)) {
            throw CommandException.usage("--pair-timeout-seconds must be 0.2 to 600");
        }
        if (!pairAcknowledge.equals("replicated") && !pairAcknowledge.equals("local")) {
            throw CommandException.usage("--pair-acknowledge must be replicated or local");
        }
        return new PairChoice(
                listens ? Serving.address("--pair-listen", pairListen, "") : null,
                connects ? Serving.address("--pair", pairPeer, "") : null,
                Duration.ofMillis(Math.round(pairTimeoutSeconds * 1000)),
                pairAcknowledge.equals("replicated"),
                !pairWithoutWitness);
    }
}
