package io.tocsin.pipeline.stage;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EntryOrigin;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/// Writes origins of events into the state that stages keep over a restart, and reads them. Stateless.
public final class Origins {
    private static final int LONGEST_TEXT = 1 << 20;

    private Origins() {}

    public static void write(DataOutput out, EntryOrigin origin) throws IOException {
        text(out, origin.tenant());
        text(out, origin.service());
        text(out, origin.connector());
        text(out, origin.peerAddress());
        out.writeInt(origin.peerPort());
        text(out, origin.localAddress());
        out.writeInt(origin.localPort());
        text(out, origin.path());
        text(out, origin.relayAddress());
        out.writeInt(origin.relayPort());
        text(out, origin.subject());
    }

    /// @throws IOException when it is no origin
    public static EntryOrigin read(DataInput in) throws IOException {
        EntryOrigin direct = readDirect(in);
        return direct.through(text(in), in.readInt(), text(in));
    }

    /// Reads an origin as it was written when neither the proxy nor the certificate of the peer was known.
    ///
    /// @throws IOException when it is no origin
    public static EntryOrigin readDirect(DataInput in) throws IOException {
        return new EntryOrigin(text(in), text(in), text(in), text(in), in.readInt(), text(in), in.readInt(), text(in));
    }

    /// Writes a text of any length.
    public static void text(DataOutput out, String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /// Reads what [#text(DataOutput, String)] wrote.
    ///
    /// @throws IOException when it is none
    public static String text(DataInput in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > LONGEST_TEXT) {
            throw new IOException("a text of this length cannot be [bytes=" + length + "]");
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return new String(bytes, UTF_8);
    }
}
