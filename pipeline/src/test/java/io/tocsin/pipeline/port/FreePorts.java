package io.tocsin.pipeline.port;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/// Ports on which a test may start a server, and start it again after it was killed. The system never gives them to
/// outgoing connections, because they lie below its range for these (32768 on Linux), and it gives none twice: each of
/// the test processes that run at the same time has a range of its own.
///
/// Thread-safety: any number of threads.
public final class FreePorts {
    private static final int FIRST = 10_000;
    private static final int RANGE = 5_000;
    private static final int RANGES = 4;

    /// Surefire numbers its processes from 1.
    private static final int RANGE_OF_PROCESS = Integer.getInteger("surefire.forkNumber", 1) % RANGES;

    private static final AtomicInteger NEXT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(RANGE));

    private FreePorts() {}

    /// A port that nobody uses for TCP or UDP on any address.
    public static int next() {
        for (int i = 0; i < RANGE; i++) {
            int port = FIRST + RANGE_OF_PROCESS * RANGE + Math.floorMod(NEXT.getAndIncrement(), RANGE);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port [range=" + RANGE_OF_PROCESS + "]");
    }

    private static boolean isFree(int port) {
        InetSocketAddress address = new InetSocketAddress(port);
        try (ServerSocket stream = new ServerSocket();
                DatagramSocket datagrams = new DatagramSocket(null)) {
            stream.setReuseAddress(true);
            stream.bind(address);
            datagrams.bind(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
