package io.tocsin.app.command;

import io.tocsin.app.up.LocalInstance;
import io.tocsin.app.up.LocalOptions;
import io.tocsin.app.up.Version;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tocsin up`: the whole SIEM on this machine, until SIGTERM.
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = "Runs the whole SIEM on this machine and prints one line that begins with 'ready' when it serves."
                + " Collectors and correlators of other processes may deliver to it.",
        footer = {
            "",
            "Environment: TOCSIN_HTTP_LISTEN (core, 127.0.0.1:8443), TOCSIN_SYSLOG_LISTEN (collectors, 0.0.0.0:5140),",
            "TOCSIN_STORAGE_LISTEN and TOCSIN_INTAKE_LISTEN (deliveries of other processes, a free port of 127.0.0.1),",
            "TOCSIN_CORRELATORS (addresses of correlators that run alone: their lists are shown, and shared),",
            "TOCSIN_COLLECTORS (addresses of collectors that run alone: shown among the services and compared),",
            "TOCSIN_ROUTERS (addresses of event routers, asked where an event is)"
        })
final class UpCommand implements Callable<Integer> {
    private static final long MEBIBYTE = 1 << 20;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--data",
            description = "Data folder, made when it is missing (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_DATA:-./data}")
    private Path data = Path.of("data");

    @Option(
            names = "--resources",
            description =
                    "Folder of your collectors, normalizers and rules as YAML; by default DATA/resources when it exists."
                            + " Shipped ones stay unless yours have the same name; your first collector replaces the shipped collectors.")
    private @Nullable Path resources;

    @Option(
            names = "--reserve-megabytes",
            description = "Space that the logs leave free on the disk (default: ${DEFAULT-VALUE}).",
            defaultValue = "256")
    private long reserveMegabytes = 256;

    @Option(
            names = {"--pair", "--pair-listen"},
            hidden = true,
            description = "Refused: the storage of 'up' would die with it.")
    private @Nullable String pair;

    @Override
    public Integer call() {
        refusePair(pair, "--pair");
        refusePair(System.getenv("TOCSIN_PAIR"), "TOCSIN_PAIR");
        refusePair(System.getenv("TOCSIN_PAIR_LISTEN"), "TOCSIN_PAIR_LISTEN");
        Path folder = data.toAbsolutePath().normalize();
        LocalOptions options = new LocalOptions(
                folder,
                Serving.resources(resources, folder),
                Content.folder(),
                Objects.requireNonNullElse(System.getenv("TOCSIN_HTTP_LISTEN"), "127.0.0.1:8443"),
                Serving.address("TOCSIN_STORAGE_LISTEN", System.getenv("TOCSIN_STORAGE_LISTEN"), "127.0.0.1:0"),
                Serving.address("TOCSIN_INTAKE_LISTEN", System.getenv("TOCSIN_INTAKE_LISTEN"), "127.0.0.1:0"),
                System::getenv,
                Math.max(0, reserveMegabytes) * MEBIBYTE,
                Version.text());
        return Serving.run(
                Objects.requireNonNull(spec).commandLine(),
                () -> LocalInstance.start(options),
                "sign in as admin with the password in " + folder.resolve("admin.password"));
    }

    private static void refusePair(@Nullable String value, String option) {
        if (value != null && !value.isBlank()) {
            throw CommandException.usage(
                    "'up' cannot be one of a pair: what the two hold goes to one storage, which also"
                            + " decides who goes on, and that of 'up' dies with it [" + option + "=" + value
                            + "]: run two 'tocsin collector' that deliver to it, see docs/guides/high-availability.md");
        }
    }
}
