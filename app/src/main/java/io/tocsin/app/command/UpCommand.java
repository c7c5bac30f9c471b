package io.tocsin.app.command;

import io.tocsin.app.up.LocalInstance;
import io.tocsin.app.up.LocalOptions;
import io.tocsin.app.up.Version;
import io.tocsin.config.InvalidConfigException;
import io.tocsin.config.Problem;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tocsin up`: the whole SIEM on this machine, until SIGTERM.
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description =
                "Runs the whole SIEM on this machine and prints one line that begins with 'ready' when it serves.")
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

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter error = spec.commandLine().getErr();
        Path folder = data.toAbsolutePath().normalize();
        Path own = resources != null ? resources : folder.resolve("resources");
        if (resources != null && !Files.isDirectory(resources)) {
            throw CommandException.cannotStart("no folder of resources [--resources=" + resources + "]");
        }
        LocalOptions options = new LocalOptions(
                folder,
                Files.isDirectory(own) ? own : null,
                Content.folder(),
                Objects.requireNonNullElse(System.getenv("TOCSIN_HTTP_LISTEN"), "127.0.0.1:8443"),
                System::getenv,
                Math.max(0, reserveMegabytes) * MEBIBYTE,
                Version.text());
        LocalInstance instance;
        try {
            instance = LocalInstance.start(options);
        } catch (InvalidConfigException e) {
            StringBuilder text = new StringBuilder("resources are not valid:");
            for (Problem problem : e.problems()) {
                text.append("\n  ").append(problem);
            }
            throw CommandException.cannotStart(text.toString());
        } catch (IOException | TocsinException | IllegalStateException e) {
            throw CommandException.cannotStart(reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandException.cannotStart("interrupted");
        }
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
                    instance.close();
                    // The exit code of a JVM that SIGTERM ended would be 143 although everything is in order.
                    Runtime.getRuntime().halt(ExitCode.OK);
                }));
        out.println("ready " + instance.address() + " " + String.join(" ", instance.listeners()) + " storage="
                + instance.storageAddress() + " data=" + folder);
        out.flush();
        error.println("sign in as admin with the password in " + folder.resolve("admin.password"));
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitCode.OK;
    }

    /// The messages down to the cause: frameworks wrap what says something.
    private static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof TocsinException)) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
