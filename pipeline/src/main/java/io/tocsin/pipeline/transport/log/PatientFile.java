package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A file of which the disk does not give back some pages: they read as zeros, which no checksum fits.
///
/// Thread-safety: as the file itself.
final class PatientFile implements LogFile {
    /// What a disk gives back or not as a whole is seldom less.
    private static final int PAGE_BYTES = 4096;

    private final LogFile file;
    private volatile boolean refused;

    PatientFile(LogFile file) {
        this.file = file;
    }

    /// Whether the disk has withheld something so far.
    boolean hasRefused() {
        return refused;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        long inPage = position % PAGE_BYTES;
        int wanted = (int) Math.min(target.remaining(), PAGE_BYTES - inPage);
        int limit = target.limit();
        int start = target.position();
        target.limit(start + wanted);
        try {
            return file.read(target, position);
        } catch (IOException unreadable) {
            // When not even the size is known there is nothing to go on with.
            int zeros = (int) Math.min(wanted, file.size() - position);
            if (zeros <= 0) {
                throw unreadable;
            }
            refused = true;
            target.position(start);
            for (int i = 0; i < zeros; i++) {
                target.put((byte) 0);
            }
            return zeros;
        } finally {
            target.limit(limit);
        }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        return file.write(source, position);
    }

    @Override
    public void sync() throws IOException {
        file.sync();
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
        file.truncate(size);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
