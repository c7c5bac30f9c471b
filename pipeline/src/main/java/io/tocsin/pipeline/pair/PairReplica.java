package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the keeper of a pair holds, as its helper has it: a state, and what the keeper read behind it.
/// In memory; on disk only from the moment on that it is to be taken over.
///
/// ```
/// magic `TPRP` | version 1 | CRC32C of the rest | session | reached, received | state: length, bytes
/// | count, then for each: appended at, length, bytes of the batch
/// ```
///
/// Thread-safety: that of the member.
public final class PairReplica {
    private static final int MAGIC = 0x54505250;
    private static final int VERSION = 1;

    /// What was read behind the state.
    ///
    /// @param appendedAtMillis when it was appended at the keeper
    /// @param batch encoded
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    public record Read(long appendedAtMillis, byte[] batch) {}

    /// What is taken over.
    ///
    /// @param state of the keeper
    /// @param behind what it read behind that
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    public record Content(byte[] state, List<Read> behind) {
        public Content {
            behind = List.copyOf(behind);
        }
    }

    private final long limitBytes;
    private byte @Nullable [] state;
    private final List<Read> behind = new ArrayList<>();
    private long behindBytes;
    private @Nullable LogPosition reached;
    private @Nullable LogPosition received;
    private byte[] arriving = new byte[0];
    private int arrived;

    PairReplica(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /// Takes a piece of a state.
    ///
    /// @return true when it was the last one, and the replica begins with it now
    /// @throws IOException when it does not fit
    boolean snapshot(PairMessage.Snapshot piece) throws IOException {
        if (piece.totalBytes() < 0 || piece.totalBytes() > limitBytes) {
            throw new IOException("what the other collector holds is too much [bytes=" + piece.totalBytes() + ", limit="
                    + limitBytes + "]");
        }
        if (arrived == 0) {
            arriving = new byte[piece.totalBytes()];
        }
        byte[] bytes = piece.bytes();
        if (arriving.length != piece.totalBytes() || bytes.length > arriving.length - arrived) {
            throw new IOException("pieces of a state do not fit");
        }
        System.arraycopy(bytes, 0, arriving, arrived, bytes.length);
        arrived += bytes.length;
        if (arrived < arriving.length) {
            return false;
        }
        state = arriving;
        arriving = new byte[0];
        arrived = 0;
        behind.clear();
        behindBytes = 0;
        reached = piece.position();
        received = piece.received();
        return true;
    }

    /// Takes what the keeper reads next.
    ///
    /// @throws IOException when it does not follow, or does not fit
    void entry(PairMessage.Entry entry) throws IOException {
        LogPosition before = reached;
        if (before == null || entry.position().compareTo(before) <= 0) {
            throw new IOException("what was read does not follow [position=" + entry.position() + "]");
        }
        behindBytes += entry.batch().length;
        if (behindBytes > limitBytes) {
            throw new IOException("what the other collector read is too much [limit=" + limitBytes + "]");
        }
        behind.add(new Read(entry.appendedAtMillis(), entry.batch()));
        reached = entry.position();
        if (entry.received() != null) {
            received = entry.received();
        }
    }

    /// Forgets pieces of a state that did not come whole.
    void cut() {
        arriving = new byte[0];
        arrived = 0;
    }

    /// Up to where it reaches, a place in the keeper's log; null: there is none.
    @Nullable
    LogPosition reached() {
        return reached;
    }

    /// Up to where what the helper received is part of it, a place in the helper's log.
    @Nullable
    LogPosition received() {
        return received;
    }

    long bytes() {
        byte[] now = state;
        return behindBytes + (now == null ? 0 : now.length) + arriving.length;
    }

    /// Writes the file; it is on disk afterwards.
    void write(Path file, long session) throws IOException {
        byte[] now = state;
        if (now == null) {
            throw new IOException("there is no state to write");
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(body)) {
            out.writeLong(session);
            PairCodec.optional(out, reached);
            PairCodec.optional(out, received);
            PairCodec.bytes(out, now);
            out.writeInt(behind.size());
            for (Read read : behind) {
                out.writeLong(read.appendedAtMillis());
                PairCodec.bytes(out, read.batch());
            }
        }
        PairState.write(file, MAGIC, VERSION, body.toByteArray());
    }

    /// Reads what [#write] gave.
    ///
    /// @throws IOException when it cannot be read, is damaged, or belongs to another session
    static PairReplica load(Path file, long session, long limitBytes) throws IOException {
        DataInputStream in = open(file, session);
        PairReplica replica = new PairReplica(limitBytes);
        LogPosition reached = PairCodec.optional(in);
        replica.received = PairCodec.optional(in);
        Content content = content(in);
        replica.state = content.state();
        replica.behind.addAll(content.behind());
        replica.reached = reached;
        return replica;
    }

    /// Reads the file.
    ///
    /// @throws IOException when it cannot be read, is damaged, or belongs to another session
    public static Content read(Path file, long session) throws IOException {
        DataInputStream in = open(file, session);
        PairCodec.optional(in);
        PairCodec.optional(in);
        return content(in);
    }

    private static DataInputStream open(Path file, long session) throws IOException {
        byte[] body = PairState.body(Files.readAllBytes(file), MAGIC, VERSION);
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(body));
        if (in.readLong() != session) {
            throw new IOException("the file belongs to another session");
        }
        return in;
    }

    private static Content content(DataInputStream in) throws IOException {
        byte[] state = PairCodec.bytes(in);
        List<Read> behind = new ArrayList<>();
        for (int i = in.readInt(); i > 0; i--) {
            behind.add(new Read(in.readLong(), PairCodec.bytes(in)));
        }
        return new Content(state, behind);
    }
}
