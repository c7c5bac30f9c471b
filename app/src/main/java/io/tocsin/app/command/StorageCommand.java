package io.tocsin.app.command;

import io.tocsin.app.up.DataFolder;
import io.tocsin.error.TocsinException;
import io.tocsin.storage.StorageChild;
import io.tocsin.storage.StorageOptions;
import io.tocsin.storage.store.Retention;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tocsin storage`: the storage service alone. `up` runs it as its child.
@Command(
        name = "storage",
        mixinStandardHelpOptions = true,
        description = "Runs the storage service alone: takes deliveries of events and answers queries.")
final class StorageCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            description =
                    "Data folder of the installation; the storage keeps its own below it (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_DATA:-./data}")
    private Path data = Path.of("data");

    @Option(
            names = "--listen",
            description = "Where to listen, host:port (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_STORAGE_LISTEN:-127.0.0.1:8444}")
    private String listen = "127.0.0.1:8444";

    @Option(
            names = "--retention-days",
            description = "Whole days of events to keep; 0 keeps all (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_RETENTION_DAYS:-90}")
    private int retentionDays = 90;

    @Option(
            names = "--retention-reserve-megabytes",
            description =
                    "Free space of the disk below which the oldest days are dropped, never today or yesterday; 0 drops"
                            + " none (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_RETENTION_RESERVE_MEGABYTES:-1024}")
    private long retentionReserveMegabytes = 1024;

    @Option(names = "--child", hidden = true, description = "Stop when standard input ends.")
    private boolean child;

    @Override
    public Integer call() {
        try {
            String secret = DataFolder.secret(data);
            StorageOptions options = StorageOptions.of(
                            data.resolve("storage").toAbsolutePath().normalize(),
                            Serving.address("--listen", listen, "").socketAddress(),
                            secret,
                            InstantSource.system())
                    .withRetention(limits());
            StorageChild.serve(options, child ? System.in : new NeverEnding(), System.out);
            return ExitCode.OK;
        } catch (IOException | TocsinException e) {
            throw CommandException.cannotStart(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private Retention.Limits limits() {
        if (retentionDays < 0 || retentionReserveMegabytes < 0) {
            throw CommandException.usage("--retention-days and --retention-reserve-megabytes must not be negative");
        }
        return new Retention.Limits(retentionDays, retentionReserveMegabytes << 20);
    }

    /// The standard input of a service that has no parent. Thread-safety: any thread.
    private static final class NeverEnding extends InputStream {
        private final CountDownLatch never = new CountDownLatch(1);

        @Override
        public int read() throws IOException {
            try {
                never.await();
                return -1;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return read();
        }
    }
}
