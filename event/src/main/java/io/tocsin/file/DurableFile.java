package io.tocsin.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Puts small files in the place of others so that there is always one that is whole.
///
/// Thread-safety: any thread; one at a time for a file.
public final class DurableFile {
    /// What the name of a file ends with while it is not whole yet; such a file is of no use to anybody.
    public static final String UNFINISHED = ".new";

    private DurableFile() {}

    /// Replaces the content of a file, or makes it; its folder exists. Whoever reads sees what was there before or
    /// all of the new content. When this returns, the new content is there after a crash of the machine too.
    ///
    /// The content is written to a file beside, forced to the disk, and given the name of the file; then the folder
    /// is forced, since a name is not on disk with the bytes that it stands for.
    ///
    /// @param content from its position to its limit, which is where its position is afterwards
    /// @throws IOException when the disk fails; the file is then as it was, or as it should be
    public static void replace(Path file, ByteBuffer content) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path beside = absolute.resolveSibling(absolute.getFileName() + UNFINISHED);
        try (FileChannel channel = FileChannel.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
        Files.move(beside, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceName(absolute);
    }

    /// Makes durable that a file has its name, for one that was made or moved by other means.
    public static void forceName(Path file) throws IOException {
        try (FileChannel names = FileChannel.open(file.toAbsolutePath().resolveSibling("."), StandardOpenOption.READ)) {
            names.force(true);
        }
    }
}
