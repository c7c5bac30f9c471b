package io.tocsin.app.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// Sends a block of lines again and again over one TCP connection.
public final class TrafficSender {
    private static final int WRITE_BYTES = 256 << 10;

    private TrafficSender() {}

    /// Sends the block `times` times as fast as the receiver reads and returns when the receiver has read all and
    /// closed.
    ///
    /// @return nanoseconds until everything was handed over and the receiver closed
    public static long sendAll(InetSocketAddress target, ByteBuffer block, int times) throws IOException {
        long began = System.nanoTime();
        try (SocketChannel channel = connect(target)) {
            for (int i = 0; i < times; i++) {
                write(channel, block.duplicate());
            }
            awaitEnd(channel);
        }
        return System.nanoTime() - began;
    }

    /// Sends lines from the block at a steady rate.
    ///
    /// @param linesPerSecond rate; each 10 ms a hundredth of it is written at once
    /// @param blockLines number of lines in the block
    /// @return number of lines sent
    public static long sendPaced(
            InetSocketAddress target, ByteBuffer block, int blockLines, int linesPerSecond, int seconds)
            throws IOException {
        int[] ends = lineEnds(block, blockLines);
        long sent = 0;
        try (SocketChannel channel = connect(target)) {
            long began = System.nanoTime();
            int next = 0;
            long total = (long) linesPerSecond * seconds;
            while (sent < total) {
                long due = Math.min(total, (long) ((System.nanoTime() - began) / 1e9 * linesPerSecond));
                while (sent < due) {
                    int lines = (int) Math.min(Math.min(due - sent, 2000), blockLines - next);
                    ByteBuffer part = block.duplicate();
                    part.position(next == 0 ? 0 : ends[next - 1]).limit(ends[next + lines - 1]);
                    write(channel, part);
                    sent += lines;
                    next = (next + lines) % blockLines;
                }
                java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
            }
            awaitEnd(channel);
        }
        return sent;
    }

    private static int[] lineEnds(ByteBuffer block, int lines) {
        int[] ends = new int[lines];
        int found = 0;
        for (int i = 0; i < block.limit() && found < lines; i++) {
            if (block.get(i) == '\n') {
                ends[found++] = i + 1;
            }
        }
        return ends;
    }

    private static SocketChannel connect(InetSocketAddress target) throws IOException {
        return SocketChannel.open(target);
    }

    private static void write(SocketChannel channel, ByteBuffer data) throws IOException {
        int end = data.limit();
        while (data.position() < end) {
            data.limit(Math.min(end, data.position() + WRITE_BYTES));
            channel.write(data);
        }
    }

    private static void awaitEnd(SocketChannel channel) throws IOException {
        channel.shutdownOutput();
        ByteBuffer rest = ByteBuffer.allocate(64);
        while (channel.read(rest) >= 0) {
            rest.clear();
        }
    }
}
