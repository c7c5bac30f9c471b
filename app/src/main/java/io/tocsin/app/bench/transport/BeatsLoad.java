package io.tocsin.app.bench.transport;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.jspecify.annotations.Nullable;

/// Lumberjack 2 as a Beat sends it by default: windows of 2,048 events, each compressed, two on their way.
record BeatsLoad() implements InputLoad {
    /// Taking it apart costs five times as much as the others.
    private static final double SHARE = 0.25;

    private static final int WINDOW_EVENTS = 2_048;
    private static final int PIPELINED = 2;
    private static final int LEVEL = 3;

    @Override
    public String name() {
        return "beats";
    }

    @Override
    public String connector(int port) {
        return "{ type: beats, listen: \"127.0.0.1:%d\" }".formatted(port);
    }

    @Override
    public String format() {
        return "json";
    }

    @Override
    public @Nullable String peer(int port) {
        return null;
    }

    @Override
    public double share() {
        return SHARE;
    }

    @Override
    public void send(InetSocketAddress target, int times) throws IOException {
        byte[][] windows = windows();
        try (Socket socket = new Socket(target.getAddress(), target.getPort())) {
            DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            int waiting = 0;
            int first = 0;
            for (int i = 0; i < times * windows.length; i++) {
                socket.getOutputStream().write(windows[i % windows.length]);
                if (++waiting == PIPELINED) {
                    awaitAcknowledgement(in, events(first++ % windows.length));
                    waiting--;
                }
            }
            for (; waiting > 0; waiting--) {
                awaitAcknowledgement(in, events(first++ % windows.length));
            }
        }
    }

    private static int events(int window) {
        return Math.min(WINDOW_EVENTS, SyslogBlock.LINES - window * WINDOW_EVENTS);
    }

    private static void awaitAcknowledgement(DataInputStream in, int events) throws IOException {
        int sequence;
        do {
            if (in.readByte() != '2' || in.readByte() != 'A') {
                throw new IOException("the receiver does not answer with an acknowledgement");
            }
            sequence = in.readInt();
        } while (sequence < events);
    }

    private static byte[][] windows() throws IOException {
        List<byte[]> lines = SyslogBlock.lines();
        byte[][] windows = new byte[(lines.size() + WINDOW_EVENTS - 1) / WINDOW_EVENTS][];
        for (int i = 0; i < windows.length; i++) {
            int events = events(i);
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            Deflater deflater = new Deflater(LEVEL);
            try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(packed, deflater))) {
                for (int k = 0; k < events; k++) {
                    byte[] event = document(lines.get(i * WINDOW_EVENTS + k), k);
                    out.writeBytes("2J");
                    out.writeInt(k + 1);
                    out.writeInt(event.length);
                    out.write(event);
                }
            } finally {
                deflater.end();
            }
            ByteArrayOutputStream window = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(window);
            out.writeBytes("2W");
            out.writeInt(events);
            out.writeBytes("2C");
            out.writeInt(packed.size());
            packed.writeTo(out);
            windows[i] = window.toByteArray();
        }
        return windows;
    }

    /// What a Beat makes of a line of a file.
    private static byte[] document(byte[] line, int offset) {
        return ("{\"@timestamp\":\"2026-11-22T10:00:00.000Z\",\"@metadata\":{\"beat\":\"filebeat\",\"type\":\"_doc\",\"version\":\"8.15.0\"},"
                        + "\"log\":{\"offset\":" + offset
                        + ",\"file\":{\"path\":\"/var/log/orders.log\"}},\"message\":\""
                        + new String(line, StandardCharsets.US_ASCII)
                        + "\",\"input\":{\"type\":\"filestream\"},\"host\":{\"name\":\"web-1\"},\"agent\":{\"type\":\"filebeat\",\"name\":\"web-1\"},\"ecs\":{\"version\":\"8.0.0\"}}")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
