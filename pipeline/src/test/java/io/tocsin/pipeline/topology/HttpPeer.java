package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Locale;

/// A sender that speaks HTTP byte by byte, for tests.
///
/// Thread-safety: one thread.
final class HttpPeer implements AutoCloseable {
    /// @param head status line and header fields
    record Answer(int status, String head, String body) {
        boolean ends() {
            return head.toLowerCase(Locale.ROOT).contains("connection: close");
        }
    }

    final Socket socket;
    private final InputStream in;

    HttpPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(20_000);
        this.in = socket.getInputStream();
    }

    static HttpPeer of(CollectorTopology topology) throws IOException {
        return new HttpPeer(Harness.connect(topology));
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void send(String text) throws IOException {
        send(text.getBytes(UTF_8));
    }

    static byte[] request(String path, String fields, byte[] body) {
        byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "Content-Length: " + body.length
                        + "\r\n\r\n")
                .getBytes(ISO_8859_1);
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(head);
        both.writeBytes(body);
        return both.toByteArray();
    }

    Answer post(String path, String fields, String body) throws IOException {
        return post(path, fields, body.getBytes(UTF_8));
    }

    Answer post(String path, String fields, byte[] body) throws IOException {
        send(request(path, fields, body));
        return answer();
    }

    Answer get(String path) throws IOException {
        send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
        return answer();
    }

    Answer answer() throws IOException {
        Answer head = headOnly();
        String lower = head.head().toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length: ");
        int length = at < 0 ? 0 : Integer.parseInt(lower.substring(at + 16, lower.indexOf('\r', at)));
        return new Answer(head.status(), head.head(), new String(in.readNBytes(length), UTF_8));
    }

    Answer headOnly() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("connection ended after: " + head.toString(ISO_8859_1));
            }
            head.write(b);
        }
        String text = head.toString(ISO_8859_1);
        return new Answer(Integer.parseInt(text.substring(9, 12)), text, "");
    }

    /// True when the other side has ended the connection.
    boolean isEnded() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
