package io.tocsin.pipeline.pair;

import io.tocsin.event.BatchHeader;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Messages as bytes: a type, then its fields, big endian; texts as in [DataOutputStream#writeUTF]. See
/// `docs/specs/pair.md`.
public final class PairCodec {
    /// Longest message.
    public static final int MAXIMUM_BYTES = BatchHeader.MAXIMUM_BYTES + 64;

    private static final int MAXIMUM_PARTS = 10_000;
    private static final int LONGEST_REASON = 4000;

    private PairCodec() {}

    /// The bytes of a message.
    public static byte[] encode(PairMessage message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(message, out);
        } catch (IOException e) {
            throw new UncheckedIOException("a message cannot be written", e);
        }
        return bytes.toByteArray();
    }

    private static void write(PairMessage message, DataOutputStream out) throws IOException {
        switch (message) {
            case PairMessage.Hello hello -> {
                out.writeByte(1);
                hello(hello, out);
            }
            case PairMessage.Refusal(String reason) -> {
                out.writeByte(2);
                out.writeUTF(reason.substring(0, Math.min(LONGEST_REASON, reason.length())));
            }
            case PairMessage.Proposal(long session) -> {
                out.writeByte(3);
                out.writeLong(session);
            }
            case PairMessage.Acceptance(long session) -> {
                out.writeByte(4);
                out.writeLong(session);
            }
            case PairMessage.Snapshot snapshot -> {
                out.writeByte(5);
                position(out, snapshot.position());
                optional(out, snapshot.received());
                out.writeInt(snapshot.totalBytes());
                bytes(out, snapshot.bytes());
            }
            case PairMessage.Entry entry -> {
                out.writeByte(6);
                position(out, entry.position());
                optional(out, entry.received());
                out.writeLong(entry.appendedAtMillis());
                bytes(out, entry.batch());
            }
            case PairMessage.Confirmation(LogPosition position) -> {
                out.writeByte(7);
                position(out, position);
            }
            case PairMessage.Forward forward -> {
                out.writeByte(8);
                position(out, forward.position());
                bytes(out, forward.batch());
            }
            case PairMessage.Beat() -> out.writeByte(9);
            case PairMessage.Leave() -> out.writeByte(10);
            case PairMessage.Ended(PairMessage.Ending ending) -> {
                out.writeByte(11);
                ending(out, ending);
            }
        }
    }

    private static void hello(PairMessage.Hello hello, DataOutputStream out) throws IOException {
        out.writeUTF(hello.collector());
        out.writeLong(hello.node());
        out.writeBoolean(hello.listens());
        out.writeInt(hello.parts().size());
        for (Map.Entry<String, String> part : hello.parts().entrySet()) {
            out.writeUTF(part.getKey());
            out.writeUTF(part.getValue());
        }
        out.writeLong(hello.session());
        out.writeBoolean(hello.keeper());
        out.writeBoolean(hello.doomed());
        out.writeBoolean(hello.settled());
        PairMessage.Ending ended = hello.ended();
        out.writeBoolean(ended != null);
        if (ended != null) {
            ending(out, ended);
        }
        out.writeLong(hello.heldEvents());
        optional(out, hello.reached());
    }

    static void ending(DataOutputStream out, PairMessage.Ending ending) throws IOException {
        out.writeLong(ending.session());
        out.writeLong(ending.winner());
        optional(out, ending.reached());
    }

    static void position(DataOutputStream out, LogPosition position) throws IOException {
        out.writeLong(position.recordIndex());
        out.writeLong(position.sequence());
    }

    static void optional(DataOutputStream out, @Nullable LogPosition position) throws IOException {
        out.writeBoolean(position != null);
        if (position != null) {
            position(out, position);
        }
    }

    static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /// Reads a message.
    ///
    /// @throws IOException when it is none
    public static PairMessage decode(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        PairMessage message;
        try {
            message = read(in);
        } catch (IllegalArgumentException e) {
            throw new IOException("a value of a message cannot be: " + e.getMessage(), e);
        }
        if (in.available() > 0) {
            throw new IOException("a message is longer than what it says [bytes=" + in.available() + "]");
        }
        return message;
    }

    private static PairMessage read(DataInputStream in) throws IOException {
        int type = in.readUnsignedByte();
        return switch (type) {
            case 1 -> hello(in);
            case 2 -> new PairMessage.Refusal(in.readUTF());
            case 3 -> new PairMessage.Proposal(in.readLong());
            case 4 -> new PairMessage.Acceptance(in.readLong());
            case 5 -> new PairMessage.Snapshot(position(in), optional(in), in.readInt(), bytes(in));
            case 6 -> new PairMessage.Entry(position(in), optional(in), in.readLong(), bytes(in));
            case 7 -> new PairMessage.Confirmation(position(in));
            case 8 -> new PairMessage.Forward(position(in), bytes(in));
            case 9 -> new PairMessage.Beat();
            case 10 -> new PairMessage.Leave();
            case 11 -> new PairMessage.Ended(ending(in));
            default -> throw new IOException("a message of this type is not known [type=" + type + "]");
        };
    }

    private static PairMessage.Hello hello(DataInputStream in) throws IOException {
        String collector = in.readUTF();
        long node = in.readLong();
        boolean listens = in.readBoolean();
        int count = in.readInt();
        if (count < 0 || count > MAXIMUM_PARTS) {
            throw new IOException("so many keys cannot be [keys=" + count + "]");
        }
        Map<String, String> parts = new HashMap<>();
        for (int i = 0; i < count; i++) {
            parts.put(in.readUTF(), in.readUTF());
        }
        return new PairMessage.Hello(
                collector,
                node,
                listens,
                parts,
                in.readLong(),
                in.readBoolean(),
                in.readBoolean(),
                in.readBoolean(),
                in.readBoolean() ? ending(in) : null,
                in.readLong(),
                optional(in));
    }

    static PairMessage.Ending ending(DataInputStream in) throws IOException {
        return new PairMessage.Ending(in.readLong(), in.readLong(), optional(in));
    }

    static LogPosition position(DataInputStream in) throws IOException {
        return new LogPosition(in.readLong(), in.readLong());
    }

    static @Nullable LogPosition optional(DataInputStream in) throws IOException {
        return in.readBoolean() ? position(in) : null;
    }

    /// Takes no more memory than there are bytes.
    static byte[] bytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("a length is longer than the message [length=" + length + "]");
        }
        return in.readNBytes(length);
    }
}
