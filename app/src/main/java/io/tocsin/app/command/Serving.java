package io.tocsin.app.command;

import io.tocsin.app.up.ListenAddress;
import io.tocsin.app.up.RunningService;
import io.tocsin.config.InvalidConfigException;
import io.tocsin.config.Problem;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/// The life of a command that serves: start, say so, serve until SIGTERM, drain, exit 0.
final class Serving {
    private Serving() {}

    /// Starts a service.
    @FunctionalInterface
    interface Starter {
        RunningService start() throws IOException, InterruptedException;
    }

    /// Returns only when the service cannot start, by a [CommandException]; else the process ends with it.
    ///
    /// @param hint a line for standard error when it serves, may be empty
    static int run(CommandLine line, Starter starter, String hint) {
        RunningService service;
        try {
            service = starter.start();
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
                    service.close();
                    // The exit code of a JVM that SIGTERM ended would be 143 although everything is in order.
                    Runtime.getRuntime().halt(ExitCode.OK);
                }));
        PrintWriter out = line.getOut();
        out.println("ready " + service.readyText());
        out.flush();
        if (!hint.isEmpty()) {
            line.getErr().println(hint);
        }
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitCode.OK;
    }

    /// The folder of the user's resources: the one that was named, else that of the data folder when it exists.
    static @Nullable Path resources(@Nullable Path named, Path data) {
        if (named != null && !Files.isDirectory(named)) {
            throw CommandException.cannotStart("no folder of resources [--resources=" + named + "]");
        }
        Path own = named != null ? named : data.resolve("resources");
        return Files.isDirectory(own) ? own : null;
    }

    /// Reads an address to listen on.
    ///
    /// @param name of the option or variable, for the message
    /// @param text null for the fallback
    static ListenAddress address(String name, @Nullable String text, String fallback) {
        try {
            return ListenAddress.parse(text == null || text.isBlank() ? fallback : text);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(name + ": " + e.getMessage());
        }
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
