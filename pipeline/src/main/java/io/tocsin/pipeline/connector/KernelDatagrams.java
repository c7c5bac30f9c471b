package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.kernel.PacketSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Datagrams from a [PacketSocket]. Senders that were seen before cost no memory.
///
/// Thread-safety: see [DatagramSource].
final class KernelDatagrams implements DatagramSource {
    private static final int SLOTS_POWER = 13;
    private static final int SLOTS = 1 << SLOTS_POWER;
    private static final int KEY = 5;
    private static final int REMEMBERED_PEERS = SLOTS / 2;

    private final PacketSocket socket;
    private final Origins origins;

    /// A table with open addressing: five numbers and the origin of each sender.
    private final long[] keys = new long[KEY * SLOTS];

    private final @Nullable EntryOrigin[] known = new EntryOrigin[SLOTS];
    private int count;

    KernelDatagrams(PacketSocket socket, Origins origins) {
        this.socket = socket;
        this.origins = origins;
    }

    @Override
    public int receive() throws IOException {
        return socket.receive();
    }

    @Override
    public int capacity() {
        return PacketSocket.BATCH;
    }

    @Override
    public ByteBuffer datagram(int index) {
        return socket.datagram(index);
    }

    @Override
    public EntryOrigin origin(int index) throws IOException {
        long high = socket.peerHigh(index);
        long low = socket.peerLow(index);
        long port = socket.peerPort(index);
        long localHigh = socket.localHigh(index);
        long localLow = socket.localLow(index);
        long hash = ((((high * 31 + low) * 31 + port) * 31 + localHigh) * 31 + localLow) * 0x9E3779B97F4A7C15L;
        int slot = (int) (hash >>> (64 - SLOTS_POWER));
        EntryOrigin origin = known[slot];
        while (origin != null) {
            int at = KEY * slot;
            if (keys[at] == high
                    && keys[at + 1] == low
                    && keys[at + 2] == port
                    && keys[at + 3] == localHigh
                    && keys[at + 4] == localLow) {
                return origin;
            }
            slot = (slot + 1) & (SLOTS - 1);
            origin = known[slot];
        }
        EntryOrigin fresh = origins.of(socket.peer(index), (int) port, socket.localAddress(index));
        if (count == REMEMBERED_PEERS) {
            Arrays.fill(known, null);
            count = 0;
            slot = (int) (hash >>> (64 - SLOTS_POWER));
        }
        int at = KEY * slot;
        known[slot] = fresh;
        keys[at] = high;
        keys[at + 1] = low;
        keys[at + 2] = port;
        keys[at + 3] = localHigh;
        keys[at + 4] = localLow;
        count++;
        return fresh;
    }

    @Override
    public InetSocketAddress local() {
        return socket.local();
    }

    @Override
    public int grantedBytes() {
        return socket.grantedBytes();
    }

    @Override
    public long drops() throws IOException {
        long drops = socket.drops();
        return drops < 0 ? KernelDrops.ofPort(local().getPort()) : drops;
    }

    @Override
    public void wake() throws IOException {
        socket.wake();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
