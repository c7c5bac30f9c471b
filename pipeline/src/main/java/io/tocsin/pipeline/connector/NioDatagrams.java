package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.HashMap;
import java.util.Map;

/// Datagrams through the Java runtime, one call each. It does not tell to which address of this
/// machine one was sent.
///
/// Thread-safety: see [DatagramSource].
final class NioDatagrams implements DatagramSource {
    private static final int LARGEST_DATAGRAM = 65_536;
    private static final int BATCH = 64;
    private static final int WAIT_MILLIS = 1000;
    private static final int REMEMBERED_PEERS = 4096;

    private final DatagramChannel channel;
    private final Selector selector;
    private final Origins origins;
    private final InetSocketAddress local;
    private final InetAddress localAddress;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BATCH * LARGEST_DATAGRAM);
    private final int[] ends = new int[BATCH];
    private final EntryOrigin[] senders = new EntryOrigin[BATCH];
    private final Map<SocketAddress, EntryOrigin> peers = new HashMap<>();

    private volatile long lastDrops;

    private NioDatagrams(DatagramChannel channel, Selector selector, Origins origins) throws IOException {
        this.channel = channel;
        this.selector = selector;
        this.origins = origins;
        this.local = (InetSocketAddress) channel.getLocalAddress();
        this.localAddress = local.getAddress();
    }

    static NioDatagrams open(InetSocketAddress address, int receiveBufferBytes, Origins origins) throws IOException {
        boolean six = address.getAddress() instanceof Inet6Address;
        DatagramChannel channel =
                DatagramChannel.open(six ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
        try {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
            channel.bind(address);
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            return new NioDatagrams(channel, selector, origins);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public int receive() throws IOException {
        int received = take();
        if (received == 0) {
            selector.select(WAIT_MILLIS);
            selector.selectedKeys().clear();
            received = take();
        }
        return received;
    }

    private int take() throws IOException {
        int received = 0;
        while (received < BATCH) {
            int start = received * LARGEST_DATAGRAM;
            buffer.limit(start + LARGEST_DATAGRAM).position(start);
            SocketAddress peer = channel.receive(buffer);
            if (peer == null) {
                return received;
            }
            ends[received] = buffer.position();
            senders[received++] = originOf(peer);
        }
        return received;
    }

    private EntryOrigin originOf(SocketAddress peer) {
        EntryOrigin known = peers.get(peer);
        if (known == null) {
            if (peers.size() == REMEMBERED_PEERS) {
                peers.clear();
            }
            InetSocketAddress address = (InetSocketAddress) peer;
            known = origins.of(address.getAddress(), address.getPort(), localAddress);
            peers.put(peer, known);
        }
        return known;
    }

    @Override
    public int capacity() {
        return BATCH;
    }

    @Override
    public ByteBuffer datagram(int index) {
        return buffer.limit(ends[index]).position(index * LARGEST_DATAGRAM);
    }

    @Override
    public EntryOrigin origin(int index) {
        return senders[index];
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    @Override
    public int grantedBytes() {
        try {
            return channel.getOption(StandardSocketOptions.SO_RCVBUF);
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public long drops() {
        if (channel.isOpen()) {
            lastDrops = KernelDrops.ofPort(local.getPort());
        }
        return lastDrops;
    }

    @Override
    public void wake() {
        selector.wakeup();
    }

    @Override
    public void close() throws IOException {
        drops();
        selector.close();
        channel.close();
    }
}
