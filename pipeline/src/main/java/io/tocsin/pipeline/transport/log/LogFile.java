package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/// An open file of the log. Tests put one that lies in place of the real one.
///
/// Thread-safety: any thread; one writer.
interface LogFile extends AutoCloseable {
    /// Reads up to the remaining bytes of `target` from a position.
    ///
    /// @return bytes read, -1 at or behind the end of the file
    int read(ByteBuffer target, long position) throws IOException;

    /// Writes some, possibly not all, remaining bytes of `source` at a position.
    int write(ByteBuffer source, long position) throws IOException;

    /// Forces data and the metadata needed to read it to disk.
    void sync() throws IOException;

    long size() throws IOException;

    /// Cuts the file. Does nothing when it is not longer.
    void truncate(long size) throws IOException;

    @Override
    void close() throws IOException;

    /// Writes all remaining bytes or throws.
    default void writeFully(ByteBuffer source, long position) throws IOException {
        long at = position;
        while (source.hasRemaining()) {
            int written = write(source, at);
            if (written <= 0) {
                throw new IOException("file took no bytes [offset=" + at + "]");
            }
            at += written;
        }
    }

    /// Reads until `target` is full or the file ends.
    ///
    /// @return true when `target` is full
    default boolean readFully(ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int count = read(target, at);
            if (count < 0) {
                return false;
            }
            at += count;
        }
        return true;
    }
}
