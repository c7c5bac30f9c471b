package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryRun;
import io.tocsin.file.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

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
        DurableFile.replace(file, ByteBuffer.wrap(payload));
        return file;
    }
}
