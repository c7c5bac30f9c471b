package io.tocsin.storage.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tocsin.error.TocsinException;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.EventBatch;
import io.tocsin.storage.RandomBatches;
import io.tocsin.storage.TestEngine;
import io.tocsin.storage.embedded.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A data folder on a small file system that fills up.
@Tag("native")
final class FullDiskTest {
    private static final int EVENTS = 2000;

    @TempDir
    private Path folder;

    @Test
    void asksToTryAgainWhileTheDiskIsFullAndLosesNothing() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString()) == 0,
                "needs the right to mount a small file system");
        try {
            TestEngine.with(disk.resolve("data"), engine -> {
                try (Session session = engine.administrator()) {
                    Tables.prepare(session);
                    try (Inserter inserter = Inserter.open(engine)) {
                        fillAndRecover(disk, session, inserter);
                    }
                }
            });
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    private static void fillAndRecover(Path disk, Session session, Inserter inserter) throws IOException {
        inserter.insert(run(0), batches(0), 0);
        Path ballast = disk.resolve("ballast");
        try (var out = Files.newOutputStream(ballast)) {
            byte[] block = new byte[1 << 16];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            // That is what it is for.
        }
        int next = 1;
        boolean refused = false;
        while (!refused) {
            assertThat(next).as("the disk never got full").isLessThan(50);
            try {
                inserter.insert(run(next), batches(next), 0);
                next++;
            } catch (TocsinException e) {
                refused = true;
                assertThat(e.code().retriable()).as(e.getMessage()).isTrue();
            }
        }
        assertThat(session.text("SELECT count() > 0 FROM events"))
                .as("searches go on")
                .isEqualTo("1");
        Files.delete(ballast);
        inserter.insert(run(next), batches(next), 0);
        int total = (next + 1) * EVENTS;
        assertThat(session.text("SELECT count(), uniqExact(ID) FROM events")).isEqualTo(total + "\t" + total);
    }

    private static DeliveryRun run(int number) {
        return new DeliveryRun(3, 1, (long) number * EVENTS, EVENTS);
    }

    private static List<EventBatch> batches(int number) {
        return List.of(new RandomBatches(new Random(number), 1_780_000_000_000_000_000L, 1).next(EVENTS));
    }

    private static int run(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("LD_PRELOAD");
        Process process = builder.start();
        try {
            process.getInputStream().readAllBytes();
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }
}
