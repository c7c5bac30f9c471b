package io.tocsin.correlator.checkpoint;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
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
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// Holds state, input position and output sequence in one file, so that they cannot disagree.
///
/// ```
/// file    = magic "TOCSINCK" | version 1 (u32) | length of body (u64) | CRC32C of body (u32) | body
/// body    = position (blob) | output sequence (varint) | rules hash (u64) | state (blob)
/// ```
/// All numbers are little-endian; blobs are a varint length and the bytes.
///
/// A checkpoint is written to `checkpoint.new`, synced, and takes the place of `checkpoint`, which becomes
/// `checkpoint.previous`. Whatever happens in between, one of the two can be read. What cannot be read is put
/// aside as `….damaged` and reported.
///
/// Thread-safety: one thread.
public final class CheckpointFile {
    private static final Logger LOG = System.getLogger(CheckpointFile.class.getName());
    private static final long MAGIC = 0x4B43_4E49_5343_4F54L;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 24;

    private final Path folder;

    /// @param folder is made when the first checkpoint is written
    public CheckpointFile(Path folder) {
        this.folder = folder;
    }

    /// The current checkpoint.
    public Path current() {
        return folder.resolve("checkpoint");
    }

    /// The checkpoint before it.
    public Path previous() {
        return folder.resolve("checkpoint.previous");
    }

    /// Makes a checkpoint durable.
    ///
    /// @param state what [Checkpoint#state] will be; it is not copied, because it may be as large as the memory
    /// allows
    public void write(byte[] position, long outputSequence, long rulesHash, StateWriter state) throws IOException {
        StateWriter body = new StateWriter();
        body.blob(position);
        body.count(outputSequence);
        body.bits(rulesHash);
        body.count(state.length());
        CRC32C checksum = new CRC32C();
        checksum.update(body.array(), 0, body.length());
        checksum.update(state.array(), 0, state.length());
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC)
                .putInt(VERSION)
                .putLong((long) body.length() + state.length())
                .putInt((int) checksum.getValue());
        Files.createDirectories(folder);
        Path fresh = folder.resolve("checkpoint.new");
        try (FileChannel channel = FileChannel.open(fresh, CREATE, WRITE, TRUNCATE_EXISTING)) {
            writeFully(channel, header.flip());
            writeFully(channel, ByteBuffer.wrap(body.array(), 0, body.length()));
            writeFully(channel, ByteBuffer.wrap(state.array(), 0, state.length()));
            channel.force(true);
        }
        if (Files.exists(current())) {
            Files.move(current(), previous(), ATOMIC_MOVE, REPLACE_EXISTING);
        }
        Files.move(fresh, current(), ATOMIC_MOVE, REPLACE_EXISTING);
        syncFolder();
    }

    /// The checkpoints that can be read, the newest first. None when there was never one.
    ///
    /// @throws IOException when a file is there but the disk does not give it
    public List<Checkpoint> readAll() throws IOException {
        List<Checkpoint> found = new ArrayList<>();
        for (Path file : List.of(current(), previous())) {
            try {
                found.add(read(file));
            } catch (NoSuchFileException absent) {
                LOG.log(
                        Logger.Level.DEBUG,
                        "no checkpoint: the first run, or a crash between two moves [file={0}]",
                        file);
            } catch (DamagedStateException damaged) {
                setAside(file, damaged);
            }
        }
        return found;
    }

    /// Puts the current checkpoint aside because what is in it does not make sense to the engine.
    public void refuseCurrent(DamagedStateException reason) throws IOException {
        setAside(Files.exists(current()) ? current() : previous(), reason);
    }

    private void setAside(Path file, DamagedStateException reason) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".damaged");
        LOG.log(
                Logger.Level.ERROR,
                "checkpoint cannot be read and is put aside, the one before it is used [file={0}, aside={1}]: {2}",
                file,
                aside,
                reason.getMessage());
        Files.move(file, aside, ATOMIC_MOVE, REPLACE_EXISTING);
    }

    private static Checkpoint read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < HEADER_BYTES) {
            throw new DamagedStateException("file is shorter than its header", bytes.length);
        }
        ByteBuffer header = ByteBuffer.wrap(bytes, 0, HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        if (header.getLong() != MAGIC) {
            throw new DamagedStateException("file is no checkpoint", 0);
        }
        int version = header.getInt();
        if (version != VERSION) {
            throw new DamagedStateException("version of the checkpoint is unknown, version=" + version, 8);
        }
        long length = header.getLong();
        int expected = header.getInt();
        if (length != bytes.length - HEADER_BYTES) {
            throw new DamagedStateException("length of the file is wrong", bytes.length);
        }
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, HEADER_BYTES, (int) length);
        if ((int) checksum.getValue() != expected) {
            throw new DamagedStateException("checksum is wrong", 20);
        }
        StateReader body = new StateReader(bytes, HEADER_BYTES, (int) length);
        return new Checkpoint(body.blob(), body.count(), body.bits(), body.blob());
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private void syncFolder() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, READ)) {
            channel.force(true);
        }
    }
}
