package io.tocsin.pipeline.connector;

import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.connector.FilePositions.Fingerprint;
import io.tocsin.pipeline.connector.framing.FrameDecoder;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Follows text files line by line, through rotation, and remembers how far it got.
///
/// ## Which file is which
///
/// A file is known by device and number, and by its first kibibyte, since numbers are reused. A file that
/// was renamed or deleted is read to its end, and a little longer for writers that have not noticed yet;
/// then what stands behind its last line end is handed on, marked. A file that became shorter, or begins
/// differently, was emptied (copytruncate) and is read from its start. A line without its end waits for it.
///
/// ## Exactly once
///
/// All files go through one sink, which closes its batch behind each read. When such a batch is on disk,
/// the positions as of that read and the place of the log behind that batch belong together; they are saved
/// in one file, several times a second. After a kill, the ledger entries in the log behind the saved place
/// say how many lines of each path were logged since: so many lines behind the saved position are passed
/// over. This needs the log to still hold what was appended since the last save; segments live longer than
/// that in all but a hand-made case, in which lines are read twice, never lost. Lines between the last look
/// at a file and its being emptied are lost to any reader; prefer rotation by rename.
///
/// Thread-safety: see [Connector].
final class FileConnector implements Connector {
    private static final System.Logger LOGGER = System.getLogger(FileConnector.class.getName());
    private static final long SCAN_NANOS = 1_000_000_000L;
    private static final long SAVE_NANOS = 200_000_000L;
    private static final long WAIT_NANOS = 2_000_000L;
    /// Reads of one file before the next one gets its turn.
    private static final int READS_IN_A_ROW = 8;
    /// Of the beginning of a file, so much may tell what its lines mean.
    private static final int HEAD_BYTES = 64 << 10;

    private final FileConfig config;
    private final ConnectorContext context;
    private final FileGlob glob;
    private final Path positionsFile;
    private final FollowedFiles files;
    private final FileProgress progress;
    private volatile boolean stopping;
    private volatile boolean finished;
    private volatile @Nullable Thread runner;
    /// All that an earlier process logged has been passed over.
    private boolean passedOver;

    FileConnector(FileConfig config, ConnectorContext context) {
        this.config = config;
        this.context = context;
        this.glob = new FileGlob(config.path());
        this.positionsFile = context.positions().resolve(context.service() + ".positions");
        this.files = new FollowedFiles(config, context);
        this.progress = new FileProgress(positionsFile, context, files);
    }

    @Override
    public void open() {
        try {
            Files.createDirectories(context.positions());
            restore();
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot open the positions of files", positionsFile, e);
        }
    }

    /// Opens the files that an earlier process knew, and decides what of them was logged already.
    private void restore() throws IOException {
        FilePositions saved = null;
        boolean damaged = false;
        try {
            saved = FilePositions.read(positionsFile).orElse(null);
        } catch (IOException e) {
            damaged = true;
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "positions are unreadable, all files are read from their beginning [collector={0}, file={1},"
                            + " reason={2}]",
                    context.service(),
                    positionsFile,
                    e.getMessage());
        }
        Map<String, Path> byKey = new HashMap<>();
        Map<Path, BasicFileAttributes> found = glob.find(config.maxFiles());
        found.forEach((path, attributes) -> byKey.put(FollowedFiles.key(attributes), path));
        if (saved == null) {
            progress.beginAt(context.logged().end());
            for (Map.Entry<Path, BasicFileAttributes> entry : found.entrySet()) {
                boolean atEnd = !damaged && config.start() == FileConfig.Start.END;
                long position = atEnd ? entry.getValue().size() : 0;
                files.open(
                        entry.getKey(),
                        FollowedFiles.key(entry.getValue()),
                        entry.getKey().toString(),
                        position);
            }
        } else {
            restore(saved, byKey);
        }
        progress.save();
    }

    private void restore(FilePositions saved, Map<String, Path> byKey) throws IOException {
        progress.beginAt(saved.log());
        Map<String, Long> logged = new HashMap<>(context.logged().bySourceSince(saved.log()));
        Map<String, Path> renamed = null;
        for (FilePositions.Row row : saved.files()) {
            Path path = byKey.get(row.key());
            if (path == null) {
                if (renamed == null) {
                    renamed = neighbours(saved.files());
                }
                path = renamed.get(row.key());
            }
            // What was logged under a path since belongs to the file that was read last under it, found or
            // not.
            Long loggedSince = row.current() ? logged.remove(row.path()) : null;
            FollowedFile file = path == null ? null : files.open(path, row.key(), row.path(), row.position());
            if (file == null) {
                continue;
            }
            if (!row.fingerprint().fits(file.channel) || file.channel.size() < row.position()) {
                // Emptied, or another file under the same number, while nobody looked.
                progress.restart(file, 0);
                continue;
            }
            file.fingerprint = row.fingerprint();
            if (row.skipping()) {
                file.decoder.skipLineFirst();
                file.durableSkipping = true;
            }
            if (row.current()) {
                files.makeCurrent(row.path(), row.key());
                file.skip = loggedSince == null ? 0 : loggedSince;
            }
        }
        // Files that were found after the last save, and read from their beginning.
        for (Map.Entry<String, Path> entry : byKey.entrySet()) {
            if (!files.has(entry.getKey())) {
                String path = entry.getValue().toString();
                FollowedFile file = files.open(entry.getValue(), entry.getKey(), path, 0);
                Long loggedSince = logged.remove(path);
                if (file != null && loggedSince != null) {
                    file.skip = loggedSince;
                }
            }
        }
    }

    /// All files in the folders of rows, by key: a file may have been renamed to something that the pattern
    /// does not fit.
    private Map<String, Path> neighbours(List<FilePositions.Row> rows) {
        Map<String, Path> result = new HashMap<>();
        rows.stream().map(row -> Path.of(row.path()).getParent()).distinct().forEach(folder -> {
            try (var stream = Files.newDirectoryStream(folder)) {
                for (Path path : stream) {
                    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
                    if (attributes.isRegularFile()) {
                        result.put(FollowedFiles.key(attributes), path);
                    }
                }
            } catch (IOException unreadable) {
                context.counters().increment(StageCounter.CONNECTION_ERRORS);
            }
        });
        return result;
    }

    @Override
    public void run() {
        EventSink sink = context.sinks().get();
        runner = Thread.currentThread();
        try {
            showHeads(sink);
            passOver(sink);
            follow(sink);
        } finally {
            files.closeAll();
            finished = true;
        }
    }

    /// Reads what was logged already. Nothing is acknowledged before all of that has been passed over,
    /// because the place in the log is one for all files.
    private void passOver(EventSink sink) {
        for (FollowedFile file : files.copy()) {
            while (file.skip > 0 && !stopping && read(file, sink)) {
                // On to the next part.
            }
            if (file.skip > 0 && !stopping) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "file holds fewer lines than were logged [collector={0}, path={1}, missing={2}]",
                        context.service(),
                        file.path,
                        file.skip);
                file.skip = 0;
            }
        }
        passedOver = !stopping;
        if (passedOver) {
            // All positions at once: what was read beyond the logged lines shares batches.
            handOn(files.copy(), sink, () -> {});
        }
    }

    private void follow(EventSink sink) {
        long scanAtNanos = System.nanoTime();
        long saveAtNanos = System.nanoTime();
        while (!stopping) {
            if (System.nanoTime() - scanAtNanos >= 0) {
                scan(sink);
                scanAtNanos = System.nanoTime() + SCAN_NANOS;
            }
            boolean busy = false;
            for (FollowedFile file : files.copy()) {
                for (int i = 0; i < READS_IN_A_ROW && !stopping && read(file, sink); i++) {
                    busy = true;
                }
                closeIfDone(file, sink);
            }
            if (System.nanoTime() - saveAtNanos >= 0) {
                progress.saveIfNeeded();
                saveAtNanos = System.nanoTime() + SAVE_NANOS;
            }
            if (!busy && !stopping) {
                LockSupport.parkNanos(config.pollInterval().toNanos());
            }
        }
    }

    /// Looks for files that are new or gone.
    private void scan(EventSink sink) {
        Map<Path, BasicFileAttributes> found;
        try {
            found = glob.find(config.maxFiles());
        } catch (IOException e) {
            context.counters().increment(StageCounter.CONNECTION_ERRORS);
            return;
        }
        Map<String, Path> byKey = new LinkedHashMap<>();
        found.forEach((path, attributes) -> byKey.put(FollowedFiles.key(attributes), path));
        for (FollowedFile file : files.all()) {
            Path path = byKey.remove(file.key);
            boolean wasGone = file.gone;
            file.moved = path == null || !path.equals(Path.of(file.origin.path()));
            file.gone = path == null;
            if (file.gone && !wasGone) {
                file.quietSinceNanos = System.nanoTime();
            }
        }
        byKey.forEach((key, path) -> {
            // What is left in the file that had this name comes first.
            for (FollowedFile file : files.copy()) {
                while (file.moved && file.origin.path().equals(path.toString()) && !stopping && read(file, sink)) {
                    // On to the next part.
                }
            }
            if (!stopping) {
                files.open(path, key, path.toString(), 0);
            }
        });
    }

    /// Reads a part of a file; false when there is nothing new.
    private boolean read(FollowedFile file, EventSink sink) {
        try {
            long size = file.channel.size();
            if (size < file.readOffset || (size > file.readOffset && !file.fingerprint.fits(file.channel))) {
                emptied(file, sink);
                return true;
            }
            if (size == file.readOffset) {
                return false;
            }
            boolean begins = file.readOffset == 0;
            if (begins && passedOver && hasPredecessor(file)) {
                return false;
            }
            becomeCurrent(file);
            byte[] buffer = file.decoder.buffer();
            ByteBuffer target = ByteBuffer.wrap(buffer, file.decoder.writeOffset(), file.decoder.room());
            int length = file.channel.read(target, file.readOffset);
            if (length <= 0) {
                return false;
            }
            file.readOffset += length;
            file.quietSinceNanos = System.nanoTime();
            if (file.fingerprint.length() < Fingerprint.MAXIMUM_LENGTH) {
                file.fingerprint =
                        Fingerprint.of(file.channel, (int) Math.min(Fingerprint.MAXIMUM_LENGTH, file.readOffset));
            }
            context.counters().add(StageCounter.RECEIVED_BYTES, length);
            handOn(List.of(file), sink, () -> {
                if (begins) {
                    sink.streamBegins(file.origin);
                }
                file.decoder.received(length, file.frames(sink));
            });
            return true;
        } catch (IOException e) {
            context.counters().increment(StageCounter.CONNECTION_ERRORS);
            return false;
        }
    }

    /// True when a file that had this name before is not read to its end: its lines belong to its own first line.
    private boolean hasPredecessor(FollowedFile file) throws IOException {
        for (FollowedFile other : files.all()) {
            if (other == file) {
                return false;
            }
            if (other.origin.path().equals(file.origin.path()) && other.channel.size() > other.readOffset) {
                return true;
            }
        }
        return false;
    }

    /// Shows how files begin that are not read from their beginning: their first lines may say what the others mean.
    private void showHeads(EventSink sink) {
        for (FollowedFile file : files.all()) {
            if (file.readOffset == 0) {
                continue;
            }
            ByteBuffer head = ByteBuffer.allocate((int) Math.min(HEAD_BYTES, file.readOffset));
            try (FrameDecoder lines = files.newDecoder()) {
                if (file.channel.read(head, 0) <= 0) {
                    continue;
                }
                head.flip();
                sink.begin();
                try {
                    sink.streamBegins(file.origin);
                    while (head.hasRemaining()) {
                        byte[] buffer = lines.buffer();
                        int length = Math.min(head.remaining(), lines.room());
                        head.get(buffer, lines.writeOffset(), length);
                        lines.received(length, (line, offset, size, _) -> sink.known(file.origin, line, offset, size));
                    }
                } finally {
                    sink.end();
                }
            } catch (IOException e) {
                context.counters().increment(StageCounter.CONNECTION_ERRORS);
            }
        }
    }

    /// Hands on a run of events and remembers the positions of files behind it as soon as they are on disk.
    private void handOn(List<FollowedFile> read, EventSink sink, Runnable frames) {
        sink.begin();
        boolean ended = false;
        try {
            frames.run();
            if (passedOver) {
                Consumer<LogPosition> logged = progress.handedOn(read);
                ended = true;
                sink.end(logged);
            }
        } finally {
            if (!ended) {
                sink.end();
            }
        }
    }

    private void emptied(FollowedFile file, EventSink sink) {
        handOnRest(file, sink);
        progress.awaitDurable(() -> stopping);
        progress.restart(file, 0);
        progress.save();
    }

    private void handOnRest(FollowedFile file, EventSink sink) {
        handOn(List.of(file), sink, () -> file.decoder.end(file.frames(sink)));
    }

    /// Two files are never read under one path without their positions being saved between: after a kill,
    /// the lines logged under the path are then those of the current file alone.
    private void becomeCurrent(FollowedFile file) {
        if (files.makeCurrent(file.origin.path(), file.key)) {
            progress.awaitDurable(() -> stopping);
            progress.save();
        }
    }

    private void closeIfDone(FollowedFile file, EventSink sink) {
        if (!file.gone
                || stopping
                || System.nanoTime() - file.quietSinceNanos
                        < config.closeAfter().toNanos()) {
            return;
        }
        if (file.decoder.heldBytes() > 0) {
            becomeCurrent(file);
            handOnRest(file, sink);
            progress.awaitDurable(() -> stopping);
        }
        progress.close(file);
    }

    @Override
    public void drain(Duration limit) {
        long untilNanos = System.nanoTime() + limit.toNanos();
        stop();
        while (!(finished && progress.isDurable()) && System.nanoTime() - untilNanos < 0) {
            LockSupport.parkNanos(WAIT_NANOS);
        }
        if (finished) {
            progress.saveIfNeeded();
        }
    }

    @Override
    public void close() {
        stop();
        if (runner == null) {
            files.closeAll();
        }
    }

    private void stop() {
        stopping = true;
        LockSupport.unpark(runner);
    }

    @Override
    public List<String> addresses() {
        return List.of(config.path());
    }

    @Override
    public int openSources() {
        return files.count();
    }
}
