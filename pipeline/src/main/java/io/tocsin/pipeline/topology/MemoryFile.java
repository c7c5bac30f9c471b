package io.tocsin.pipeline.topology;

import io.tocsin.file.DurableFile;
import io.tocsin.pipeline.normalizer.NormalizerMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Keeps what the normalizers of a collector remember of their streams (columns of files, templates of exporters) over
/// a restart. Written beside, forced and moved over the old file, so there is always a whole one. A file that is
/// missing or damaged costs what was remembered, never the start.
///
/// Thread-safety: one thread at a time.
final class MemoryFile {
    private static final System.Logger LOGGER = System.getLogger(MemoryFile.class.getName());

    private final String collector;
    private final Path file;
    private final NormalizerMemory memory;
    private long saved;
    private boolean failed;

    /// @param folder where collectors keep their positions
    MemoryFile(String collector, Path folder, NormalizerMemory memory) {
        this.collector = collector;
        this.file = folder.resolve(collector + ".memory");
        this.memory = memory;
    }

    /// Reads what an earlier process left.
    void load() {
        try {
            if (!memory.restore(Files.readAllBytes(file))) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "what the normalizer remembered is damaged, it starts afresh [collector={0}, path={1}]",
                        collector,
                        file);
            }
        } catch (NoSuchFileException _) {
            // the first start
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.WARNING, "cannot read [path=" + file + "], the normalizer starts afresh", e);
        }
        saved = memory.changes();
    }

    /// Writes when something changed since the last time.
    synchronized void save() {
        long changes = memory.changes();
        if (changes == saved) {
            return;
        }
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            DurableFile.replace(file, ByteBuffer.wrap(memory.toBytes()));
            saved = changes;
            failed = false;
        } catch (IOException e) {
            if (!failed) {
                failed = true;
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "cannot write what the normalizer remembers, it is tried again [collector=" + collector
                                + ", path=" + file + "]",
                        e);
            }
        }
    }
}
