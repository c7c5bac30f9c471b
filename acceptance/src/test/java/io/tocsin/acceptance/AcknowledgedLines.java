package io.tocsin.acceptance;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Hands lines to a collector over RELP (librelp's protocol, version 0), and returns when each is acknowledged.
///
/// Thread-safety: any thread.
final class AcknowledgedLines {
    private static final int WINDOW = 100;
    private static final int PATIENCE_MILLIS = 20_000;

    private AcknowledgedLines() {}

    /// @throws IOException when one of them is refused, or not answered within twenty seconds
    static void send(InetSocketAddress to, List<String> lines) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(to, PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            OutputStream out = socket.getOutputStream();
            InputStream in = new BufferedInputStream(socket.getInputStream());
            out.write(frame(1, "open", "relp_version=0\nrelp_software=acceptance\ncommands=syslog"));
            awaitAnswer(in, 1);
            for (int first = 0; first < lines.size(); first += WINDOW) {
                int end = Math.min(lines.size(), first + WINDOW);
                for (int i = first; i < end; i++) {
                    out.write(frame(i + 2, "syslog", lines.get(i)));
                }
                for (int i = first; i < end; i++) {
                    awaitAnswer(in, i + 2);
                }
            }
        }
    }

    private static byte[] frame(int transaction, String command, String data) {
        byte[] bytes = data.getBytes(StandardCharsets.UTF_8);
        return (transaction + " " + command + " " + bytes.length + " " + data + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static void awaitAnswer(InputStream in, int transaction) throws IOException {
        String head = word(in) + " " + word(in);
        int length = Integer.parseInt(word(in));
        String answer = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        if (!head.equals(transaction + " rsp") || !answer.startsWith("200") || in.read() != '\n') {
            throw new IOException("not accepted: " + head + " " + answer);
        }
    }

    private static String word(InputStream in) throws IOException {
        StringBuilder word = new StringBuilder();
        for (int c = in.read(); c != ' '; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the collector ended the connection");
            }
            word.append((char) c);
        }
        return word.toString();
    }
}
