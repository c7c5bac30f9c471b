package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A file system on top of the real one that runs full, writes short, fails to force, and at a crash forgets what
/// was not forced: wholly, in part, or out of order. After a failed force the pages count as clean, as on Linux:
/// forcing again succeeds and saves nothing.
///
/// Thread-safety: any thread.
final class LyingDisk implements LogDisk {
    private final LogDisk real = new OperatingSystemDisk();
    private final Map<Path, Unforced> unforced = new HashMap<>();
    private final Set<Path> unforcedNames = new HashSet<>();
    private final Map<Path, byte[]> unforcedDeletions = new HashMap<>();
    private boolean dead;
    private @Nullable CrashPoint deadlyPoint;
    private int timesLeft;
    private long spaceLeft = Long.MAX_VALUE;
    private int shortWriteBytes = Integer.MAX_VALUE;
    private int syncFailures;
    private boolean writesFail;
    private boolean truncationsFail;
    private @Nullable String unreadableFile;
    private long unreadableFrom;
    private long unreadableTo;
    private int refusedReads;
    private int opens;
    private int syncs;
    private @Nullable Runnable whileForcing;

    private enum State {
        UNFORCED,
        FORCED,
        DROPPED
    }

    /// A change of a file: what was written, or null when it was cut to `position`.
    private static final class Change {
        final long position;
        final byte @Nullable [] written;
        State state = State.UNFORCED;

        Change(long position, byte @Nullable [] written) {
            this.position = position;
            this.written = written;
        }
    }

    /// A file's content when it was last wholly on disk, and what happened to it since.
    private static final class Unforced {
        final byte[] forced;
        final List<Change> changes = new ArrayList<>();

        Unforced(byte[] forced) {
            this.forced = forced;
        }
    }

    synchronized void setSpaceLeft(long bytes) {
        spaceLeft = bytes;
    }

    synchronized void setShortWriteBytes(int bytes) {
        shortWriteBytes = bytes;
    }

    synchronized void failSyncs(int count) {
        syncFailures = count;
    }

    synchronized void setWritesFail(boolean fail) {
        writesFail = fail;
    }

    synchronized void setTruncationsFail(boolean fail) {
        truncationsFail = fail;
    }

    /// From now on the disk gives back nothing that touches these bytes of a file.
    ///
    /// @param name of the file, null: the disk is well again
    synchronized void setUnreadable(@Nullable String name, long from, long to) {
        unreadableFile = name;
        unreadableFrom = from;
        unreadableTo = to;
    }

    /// How often a read was refused.
    synchronized int refusedReads() {
        return refusedReads;
    }

    synchronized int opens() {
        return opens;
    }

    /// Happens in every force of a file, before it has an effect.
    synchronized void setWhileForcing(@Nullable Runnable action) {
        whileForcing = action;
    }

    private synchronized @Nullable Runnable whileForcing() {
        return whileForcing;
    }

    synchronized int syncs() {
        return syncs;
    }

    /// The process dies when it reaches a point for the given time.
    synchronized void dieAt(CrashPoint point, int times) {
        deadlyPoint = point;
        timesLeft = times;
    }

    synchronized boolean isDead() {
        return dead;
    }

    @Override
    public synchronized void reached(CrashPoint point) throws IOException {
        if (point == deadlyPoint && --timesLeft == 0) {
            dead = true;
        }
        throwIfDead();
    }

    /// From now on every operation fails, as for a process that is gone.
    synchronized void die() {
        dead = true;
    }

    /// Loses what was not forced, as a power failure does. Everything must be closed.
    synchronized void losePower(RandomGenerator random) throws IOException {
        for (Map.Entry<Path, Unforced> entry : unforced.entrySet()) {
            if (Files.exists(entry.getKey())) {
                Files.write(entry.getKey(), afterCrash(entry.getValue(), random));
            }
        }
        for (Map.Entry<Path, byte[]> deletion : unforcedDeletions.entrySet()) {
            if (random.nextBoolean() && !Files.exists(deletion.getKey())) {
                Files.write(deletion.getKey(), deletion.getValue());
            }
        }
        for (Path name : unforcedNames) {
            if (random.nextInt(3) == 0) {
                Files.deleteIfExists(name);
            }
        }
        unforced.clear();
        unforcedNames.clear();
        unforcedDeletions.clear();
    }

    private static byte[] afterCrash(Unforced file, RandomGenerator random) {
        byte[] content = file.forced;
        boolean outOfOrder = random.nextInt(4) == 0;
        for (Change change : file.changes) {
            int fate = change.state == State.FORCED ? 5 : random.nextInt(10);
            if (change.state == State.DROPPED || (outOfOrder && fate < 3)) {
                continue;
            }
            if (change.written == null) {
                content = resized(content, (int) Math.min(content.length, change.position));
            } else if (fate == 9) {
                int kept = random.nextInt(change.written.length + 1);
                content = overwritten(content, change.position, change.written, kept);
                if (kept > 0 && random.nextBoolean()) {
                    content[(int) change.position + random.nextInt(kept)] ^= (byte) (1 << random.nextInt(8));
                }
                if (!outOfOrder) {
                    break;
                }
            } else if (fate == 8 && !outOfOrder) {
                break;
            } else {
                content = overwritten(content, change.position, change.written, change.written.length);
            }
        }
        return content;
    }

    private static byte[] overwritten(byte[] content, long position, byte[] written, int length) {
        byte[] result = resized(content, Math.max(content.length, (int) position + length));
        System.arraycopy(written, 0, result, (int) position, length);
        return result;
    }

    private static byte[] resized(byte[] content, int size) {
        return Arrays.copyOf(content, size);
    }

    private void throwIfDead() throws IOException {
        if (dead) {
            throw new IOException("process is gone");
        }
    }

    @Override
    public void createFolder(Path folder) throws IOException {
        real.createFolder(folder);
    }

    @Override
    public List<Entry> list(Path folder) throws IOException {
        return real.list(folder);
    }

    @Override
    public synchronized LogFile openForReading(Path file) throws IOException {
        throwIfDead();
        opens++;
        return new LyingFile(file, real.openForReading(file));
    }

    @Override
    public synchronized LogFile openForWriting(Path file) throws IOException {
        throwIfDead();
        opens++;
        if (!Files.exists(file)) {
            if (spaceLeft <= 0) {
                throw new IOException("No space left on device");
            }
            unforcedNames.add(file);
        }
        return new LyingFile(file, real.openForWriting(file));
    }

    @Override
    public synchronized void replace(Path from, Path to) throws IOException {
        throwIfDead();
        real.replace(from, to);
        Unforced moved = unforced.remove(from);
        unforced.remove(to);
        unforcedNames.remove(from);
        if (moved != null) {
            unforced.put(to, moved);
        }
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        throwIfDead();
        if (Files.exists(file)) {
            unforcedDeletions.put(file, Files.readAllBytes(file));
        }
        unforced.remove(file);
        real.delete(file);
    }

    @Override
    public synchronized void syncFolder(Path folder) throws IOException {
        throwIfDead();
        failSyncWhenTold();
        unforcedNames.removeIf(file -> folder.equals(file.getParent()));
        unforcedDeletions.keySet().removeIf(file -> folder.equals(file.getParent()));
    }

    @Override
    public synchronized long usableBytes(Path folder) throws IOException {
        throwIfDead();
        return spaceLeft;
    }

    private void failSyncWhenTold() throws IOException {
        if (syncFailures > 0) {
            syncFailures--;
            throw new IOException("Input/output error");
        }
    }

    private final class LyingFile implements LogFile {
        private final Path path;
        private final LogFile file;

        LyingFile(Path path, LogFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            synchronized (LyingDisk.this) {
                throwIfDead();
                if (path.getFileName().toString().equals(unreadableFile)
                        && position < unreadableTo
                        && position + target.remaining() > unreadableFrom) {
                    refusedReads++;
                    throw new IOException("Input/output error");
                }
                return file.read(target, position);
            }
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            synchronized (LyingDisk.this) {
                throwIfDead();
                if (writesFail) {
                    throw new IOException("Input/output error");
                }
                long growth = Math.max(0, position + source.remaining() - file.size());
                long room = source.remaining() - Math.max(0, growth - spaceLeft);
                if (room <= 0 && source.hasRemaining()) {
                    throw new IOException("No space left on device");
                }
                byte[] bytes = new byte[(int) Math.min(room, shortWriteBytes)];
                source.get(bytes);
                long sizeBefore = file.size();
                remember(new Change(position, bytes));
                file.writeFully(ByteBuffer.wrap(bytes), position);
                if (spaceLeft != Long.MAX_VALUE) {
                    spaceLeft -= file.size() - sizeBefore;
                }
                return bytes.length;
            }
        }

        @Override
        public void sync() throws IOException {
            Runnable meanwhile = whileForcing();
            if (meanwhile != null) {
                meanwhile.run();
            }
            synchronized (LyingDisk.this) {
                throwIfDead();
                syncs++;
                Unforced pending = unforced.get(path);
                if (pending != null) {
                    State next = syncFailures > 0 ? State.DROPPED : State.FORCED;
                    for (Change change : pending.changes) {
                        if (change.state == State.UNFORCED) {
                            change.state = next;
                        }
                    }
                    if (pending.changes.stream().noneMatch(change -> change.state == State.DROPPED)) {
                        unforced.remove(path);
                    }
                }
                failSyncWhenTold();
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (LyingDisk.this) {
                throwIfDead();
                return file.size();
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (LyingDisk.this) {
                throwIfDead();
                if (truncationsFail) {
                    throw new IOException("Input/output error");
                }
                if (size < file.size()) {
                    remember(new Change(size, null));
                    file.truncate(size);
                }
            }
        }

        @Override
        public void close() throws IOException {
            file.close();
        }

        private void remember(Change change) throws IOException {
            Unforced pending = unforced.get(path);
            if (pending == null) {
                pending = new Unforced(Files.readAllBytes(path));
                unforced.put(path, pending);
            }
            pending.changes.add(change);
        }
    }
}
