package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;

/// A sender that speaks Lumberjack byte by byte, as Filebeat does, for tests.
///
/// Thread-safety: one thread.
final class LumberjackPeer implements AutoCloseable {
    final Socket socket;
    private final DataInputStream in;

    LumberjackPeer(CollectorTopology topology) throws IOException {
        this(Harness.connect(topology));
    }

    LumberjackPeer(Socket connected) throws IOException {
        socket = connected;
        socket.setSoTimeout(20_000);
        in = new DataInputStream(socket.getInputStream());
    }

    static byte[] window(int events) {
        return frame('2', 'W', events);
    }

    private static byte[] frame(int version, int type, int number, byte[]... more) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(frame);
        try {
            out.write(version);
            out.write(type);
            out.writeInt(number);
            for (byte[] bytes : more) {
                out.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return frame.toByteArray();
    }

    private static byte[] counted(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            new DataOutputStream(out).writeInt(bytes.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.writeBytes(bytes);
        return out.toByteArray();
    }

    static byte[] json(int sequence, String text) {
        return frame('2', 'J', sequence, counted(text.getBytes(UTF_8)));
    }

    static byte[] data(int sequence, Map<String, String> pairs) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            new DataOutputStream(body).writeInt(pairs.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        pairs.forEach((key, value) -> {
            body.writeBytes(counted(key.getBytes(UTF_8)));
            body.writeBytes(counted(value.getBytes(UTF_8)));
        });
        return frame('1', 'D', sequence, body.toByteArray());
    }

    static byte[] compressed(byte[]... frames) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
            for (byte[] frame : frames) {
                out.write(frame);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return frame('2', 'C', packed.size(), packed.toByteArray());
    }

    /// A whole batch as Filebeat sends it: the window, then one compressed frame of all events.
    static byte[] batch(List<String> events) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (int i = 0; i < events.size(); i++) {
            frames.writeBytes(json(i + 1, events.get(i)));
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(window(events.size()));
        all.writeBytes(compressed(frames.toByteArray()));
        return all.toByteArray();
    }

    void send(byte[]... frames) throws IOException {
        for (byte[] frame : frames) {
            socket.getOutputStream().write(frame);
        }
    }

    /// The next acknowledgement, those of 0 included.
    int acknowledgement() throws IOException {
        int version = in.read();
        if (version < 0) {
            throw new SocketException("connection ended");
        }
        if ((version != '1' && version != '2') || in.read() != 'A') {
            throw new IOException("no acknowledgement");
        }
        return in.readInt();
    }

    /// Waits for the answer to a batch, through signs of life.
    void awaitAcknowledgement(int events) throws IOException {
        int last = 0;
        while (last == 0) {
            last = acknowledgement();
        }
        if (last != events) {
            throw new IOException("acknowledged " + last + " instead of " + events);
        }
    }

    /// True when the other side has ended the connection without saying anything more.
    boolean isEnded() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
