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

/// Holds input position, output sequence and where the state is in one small file, so that they cannot
/// disagree.
///
/// ```
/// file    = magic "TOCSINCK" | version 2 (u32) | length of body (u64) | CRC32C of body (u32) | body
/// body    = number (varint) | position (blob) | output sequence (varint) | rules hash (u64) | head (blob)
///           | number of chains (varint) | chain…
/// chain   = part (blob) | content hash (u64) | number of pieces (varint) | piece…
/// piece   = segment (u64) | offset (varint) | length (varint) | CRC32C of its bytes (varint)
/// ```
/// All numbers are little-endian; blobs are a varint length and the bytes.
///
/// A checkpoint is written to `checkpoint.new`, synced, and takes the place of `checkpoint`, which
/// becomes `checkpoint.previous`. Whatever happens in between, one of the two can be read. What cannot
/// be read is put aside as `….damaged` and reported.
///
/// Thread-safety: one thread at a time.
final class CheckpointFile {
    private static final Logger LOG = System.getLogger(CheckpointFile.class.getName());
    private static final long MAGIC = 0x4B43_4E49_5343_4F54L;
    private static final int VERSION = 2;
    private static final int HEADER_BYTES = 24;

    private final Path folder;
    private boolean damage;

    /// @param folder is made when the first checkpoint is written
    CheckpointFile(Path folder) {
        this.folder = folder;
    }

    /// The current checkpoint.
    Path current() {
        return folder.resolve("checkpoint");
    }

    private Path fresh() {
        return folder.resolve("checkpoint.new");
    }

    /// The checkpoint before it.
    Path previous() {
        return folder.resolve("checkpoint.previous");
    }

    /// Writes a checkpoint beside the current one. What its chains point to must be durable before.
    void prepare(Checkpoint checkpoint) throws IOException {
        StateWriter body = new StateWriter();
        body.count(checkpoint.number());
        body.blob(checkpoint.position());
        body.count(checkpoint.outputSequence());
        body.bits(checkpoint.rulesHash());
        body.blob(checkpoint.head());
        body.count(checkpoint.chains().size());
        for (Checkpoint.Chain chain : checkpoint.chains()) {
            body.text(chain.part());
            body.bits(chain.contentHash());
            body.count(chain.pieces().size());
            for (Checkpoint.Piece piece : chain.pieces()) {
                body.bits(piece.segment());
                body.count(piece.offset());
                body.count(piece.length());
                body.count(piece.checksum() & 0xFFFF_FFFFL);
            }
        }
        CRC32C checksum = new CRC32C();
        checksum.update(body.array(), 0, body.length());
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC).putInt(VERSION).putLong(body.length()).putInt((int) checksum.getValue());
        Files.createDirectories(folder);
        try (FileChannel channel = FileChannel.open(fresh(), CREATE, WRITE, TRUNCATE_EXISTING)) {
            writeFully(channel, header.flip());
            writeFully(channel, ByteBuffer.wrap(body.array(), 0, body.length()));
            channel.force(true);
        }
    }

    /// Lets what was prepared take the place of the current one. When this fails, either may be there afterwards.
    void commit() throws IOException {
        if (Files.exists(current())) {
            Files.move(current(), previous(), ATOMIC_MOVE, REPLACE_EXISTING);
        }
        Files.move(fresh(), current(), ATOMIC_MOVE, REPLACE_EXISTING);
        syncFolder();
    }

    /// True when [#readAll] met files that are no checkpoints any more.
    boolean hasDamage() {
        return damage;
    }

    /// The checkpoints that can be read, the newest first. None when there was never one.
    ///
    /// @throws IOException when a file is there but the disk does not give it, or another version wrote it
    List<Checkpoint> readAll() throws IOException {
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
                damage = true;
                setAside(file, damaged);
            }
        }
        return found;
    }

    /// Puts the newest checkpoint aside because what it points to cannot be read.
    void refuseNewest(DamagedStateException reason) throws IOException {
        setAside(Files.exists(current()) ? current() : previous(), reason);
    }

    private void setAside(Path file, DamagedStateException reason) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".damaged");
        LOG.log(
                Logger.Level.ERROR,
                "checkpoint cannot be read and is put aside [file={0}, aside={1}]: {2}",
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
        if (version != VERSION) {
            // Nothing is wrong with it: putting it aside would throw away what another version has counted.
            throw new IOException("the checkpoint was written by another version of Tocsin [file=" + file + ", version="
                    + version + ", understood=" + VERSION
                    + "]; start that one again, or remove the folder of checkpoints to"
                    + " begin with nothing counted");
        }
        StateReader body = new StateReader(bytes, HEADER_BYTES, (int) length);
        long number = body.count();
        byte[] position = body.blob();
        long outputSequence = body.count();
        long rulesHash = body.bits();
        byte[] head = body.blob();
        int count = body.size();
        List<Checkpoint.Chain> chains = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String part = body.text();
            long contentHash = body.bits();
            int pieces = body.size();
            if (pieces == 0) {
                throw new DamagedStateException("a part of the state has no place", 0);
            }
            List<Checkpoint.Piece> all = new ArrayList<>();
            for (int k = 0; k < pieces; k++) {
                all.add(new Checkpoint.Piece(body.bits(), body.count(), body.smallCount(), (int) body.count()));
            }
            chains.add(new Checkpoint.Chain(part, contentHash, all));
        }
        return new Checkpoint(number, position, outputSequence, rulesHash, head, chains);
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
