package io.tocsin.app.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The collector's wall clock jumps by an hour under load and stays there (libfaketime; the monotonic clock runs on, as
/// on a real machine).
record StepClock(boolean forward) implements FaultScenario {
    private static final List<Path> LIBRARIES = List.of(
            Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
            Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"));
    private static final Duration LENGTH = Duration.ofSeconds(3);

    @Override
    public String name() {
        return forward ? "clock-forward" : "clock-back";
    }

    @Override
    public String what() {
        return "the collector's clock steps an hour " + (forward ? "forward" : "back");
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(1);
    }

    @Override
    public String obstacle(FaultSite site) {
        return LIBRARIES.stream().anyMatch(Files::exists) ? "" : "needs libfaketime (Debian package libfaketime)";
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        Path library = LIBRARIES.stream().filter(Files::exists).findFirst().orElseThrow();
        Path offset = site.folder().resolve("clock");
        Files.writeString(offset, "+0");
        site.collector().kill();
        site.collector()
                .change(SiteProcess.Change.environment(Map.of(
                        "LD_PRELOAD",
                        library.toString(),
                        "FAKETIME_TIMESTAMP_FILE",
                        offset.toString(),
                        "FAKETIME_CACHE_DURATION",
                        "1",
                        "FAKETIME_DONT_FAKE_MONOTONIC",
                        "1",
                        "DONT_FAKE_MONOTONIC",
                        "1")));
        site.collector().restart();
        Thread.sleep(LENGTH);
        Files.writeString(offset, forward ? "+3600" : "-3600");
        // The library looks at the file once a second.
        Thread.sleep(LENGTH);
        site.faultOver();
    }

    @Override
    public void after(FaultSite site) throws IOException, InterruptedException {
        site.collector().change(SiteProcess.Change.NONE);
        site.collector().stop();
        site.collector().restart();
    }
}
