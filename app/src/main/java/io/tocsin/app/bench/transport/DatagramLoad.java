package io.tocsin.app.bench.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.locks.LockSupport;

/// Syslog over UDP, a datagram a line, at a rate that a receiver has to bear: nothing holds the sender back.
record DatagramLoad() implements InputLoad {
    /// It comes at a rate, so half as many take ten seconds.
    private static final double SHARE = 0.5;

    private static final int PER_SECOND = 100_000;
    private static final int BURST = 200;

    @Override
    public String name() {
        return "udp";
    }

    @Override
    public String connector(int port) {
        return "{ type: udp, listen: \"127.0.0.1:%d\" }".formatted(port);
    }

    @Override
    public String format() {
        return "syslog";
    }

    @Override
    public String peer(int port) {
        return """
                module(load="imudp" batchSize="128")
                input(type="imudp" port="%d" address="127.0.0.1" ruleset="receive" rcvbufSize="8m")
                """.formatted(port);
    }

    @Override
    public boolean listens() {
        return false;
    }

    @Override
    public boolean lossy() {
        return true;
    }

    @Override
    public double share() {
        return SHARE;
    }

    @Override
    public void send(InetSocketAddress target, int times) throws IOException {
        ByteBuffer datagram = ByteBuffer.allocateDirect(2048);
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.setOption(StandardSocketOptions.SO_SNDBUF, 4 << 20);
            channel.connect(target);
            long began = System.nanoTime();
            long sent = 0;
            for (int i = 0; i < times; i++) {
                for (byte[] line : SyslogBlock.lines()) {
                    channel.write(datagram.clear().put(line).flip());
                    if (++sent % BURST == 0) {
                        LockSupport.parkNanos(began + sent * 1_000_000_000L / PER_SECOND - System.nanoTime());
                    }
                }
            }
        }
    }
}
