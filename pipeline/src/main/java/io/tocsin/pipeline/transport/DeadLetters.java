package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A folder for records that a receiver refused for good: one file per record, named by the run's token or the
/// identifier of an event, holding the payload as it is. Nobody deletes them but the operator.
///
/// Thread-safety: any thread.
public final class DeadLetters {
    private final Path folder;

    /// @param folder made when needed
    public DeadLetters(Path folder) {
        this.folder = folder;
    }

    /// Puts a record aside durably.
    ///
    /// @return the file
    Path put(DeliveryRun run, byte[] payload) throws IOException {
        return put(run.deduplicationToken(), ".batch", payload);
    }

    /// Puts bytes aside durably.
    ///
    /// @param name of the file, without its ending; a file of the same name is replaced
    /// @param ending of the file, from its dot on
    /// @return the file
    public Path put(String name, String ending, byte[] payload) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(name + ending);
        Path beside = folder.resolve(name + ".new");
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
