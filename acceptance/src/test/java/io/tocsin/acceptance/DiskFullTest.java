package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A full data disk stops the flow, says so, and loses nothing; the flow goes on when there is room again.
@Tag("acceptance")
final class DiskFullTest {
    private static final long LINES = 100_000;

    @TempDir
    Path folder;

    @Test
    void waitsOnAFullDiskAndStoresEverythingWhenThereIsRoom() throws IOException, InterruptedException {
        Path mount = Files.createDirectories(folder.resolve("small"));
        Assumptions.assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=700m", "tmpfs", mount.toString()) == 0,
                "skipped: may not mount a tmpfs here");
        try (TocsinProcess tocsin = new TocsinProcess(mount.resolve("data")).start()) {
            Path ballast = mount.resolve("ballast");
            try (RandomAccessFile file = new RandomAccessFile(ballast.toFile(), "rw")) {
                fill(file, mount);
            }
            NumberedSender sender = new NumberedSender(tocsin.syslogPort, "full");
            CompletableFuture<Boolean> sending = CompletableFuture.supplyAsync(() -> sender.sendUntil(LINES));
            Awaitility.await("the full disk is told")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> tocsin.errors().contains("No space left")
                            || tocsin.errors().contains("disk"));
            assertThat(tocsin.handle().isAlive()).isTrue();

            Files.delete(ballast);

            assertThat(sending.orTimeout(120, TimeUnit.SECONDS).join())
                    .as("all lines are read in the end")
                    .isTrue();
            Awaitility.await("all stored")
                    .atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> tocsin.count("SELECT uniqExact(Message) FROM events WHERE Message LIKE '%run=full%'")
                            == LINES);
            assertThat(tocsin.count("SELECT count() FROM events WHERE Message LIKE '%run=full%'"))
                    .isEqualTo(LINES);
        } finally {
            run("umount", "-l", mount.toString());
        }
    }

    private static void fill(RandomAccessFile file, Path mount) throws IOException {
        byte[] block = new byte[1 << 16];
        try {
            while (mount.toFile().getUsableSpace() > 0) {
                file.write(block);
            }
        } catch (IOException full) {
            // What was wanted.
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(List.of(command)).inheritIO().start().waitFor();
    }
}
