package io.tocsin.app.command;

import io.tocsin.app.demo.DemoScenario;
import io.tocsin.app.up.WarmUp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tocsin warm-up`: what the launcher runs once after a build, to record which classes a start of `up` needs
/// (`-XX:AOTCacheOutput`).
@Command(
        name = "warm-up",
        hidden = true,
        description = "Starts the parts of 'up' on a folder of its own, uses them a little and stops.")
final class WarmUpCommand implements Callable<Integer> {
    private static final long SEED = 1;

    @Option(names = "--data", required = true, description = "An empty folder.")
    private Path data = Path.of(".");

    @Override
    public Integer call() {
        try {
            WarmUp.run(data, Content.folder(), DemoScenario.lines(java.time.Instant.EPOCH, SEED));
            return ExitCode.OK;
        } catch (IOException e) {
            throw CommandException.cannotStart("warming up failed [" + e.getMessage() + "]");
        }
    }
}
