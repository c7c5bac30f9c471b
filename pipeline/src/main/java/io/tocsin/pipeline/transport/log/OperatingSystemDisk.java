package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The real file system.
///
/// Thread-safety: any thread.
final class OperatingSystemDisk implements LogDisk {
    @Override
    public void createFolder(Path folder) throws IOException {
        Files.createDirectories(folder);
    }

    @Override
    public List<Entry> list(Path folder) throws IOException {
        List<Entry> entries = new ArrayList<>();
        Files.walkFileTree(folder, EnumSet.noneOf(FileVisitOption.class), 1, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    entries.add(new Entry(file.getFileName().toString(), attributes.size()));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return entries;
    }

    @Override
    public LogFile openForReading(Path file) throws IOException {
        return new ChannelFile(file, Set.of(StandardOpenOption.READ));
    }

    @Override
    public LogFile openForWriting(Path file) throws IOException {
        return new ChannelFile(
                file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE));
    }

    @Override
    public void replace(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public long usableBytes(Path folder) throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    /// A file channel that survives interrupts. An interrupted thread closes the channel it works on, for
    /// everybody; a log must not lose its segment because one appender was told to stop. So the channel is opened
    /// again, the operation repeated (all are repeatable: positions are explicit) and the interrupt is left for the
    /// caller to find.
    private static final class ChannelFile implements LogFile {
        private interface Operation<T> {
            T run(FileChannel channel) throws IOException;
        }

        private final Path path;
        private final Set<OpenOption> options;
        private volatile FileChannel channel;
        private volatile boolean closed;

        ChannelFile(Path path, Set<OpenOption> options) throws IOException {
            this.path = path;
            this.options = options;
            this.channel = FileChannel.open(path, options);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return repeatable(open -> open.read(target, position));
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            return repeatable(open -> open.write(source, position));
        }

        @Override
        public void sync() throws IOException {
            repeatable(open -> {
                open.force(false);
                return true;
            });
        }

        @Override
        public long size() throws IOException {
            return repeatable(FileChannel::size);
        }

        @Override
        public void truncate(long size) throws IOException {
            repeatable(open -> open.truncate(size));
        }

        @Override
        public synchronized void close() throws IOException {
            closed = true;
            channel.close();
        }

        private <T> T repeatable(Operation<T> operation) throws IOException {
            boolean interrupted = Thread.interrupted();
            try {
                while (true) {
                    FileChannel open = channel;
                    try {
                        return operation.run(open);
                    } catch (ClosedByInterruptException byThisThread) {
                        interrupted = true;
                        Thread.interrupted();
                        reopen(open);
                    } catch (ClosedChannelException byAnotherThread) {
                        if (closed) {
                            throw byAnotherThread;
                        }
                        reopen(open);
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private synchronized void reopen(FileChannel broken) throws IOException {
            if (closed) {
                throw new ClosedChannelException();
            }
            if (channel.equals(broken)) {
                Set<OpenOption> existing = new HashSet<>(options);
                existing.remove(StandardOpenOption.CREATE);
                channel = FileChannel.open(path, existing);
            }
        }
    }
}
