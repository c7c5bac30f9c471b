package io.tocsin.storage.store;

import io.tocsin.error.TocsinException;
import io.tocsin.storage.block.Block;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Where a block lies while the engine reads it: a file in memory (tmpfs), because the engine takes a block of
/// bytes from a file only. What a killed process left behind is removed at the next start.
///
/// Thread-safety: one thread at a time.
final class Spool implements AutoCloseable {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String PREFIX = "tocsin-storage-";

    private final Path folder;

    private Spool(Path folder) {
        this.folder = folder;
    }

    /// @param fallback used when the machine has no tmpfs at the usual place
    static Spool open(Path fallback) {
        Path parent = Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY : fallback;
        try {
            Files.createDirectories(parent);
            removeLeftovers(parent);
            return new Spool(Files.createTempDirectory(
                    parent,
                    PREFIX + ProcessHandle.current().pid() + "-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot create the folder for blocks on their way", parent, e);
        }
    }

    private static void removeLeftovers(Path parent) throws IOException {
        List<Path> folders;
        try (Stream<Path> entries = Files.list(parent)) {
            folders = entries.filter(entry -> entry.getFileName().toString().startsWith(PREFIX))
                    .toList();
        }
        for (Path entry : folders) {
            String[] parts = entry.getFileName().toString().split("-", 4);
            boolean alive = parts.length < 4
                    || !parts[2].matches("\\d{1,18}")
                    || ProcessHandle.of(Long.parseLong(parts[2])).isPresent();
            if (!alive && Files.isWritable(entry)) {
                delete(entry);
            }
        }
    }

    /// Writes a block, replacing what the name held before.
    ///
    /// @throws TocsinException `DISK_FULL` when the memory file system has no room
    Path write(String name, Block block) {
        Path file = folder.resolve(name);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = block.bytes().duplicate();
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            return file;
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot write a block for the engine", file, e);
        }
    }

    /// Gives the memory of a written block back.
    void release(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot delete a block", file, e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> entries = Files.walk(folder)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(entry);
            }
        }
    }

    @Override
    public void close() {
        try {
            delete(folder);
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot delete the folder for blocks on their way", folder, e);
        }
    }
}
