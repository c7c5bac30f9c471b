package io.tocsin.pipeline.reference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Tells whether a file is another one than at the last look: by size, time of change and identity (a file that
/// was moved over it).
///
/// Thread-safety: one thread.
public final class WatchedFile {
    private final Path path;
    private @Nullable Object seen;

    private record Look(
            long bytes, FileTime modified, @Nullable Object key) {}

    public WatchedFile(Path path) {
        this.path = path;
    }

    public Path path() {
        return path;
    }

    /// True at the first look and whenever the file is another one since; false while it cannot be looked at.
    public boolean changed() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            Look look = new Look(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
            boolean changed = !Objects.equals(look, seen);
            seen = look;
            return changed;
        } catch (IOException _) {
            return false;
        }
    }
}
