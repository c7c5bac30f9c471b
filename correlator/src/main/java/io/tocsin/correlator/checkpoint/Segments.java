package io.tocsin.correlator.checkpoint;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.lang.System.Logger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The files that hold the state: one for each checkpoint at which something had changed, never written
/// again.
///
/// ```
/// file    = magic "TOCSINSG" | version 1 (u32) | number (u64) | pieces, back to back
/// ```
/// Where a piece stands and its checksum say the checkpoints that point to it.
///
/// Thread-safety: any thread; an open [Writer] takes one at a time, an open [Reader] several.
final class Segments {
    private static final Logger LOG = System.getLogger(Segments.class.getName());
    private static final long MAGIC = 0x4753_4E49_5343_4F54L;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 20;
    private static final String PREFIX = "state-";
    /// Bytes handed to the system at a time: it copies what is not outside the heap, and keeps a buffer
    /// as large.
    private static final int SLICE_BYTES = 1 << 20;
    /// When so many bytes stand in a buffer it takes no further piece. When as many wait as so many buffers take,
    /// whoever adds pieces writes them.
    private static final int BUFFER_BYTES = 4 << 20;

    private static final int BUFFERS = 16;
    private static final int LARGEST_KEPT_BUFFER_BYTES = 8 << 20;

    private final Path folder;

    Segments(Path folder) {
        this.folder = folder;
    }

    Path file(long number) {
        return folder.resolve(PREFIX + "%016x".formatted(number));
    }

    /// Numbers of the files that are there.
    List<Long> numbers() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Long> numbers = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = String.valueOf(file.getFileName());
                if (name.matches(PREFIX + "[0-9a-f]{16}")) {
                    numbers.add(Long.parseUnsignedLong(name.substring(PREFIX.length()), 16));
                }
            }
        }
        return numbers;
    }

    /// Removes files that nothing points to.
    void removeAllBut(Set<Long> wanted) throws IOException {
        for (long number : numbers()) {
            if (!wanted.contains(number)) {
                Files.deleteIfExists(file(number));
            }
        }
    }

    /// @param buffers are used for what is written and not yet handed to the system, and kept for the
    /// next one
    Writer writer(long number, Deque<StateWriter> buffers) {
        return new Writer(number, buffers);
    }

    /// Writes one file, which is made with its first piece.
    ///
    /// Thread-safety: one thread at a time, each of which sees what the one before it did.
    final class Writer implements AutoCloseable {
        private final long number;
        private final Deque<StateWriter> free;
        private final Deque<StateWriter> full = new ArrayDeque<>();
        private long fullBytes;
        private StateWriter buffer;
        private @Nullable FileChannel channel;
        private long length = HEADER_BYTES;

        Writer(long number, Deque<StateWriter> buffers) {
            this.number = number;
            free = buffers;
            buffer = empty();
        }

        private StateWriter empty() {
            StateWriter known = free.pollLast();
            return known == null ? new StateWriter() : known;
        }

        /// Takes a piece. It is in memory then, unless so much is there that some of it must be
        /// written first.
        Checkpoint.Piece add(Consumer<StateWriter> content) throws IOException {
            int begin = buffer.length();
            content.accept(buffer);
            int size = buffer.length() - begin;
            CRC32C checksum = new CRC32C();
            checksum.update(buffer.array(), begin, size);
            Checkpoint.Piece piece = new Checkpoint.Piece(number, length, size, (int) checksum.getValue());
            length += size;
            if (buffer.length() >= BUFFER_BYTES) {
                fullBytes += buffer.length();
                full.addLast(buffer);
                buffer = empty();
                if (fullBytes >= (long) BUFFERS * BUFFER_BYTES) {
                    flush();
                }
            }
            return piece;
        }

        /// Bytes of all pieces so far.
        long bytes() {
            return length - HEADER_BYTES;
        }

        private void flush() throws IOException {
            fullBytes = 0;
            for (StateWriter next = full.pollFirst(); next != null; next = full.pollFirst()) {
                write(next);
                if (next.array().length <= LARGEST_KEPT_BUFFER_BYTES && free.size() < BUFFERS) {
                    next.clear();
                    free.addLast(next);
                }
            }
        }

        /// Makes all pieces durable. No piece is added after that.
        void sync() throws IOException {
            if (buffer.length() > 0) {
                full.addLast(buffer);
            } else {
                free.addLast(buffer);
            }
            flush();
            FileChannel to = channel;
            if (to != null) {
                to.force(true);
            }
        }

        private void write(StateWriter pieces) throws IOException {
            FileChannel to = channel;
            if (to == null) {
                Files.createDirectories(folder);
                to = FileChannel.open(file(number), CREATE, WRITE, TRUNCATE_EXISTING);
                channel = to;
                ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
                header.putLong(MAGIC).putInt(VERSION).putLong(number).flip();
                while (header.hasRemaining()) {
                    to.write(header);
                }
            }
            int at = 0;
            while (at < pieces.length()) {
                at += to.write(ByteBuffer.wrap(pieces.array(), at, Math.min(SLICE_BYTES, pieces.length() - at)));
            }
        }

        @Override
        public void close() throws IOException {
            FileChannel to = channel;
            if (to != null) {
                to.close();
            }
        }

        /// Removes what was written.
        void discard() throws IOException {
            close();
            if (channel != null) {
                Files.deleteIfExists(file(number));
            }
        }
    }

    /// @param numbers of the files that will be read; those that are missing are found missing when
    /// they are
    Reader reader(Set<Long> numbers) throws IOException {
        return new Reader(numbers);
    }

    /// Thread-safety: any thread.
    final class Reader implements AutoCloseable {
        private final Map<Long, FileChannel> channels = new HashMap<>();

        Reader(Set<Long> numbers) throws IOException {
            for (long number : numbers) {
                try {
                    channels.put(number, FileChannel.open(file(number), READ));
                } catch (NoSuchFileException missing) {
                    LOG.log(Logger.Level.ERROR, "a file of the correlator state is missing [file={0}]", file(number));
                }
            }
        }

        /// Reads a piece.
        ///
        /// @param into is used when it is large enough
        /// @return the array that begins with the piece
        byte[] read(Checkpoint.Piece piece, byte[] into) throws IOException {
            FileChannel channel = channels.get(piece.segment());
            if (channel == null) {
                throw new DamagedStateException("a file is missing: " + file(piece.segment()), 0);
            }
            if (piece.offset() > channel.size() - piece.length()) {
                throw new DamagedStateException("a file ends too early: " + file(piece.segment()), 0);
            }
            byte[] bytes = into.length >= piece.length() ? into : new byte[piece.length()];
            int at = 0;
            while (at < piece.length()) {
                int read = channel.read(
                        ByteBuffer.wrap(bytes, at, Math.min(SLICE_BYTES, piece.length() - at)), piece.offset() + at);
                if (read < 0) {
                    throw new DamagedStateException("a file ends too early: " + file(piece.segment()), at);
                }
                at += read;
            }
            CRC32C checksum = new CRC32C();
            checksum.update(bytes, 0, piece.length());
            if ((int) checksum.getValue() != piece.checksum()) {
                throw new DamagedStateException("checksum is wrong: " + file(piece.segment()), 0);
            }
            return bytes;
        }

        @Override
        public void close() throws IOException {
            for (FileChannel channel : channels.values()) {
                channel.close();
            }
        }
    }
}
