package io.tocsin.pipeline.pair;

import io.tocsin.file.DurableFile;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What one collector of a pair has bound itself to, over restarts: written beside, forced and moved
/// over the old one.
///
/// ```
/// magic `TPST` | version 1 | CRC32C of the rest | node | log: producer, epoch | session | keeper,
/// doomed, settled
/// | ending, when there is one | keeper of the ended session | own place up to which the ended session
/// dealt with
/// ```
///
/// @param node who this is, in messages
/// @param producer of the log that positions are of
/// @param epoch of that log
/// @param session that binds it, 0: none
/// @param keeper true when it keeps the groups in that session
/// @param doomed true when only the witness can end the session
/// @param settled true when nothing of the ended session is left to do
/// @param ended how the last session ended
/// @param wasKeeper true when it kept the groups in the ended session
/// @param skipTo what it received itself and lies before this place, the other one dealt with in the
///     ended session
record PairState(
        long node,
        long producer,
        int epoch,
        long session,
        boolean keeper,
        boolean doomed,
        boolean settled,
        PairMessage.@Nullable Ending ended,
        boolean wasKeeper,
        @Nullable LogPosition skipTo) {
    private static final int MAGIC = 0x54505354;
    private static final int VERSION = 1;
    private static final int HEAD_BYTES = 12;

    /// One that is bound to nothing.
    static PairState fresh(long node, long producer, int epoch) {
        return new PairState(node, producer, epoch, 0, false, false, true, null, false, null);
    }

    PairState bound(long toSession, boolean asKeeper) {
        return new PairState(node, producer, epoch, toSession, asKeeper, false, true, ended, wasKeeper, skipTo);
    }

    PairState doom() {
        return new PairState(node, producer, epoch, session, keeper, true, settled, ended, wasKeeper, skipTo);
    }

    PairState end(PairMessage.Ending ending, @Nullable LogPosition upTo) {
        return new PairState(node, producer, epoch, 0, false, false, false, ending, keeper, upTo);
    }

    PairState settle() {
        return new PairState(node, producer, epoch, session, keeper, doomed, true, ended, wasKeeper, skipTo);
    }

    /// True when the session of `ended` left what was held to this collector.
    boolean won() {
        return ended != null && ended.winner() == node;
    }

    /// @return null when there is none
    /// @throws IOException when it cannot be read or is damaged
    static @Nullable PairState read(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
            return null;
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(body(bytes, MAGIC, VERSION)));
        return new PairState(
                in.readLong(),
                in.readLong(),
                in.readInt(),
                in.readLong(),
                in.readBoolean(),
                in.readBoolean(),
                in.readBoolean(),
                in.readBoolean() ? PairCodec.ending(in) : null,
                in.readBoolean(),
                PairCodec.optional(in));
    }

    /// Writes the file; it is on disk afterwards.
    void write(Path file) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(body)) {
            out.writeLong(node);
            out.writeLong(producer);
            out.writeInt(epoch);
            out.writeLong(session);
            out.writeBoolean(keeper);
            out.writeBoolean(doomed);
            out.writeBoolean(settled);
            out.writeBoolean(ended != null);
            if (ended != null) {
                PairCodec.ending(out, ended);
            }
            out.writeBoolean(wasKeeper);
            PairCodec.optional(out, skipTo);
        }
        write(file, MAGIC, VERSION, body.toByteArray());
    }

    /// The part of a file that its head vouches for.
    static byte[] body(byte[] bytes, int magic, int version) throws IOException {
        ByteBuffer head = ByteBuffer.wrap(bytes);
        if (bytes.length < HEAD_BYTES || head.getInt() != magic || head.getInt() != version) {
            throw new IOException("not a file of version " + version);
        }
        byte[] body = new byte[bytes.length - HEAD_BYTES];
        System.arraycopy(bytes, HEAD_BYTES, body, 0, body.length);
        if (head.getInt() != checksum(body)) {
            throw new IOException("the checksum does not match");
        }
        return body;
    }

    static void write(Path file, int magic, int version, byte[] body) throws IOException {
        ByteBuffer whole = ByteBuffer.allocate(HEAD_BYTES + body.length)
                .putInt(magic)
                .putInt(version)
                .putInt(checksum(body))
                .put(body)
                .flip();
        Files.createDirectories(file.toAbsolutePath().getParent());
        DurableFile.replace(file, whole);
    }

    private static int checksum(byte[] body) {
        CRC32C checksum = new CRC32C();
        checksum.update(body);
        return (int) checksum.getValue();
    }
}
