package io.tocsin.app.command;

import io.tocsin.app.up.CollectorInstance;
import io.tocsin.app.up.ServiceOptions;
import java.net.URI;
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

    @Override
    public Integer call() {
        ServiceOptions options = service.options(Serving.address("--listen", listen, ""), correlator, null);
        return Serving.run(Objects.requireNonNull(spec).commandLine(), () -> CollectorInstance.start(options), "");
    }
}
