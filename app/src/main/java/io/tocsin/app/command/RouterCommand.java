package io.tocsin.app.command;

import io.tocsin.app.up.RouterInstance;
import io.tocsin.app.up.ServiceOptions;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tocsin router`: the event router, which takes events from collectors of other processes and
/// passes them on.
@Command(
        name = "router",
        mixinStandardHelpOptions = true,
        description =
                "Runs an event router: takes events from the collectors of other processes into a log of its own and"
                        + " passes them on to the destinations that its resource (kind: router) names, by their filters.")
final class RouterCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private SingleService service = new SingleService();

    @Option(
            names = "--listen",
            description = "Where collectors deliver, host:port (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_ROUTER_LISTEN:-127.0.0.1:8447}")
    private String listen = "127.0.0.1:8447";

    @Override
    public Integer call() {
        if (service.hasStorage()) {
            throw CommandException.usage(
                    "a router finds its destinations in its resources (kind: destination), not in --storage");
        }
        ServiceOptions options = service.options(Serving.address("--listen", listen, ""), null, null);
        return Serving.run(Objects.requireNonNull(spec).commandLine(), () -> RouterInstance.start(options), "");
    }
}
