package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A folder for records that a receiver refused for good: one file per record, named by the run's token, holding
/// the payload as it is. Nobody deletes them but the operator.
///
/// Thread-safety: any thread.
final class DeadLetters {
    private final Path folder;

    DeadLetters(Path folder) {
        this.folder = folder;
    }

    /// Puts a record aside durably.
    ///
    /// @return the file
    Path put(DeliveryRun run, byte[] payload) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(run.deduplicationToken() + ".batch");
        Path beside = folder.resolve(run.deduplicationToken() + ".new");
        try (FileChannel channel = FileChannel.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(payload);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        }
        return file;
    }
}
