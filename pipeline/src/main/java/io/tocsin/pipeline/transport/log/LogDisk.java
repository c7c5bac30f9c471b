package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The file system as the log sees it. Tests put one in its place that runs full, writes short, fails to force and
/// forgets what was not forced.
///
/// Thread-safety: any thread.
interface LogDisk {
    /// A file found in a folder.
    record Entry(String name, long bytes) {}

    /// Makes the folder and its parents when they do not exist.
    void createFolder(Path folder) throws IOException;

    /// Regular files directly inside the folder, in no order.
    List<Entry> list(Path folder) throws IOException;

    /// Opens an existing file for reading.
    LogFile openForReading(Path file) throws IOException;

    /// Opens a file for reading and writing and makes it when it does not exist.
    LogFile openForWriting(Path file) throws IOException;

    /// Moves a file over another one in one step.
    void replace(Path from, Path to) throws IOException;

    /// Gives a file a second name, so that it outlives its first one. Does nothing when that name is
    /// taken.
    default void link(Path file, Path second) throws IOException {
        if (!Files.exists(second)) {
            Files.createLink(second, file);
        }
    }

    void delete(Path file) throws IOException;

    /// Forces the names inside a folder to disk.
    void syncFolder(Path folder) throws IOException;

    /// Bytes that this process may still use on the folder's file system.
    long usableBytes(Path folder) throws IOException;

    /// Called where a death of the process is most interesting.
    default void reached(CrashPoint point) throws IOException {
        point.reached();
    }
}
