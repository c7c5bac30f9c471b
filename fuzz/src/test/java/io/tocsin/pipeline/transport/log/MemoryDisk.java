package io.tocsin.pipeline.transport.log;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Files in memory: a fuzzer that opens a log a thousand times a second is no work for a disk.
///
/// Thread-safety: one thread.
final class MemoryDisk implements LogDisk {
    /// Thread-safety: one thread.
    private static final class Content {
        private byte[] bytes = {};
    }

    private final Map<Path, Content> files = new HashMap<>();

    void put(Path path, byte[] bytes) {
        Content content = new Content();
        content.bytes = bytes.clone();
        files.put(path, content);
    }

    byte[] get(Path path) throws IOException {
        Content content = files.get(path);
        if (content == null) {
            throw new FileNotFoundException(path.toString());
        }
        return content.bytes;
    }

    @Override
    public void createFolder(Path folder) {}

    @Override
    public List<Entry> list(Path folder) {
        List<Entry> entries = new ArrayList<>();
        files.forEach((path, content) -> {
            if (folder.equals(path.getParent())) {
                entries.add(new Entry(String.valueOf(path.getFileName()), content.bytes.length));
            }
        });
        return entries;
    }

    @Override
    public LogFile openForReading(Path file) throws IOException {
        get(file);
        return openForWriting(file);
    }

    @Override
    public LogFile openForWriting(Path file) {
        return new Open(files.computeIfAbsent(file, _ -> new Content()));
    }

    @Override
    public void replace(Path from, Path to) throws IOException {
        put(to, get(from));
        files.remove(from);
    }

    @Override
    public void delete(Path file) {
        files.remove(file);
    }

    @Override
    public void syncFolder(Path folder) {}

    @Override
    public long usableBytes(Path folder) {
        return Long.MAX_VALUE;
    }

    private record Open(Content content) implements LogFile {
        @Override
        public int read(ByteBuffer target, long position) {
            int left = (int) Math.max(0, content.bytes.length - position);
            if (left == 0) {
                return -1;
            }
            int length = Math.min(left, target.remaining());
            target.put(content.bytes, (int) position, length);
            return length;
        }

        @Override
        public int write(ByteBuffer source, long position) {
            int length = source.remaining();
            int end = Math.toIntExact(position + length);
            if (end > content.bytes.length) {
                content.bytes = Arrays.copyOf(content.bytes, end);
            }
            source.get(content.bytes, (int) position, length);
            return length;
        }

        @Override
        public void sync() {}

        @Override
        public long size() {
            return content.bytes.length;
        }

        @Override
        public void truncate(long size) {
            if (size < content.bytes.length) {
                content.bytes = Arrays.copyOf(content.bytes, (int) size);
            }
        }

        @Override
        public void close() {}
    }
}
