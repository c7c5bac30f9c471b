package io.tocsin.pipeline.destination;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Writes events into files of a folder, from which somebody else takes them: a data diode, an
/// archive, another product.
///
/// A file is written under a name of its own, forced to the disk when it has its size or age, and then moved into
/// the folder in one step: whoever watches the folder sees whole files only. Events count as delivered when their
/// file is there. A file that was not finished is deleted at the next start, and its events are written again.
///
/// Thread-safety: immutable.
final class FileDestination implements DestinationConfig {
    static final ComponentSpec<FileDestination> SPEC = ComponentSpec.of(
            "file", "Writes events into files that appear whole, for archives and data diodes.", keys -> {
                var common = new DestinationSettings.Keys("file", keys);
                var path = keys.text("path", "Folder in which finished files appear; made when it is missing.")
                        .example("/srv/diode/out")
                        .required();
                var temporary = keys.text(
                                "temporary",
                                "Folder for files that are being written, best on the same file system; without it,"
                                        + " they are hidden ones of `path`.")
                        .optional();
                var prefix = keys.text("prefix", "Beginning of the names of the files.")
                        .defaultTo("events");
                var fileSize = keys.size(
                                "fileSize",
                                "A file of this size is finished; at most `buffer`.",
                                ByteSize.ofKibibytes(1),
                                ByteSize.ofMebibytes(512))
                        .defaultTo(ByteSize.ofMebibytes(16));
                var fileAge = keys.duration(
                                "fileAge", "A file of this age is finished.", Duration.ofMillis(10), Duration.ofDays(1))
                        .defaultTo(Duration.ofSeconds(10));
                var force = keys.flag(
                                "force",
                                "Forces each file to the disk before it appears; otherwise a power failure may take"
                                        + " what the kernel still holds.")
                        .defaultTo(true);
                var compression = keys.choice(
                                "compression",
                                "Compresses the files: gzip (.gz), zstd (.zst), lz4 (.lz4) or snappy (.sz).",
                                Compression.class)
                        .defaultTo(Compression.NONE);
                return values -> {
                    DestinationSettings settings = common.read(values);
                    if (values.get(fileSize).compareTo(settings.buffer()) > 0) {
                        values.refuse(
                                "fileSize",
                                "a file is kept in memory until it is finished and must fit into the buffer [fileSize="
                                        + values.get(fileSize) + ", buffer=" + settings.buffer() + "]");
                    }
                    String name = values.get(prefix);
                    if (name.indexOf('/') >= 0 || name.startsWith(".")) {
                        values.refuse(
                                "prefix", "a name of a file has no slash and no dot in front [prefix=" + name + "]");
                    }
                    String besides = values.get(temporary);
                    return new FileDestination(
                            settings,
                            Path.of(values.get(path)),
                            besides == null ? null : Path.of(besides),
                            name,
                            values.get(fileSize).bytes(),
                            values.get(fileAge),
                            values.get(force),
                            values.get(compression));
                };
            });

    private static final String UNFINISHED = ".part";
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final DestinationSettings settings;
    private final Path folder;
    private final @Nullable Path temporary;
    private final String prefix;
    private final long fileBytes;
    private final Duration fileAge;
    private final boolean force;
    private final Compression compression;

    private FileDestination(
            DestinationSettings settings,
            Path folder,
            @Nullable Path temporary,
            String prefix,
            long fileBytes,
            Duration fileAge,
            boolean force,
            Compression compression) {
        this.settings = settings;
        this.folder = folder;
        this.temporary = temporary;
        this.prefix = prefix;
        this.fileBytes = fileBytes;
        this.fileAge = fileAge;
        this.force = force;
        this.compression = compression;
    }

    @Override
    public String type() {
        return SPEC.id();
    }

    @Override
    public DestinationSettings settings() {
        return settings;
    }

    @Override
    public RunningDestination start(DestinationContext context) {
        return Forwarder.start(settings, new Folder(context.name()), context);
    }

    /// Thread-safety: any thread.
    private final class Folder implements Peers {
        /// Where unfinished files are, and how their names begin.
        private final Path beside;

        private final String start;
        private final AtomicLong number = new AtomicLong();
        private boolean cleaned;

        Folder(String name) {
            beside = temporary == null ? folder : temporary;
            start = "." + prefix + "-" + name + "-";
        }

        @Override
        public List<PeerAddress> addresses() {
            return List.of(new PeerAddress(folder.toString(), false));
        }

        @Override
        public synchronized Sender connect(int peer) throws IOException {
            probe(peer);
            if (!cleaned) {
                // What an earlier process did not finish was not delivered and is written again.
                try (DirectoryStream<Path> left = Files.newDirectoryStream(beside, start + "*" + UNFINISHED)) {
                    for (Path file : left) {
                        Files.delete(file);
                    }
                }
                cleaned = true;
            }
            return new Writer(this);
        }

        @Override
        public void probe(int peer) throws IOException {
            Files.createDirectories(folder);
            Files.createDirectories(beside);
        }

        private Path unfinished() {
            return beside.resolve(start + ProcessHandle.current().pid() + "-" + number.incrementAndGet() + UNFINISHED);
        }

        private Path finished() {
            String format = switch (settings.format()) {
                case JSON -> ".ndjson";
                case CEF -> ".cef";
                case RAW -> ".log";
                case BATCH -> ".batch";
            };
            while (true) {
                Path file = folder.resolve(
                        prefix + "-" + TIME.format(SystemClock.process().instant()) + "-" + number.incrementAndGet()
                                + format + compression.ending());
                if (!Files.exists(file)) {
                    return file;
                }
            }
        }

        @Override
        public void close() {
            // Files are closed by those who write them.
        }
    }

    /// Writes one file after another.
    ///
    /// Thread-safety: as [Sender].
    private final class Writer implements Sender {
        private final Folder names;
        private @Nullable FileChannel channel;
        private @Nullable Path file;
        private long bytes;
        private long heldBytes;
        private int packets;
        private long openedNanos;
        /// Packets are kept in memory until their file is finished; more than this would stop
        /// everything.
        private final long mostHeldBytes = settings.buffer().bytes() / 2 / settings.workers();

        Writer(Folder names) {
            this.names = names;
        }

        @Override
        public synchronized void send(Packet packet) throws IOException {
            FileChannel out = channel;
            if (out == null) {
                Path opened = names.unfinished();
                out = FileChannel.open(opened, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                channel = out;
                file = opened;
                bytes = 0;
                heldBytes = 0;
                openedNanos = System.nanoTime();
            }
            ByteBuffer left = ByteBuffer.wrap(compression.apply(packet));
            while (left.hasRemaining()) {
                bytes += out.write(left);
            }
            heldBytes += packet.length();
            packets++;
        }

        @Override
        public synchronized int unconfirmed() throws IOException {
            boolean large = bytes >= fileBytes || heldBytes >= mostHeldBytes;
            if (packets > 0 && (large || System.nanoTime() - openedNanos >= fileAge.toNanos())) {
                finish();
            }
            return packets;
        }

        /// Packets wait until their file is finished.
        @Override
        public Duration patience(Duration timeout) {
            return FOREVER;
        }

        @Override
        public synchronized void finish() throws IOException {
            FileChannel out = channel;
            Path written = file;
            if (out == null || written == null) {
                return;
            }
            if (force) {
                out.force(true);
            }
            out.close();
            Path target = names.finished();
            try {
                Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException otherFileSystem) {
                moveOver(written, target);
            }
            if (force) {
                force(folder);
            }
            channel = null;
            file = null;
            packets = 0;
        }

        /// To another file system: copied under a hidden name beside the target, then moved.
        private void moveOver(Path written, Path target) throws IOException {
            Path copy = target.resolveSibling("." + target.getFileName() + UNFINISHED);
            Files.copy(written, copy, StandardCopyOption.REPLACE_EXISTING);
            if (force) {
                try (FileChannel copied = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                    copied.force(true);
                }
            }
            Files.move(copy, target, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(written);
        }

        private static void force(Path folder) throws IOException {
            try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
                entries.force(true);
            }
        }

        /// What was not finished is not there.
        @Override
        public synchronized void close() {
            try {
                if (channel != null) {
                    channel.close();
                }
                if (file != null) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                System.getLogger(FileDestination.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "an unfinished file cannot be deleted [file=" + file + "]",
                                e);
            }
            channel = null;
            file = null;
            packets = 0;
        }
    }
}
