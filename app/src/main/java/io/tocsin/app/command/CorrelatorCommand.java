package io.tocsin.app.command;

import io.tocsin.app.up.CorrelatorInstance;
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

/// `tocsin correlator`: the correlator alone, which takes events from collectors of other processes.
@Command(
        name = "correlator",
        mixinStandardHelpOptions = true,
        description =
                "Runs the correlator alone: takes events from the collectors of other processes, stores what it finds"
                        + " and hands it to the installation that shows alerts.")
final class CorrelatorCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private SingleService service = new SingleService();

    @Option(
            names = "--alerts",
            description =
                    "Address at which 'tocsin up' takes deliveries (TOCSIN_INTAKE_LISTEN there); it makes the alerts.",
            defaultValue = "${env:TOCSIN_ALERTS_URL}")
    private @Nullable URI alerts;

    @Option(
            names = "--listen",
            description = "Where collectors deliver, host:port (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_CORRELATOR_LISTEN:-127.0.0.1:8445}")
    private String listen = "127.0.0.1:8445";

    @Override
    public Integer call() {
        if (!service.hasStorage() && alerts == null) {
            throw CommandException.usage("say where findings go: --storage URL, --alerts URL or both");
        }
        ServiceOptions options = service.options(Serving.address("--listen", listen, ""), null, alerts);
        return Serving.run(Objects.requireNonNull(spec).commandLine(), () -> CorrelatorInstance.start(options), "");
    }
}
