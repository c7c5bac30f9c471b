package io.tocsin.app.fault;

import io.tocsin.app.fault.SiteProcess.Change;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Another process fills the collector's disk to the last byte, and gives the space back.
///
/// Thread-safety: one thread.
final class FillDisk implements FaultScenario {
    private static final Duration LENGTH = Duration.ofSeconds(8);

    private @Nullable SmallDisk disk;

    @Override
    public String name() {
        return "disk-full";
    }

    @Override
    public String what() {
        return "the collector's disk is full to the last byte for " + LENGTH.toSeconds() + " s";
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(15);
    }

    @Override
    public String obstacle(FaultSite site) {
        return SmallDisk.obstacle();
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        Path mount = Files.createDirectories(site.folder().resolve("small"));
        SmallDisk small = SmallDisk.mount(mount);
        disk = small;
        site.collector().kill();
        // What it had keeps in its own folder, and is delivered when that is used again.
        site.collector()
                .change(new Change(
                        small.inside(),
                        Map.of(
                                site.collectorData().toString(),
                                mount.resolve("collector").toString()),
                        Map.of()));
        site.collector().restart();
        Thread.sleep(1_000);
        small.fill();
        try {
            Thread.sleep(LENGTH);
        } finally {
            small.empty();
        }
        site.faultOver();
    }

    @Override
    public void after(FaultSite site) throws IOException, InterruptedException {
        site.awaitDelivered();
        site.collector().change(Change.NONE);
        site.collector().stop();
        if (disk != null) {
            disk.close();
        }
        site.collector().restart();
    }
}
