package io.tocsin.app.bench.transport;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// RELP (librelp's protocol, version 0), one session with a wide window.
record RelpLoad() implements InputLoad {
    private static final int BUFFER_BYTES = 64 << 10;

    @Override
    public String name() {
        return "relp";
    }

    @Override
    public String connector(int port) {
        return "{ type: relp, listen: \"127.0.0.1:%d\", receiveBuffer: 4MiB }".formatted(port);
    }

    @Override
    public String format() {
        return "syslog";
    }

    @Override
    public String peer(int port) {
        return """
                module(load="imrelp" ruleset="receive")
                input(type="imrelp" port="%d")
                """.formatted(port);
    }

    @Override
    public void send(InetSocketAddress target, int times) throws IOException {
        try (Socket socket = new Socket(target.getAddress(), target.getPort())) {
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
            InputStream in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
            String offer = "relp_version=0\nrelp_software=tocsin-bench\ncommands=syslog";
            out.write(("1 open " + offer.length() + " " + offer + "\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
            answer(in, "1");
            SendWindow window = new SendWindow();
            Thread answers = Thread.ofPlatform().daemon().start(() -> answers(in, window));
            long transaction = 1;
            for (int i = 0; i < times; i++) {
                List<byte[]> lines = SyslogBlock.lines();
                for (byte[] line : lines) {
                    window.begin(out);
                    out.write((++transaction + " syslog " + line.length + " ").getBytes(StandardCharsets.US_ASCII));
                    out.write(line);
                    out.write('\n');
                }
            }
            out.flush();
            window.awaitAll();
            answers.interrupt();
        }
    }

    private static void answers(InputStream in, SendWindow window) {
        try {
            while (true) {
                answer(in, null);
                window.answered();
            }
        } catch (IOException ended) {
            // The session is over; who waits for room finds out by the time it takes.
        }
    }

    /// Reads one answer: `number rsp length data`.
    private static void answer(InputStream in, @Nullable String number) throws IOException {
        String transaction = word(in);
        String command = word(in);
        int length = Integer.parseInt(word(in));
        String data = new String(in.readNBytes(length), StandardCharsets.US_ASCII);
        if (in.read() != '\n'
                || !command.equals("rsp")
                || !data.startsWith("200")
                || (number != null && !number.equals(transaction))) {
            throw new IOException("the receiver refuses [answer=" + command + " " + data + "]");
        }
    }

    private static String word(InputStream in) throws IOException {
        StringBuilder word = new StringBuilder();
        for (int c = in.read(); c != ' '; c = in.read()) {
            if (c < 0 || word.length() > 32) {
                throw new EOFException("no answer");
            }
            word.append((char) c);
        }
        return word.toString();
    }
}
