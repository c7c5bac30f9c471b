package io.tocsin.pipeline.connector.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A UDP socket that takes up to [#BATCH] datagrams from the kernel in one `recvmmsg(2)`, each with
/// the address it was sent to (`IP_PKTINFO`, `IPV6_RECVPKTINFO`), into memory outside of the heap that
/// is used again and again.
///
/// Layouts are those of 64-bit Linux (`mmsghdr` 64 bytes, `msghdr` 56, `iovec` 16, `cmsghdr` 16 and
/// its data, all aligned to 8). Never sends anything.
///
/// Memory: 8 MiB of addresses, of which only the pages are real that a datagram has reached.
///
/// Thread-safety: one thread receives; [#wake()] and [#drops()] come from any thread, [#close()] from
/// the receiving one or when it has ended.
public final class PacketSocket implements AutoCloseable {
    /// Datagrams of one call.
    public static final int BATCH = 128;
    /// How long [#receive()] waits for a first datagram; [#wake()] ends it sooner.
    private static final int WAIT_MILLIS = 1000;

    /// What a socket is opened with.
    ///
    /// @param receiveBufferBytes asked of the kernel, beyond `net.core.rmem_max` where this process has
    /// the right to
    /// @param shared several sockets of this process listen on the port, the kernel deals senders out
    /// among them
    /// @param freeBind binds also to an address that this machine does not have (yet)
    public record Options(int receiveBufferBytes, boolean shared, boolean freeBind) {}

    private static final int DATAGRAM_BYTES = 1 << 16;
    /// From one datagram to the next: not a power of two, or all of them would meet in the same few lines
    /// of the processor's caches.
    private static final int DATAGRAM_STRIDE = DATAGRAM_BYTES + 320;

    private static final int HEADER_BYTES = 64;
    private static final int VECTOR_BYTES = 16;
    private static final int NAME_BYTES = 28;
    private static final int NAME_STRIDE = 32;
    private static final int CONTROL_BYTES = 64;
    private static final int LENGTH_AT = 56;
    private static final int NAME_LENGTH_AT = 8;
    private static final int CONTROL_LENGTH_AT = 40;

    private static final int INET = 2;
    private static final int INET6 = 10;
    private static final int DATAGRAM_SOCKET = 2;
    private static final int CLOSE_ON_EXEC = 0x80000;
    private static final int WAIT_FOR_ONE = 0x10000;

    private static final int RECEIVE_BUFFER = 8;
    private static final int REUSE_PORT = 15;
    private static final int RECEIVE_TIMEOUT = 20;
    private static final int RECEIVE_BUFFER_FORCE = 33;
    private static final int MEMORY_INFORMATION = 55;
    private static final int MEMORY_INFORMATION_BYTES = 36;
    private static final int DROPS_AT = 32;
    private static final int IP_PACKET_INFO = 8;
    private static final int IPV6_ONLY = 26;
    private static final int IPV6_RECEIVE_PACKET_INFO = 49;
    private static final int IPV6_PACKET_INFO = 50;

    private static final ValueLayout.OfShort BIG_SHORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BIG_LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BIG_INT = JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena;
    /// `errno` of the receiving thread.
    private final MemorySegment state;
    /// `errno` of whoever holds the lock.
    private final MemorySegment guardedState;

    private final Object lock = new Object();
    private final MemorySegment headers;
    private final MemorySegment names;
    private final MemorySegment controls;
    private final ByteBuffer buffer;
    private final int descriptor;
    private final InetSocketAddress local;
    private final int grantedBytes;
    /// Guarded by the lock, as is what follows.
    private boolean closed;

    private long lastDrops;
    private int received;

    private PacketSocket(Arena arena, InetSocketAddress address, Options options) throws IOException {
        this.arena = arena;
        state = KernelCalls.errnoSegment(arena);
        guardedState = KernelCalls.errnoSegment(arena);
        headers = arena.allocate((long) BATCH * HEADER_BYTES, 8);
        names = arena.allocate((long) BATCH * NAME_STRIDE, 8);
        controls = arena.allocate((long) BATCH * CONTROL_BYTES, 8);
        MemorySegment data = arena.allocate((long) BATCH * DATAGRAM_STRIDE, 4096);
        buffer = data.asByteBuffer();
        MemorySegment vectors = arena.allocate((long) BATCH * VECTOR_BYTES, 8);
        for (int i = 0; i < BATCH; i++) {
            vectors.set(ADDRESS, (long) i * VECTOR_BYTES, data.asSlice((long) i * DATAGRAM_STRIDE));
            vectors.set(JAVA_LONG, (long) i * VECTOR_BYTES + 8, DATAGRAM_BYTES);
            long header = (long) i * HEADER_BYTES;
            headers.set(ADDRESS, header, names.asSlice((long) i * NAME_STRIDE));
            headers.set(JAVA_INT, header + NAME_LENGTH_AT, NAME_BYTES);
            headers.set(ADDRESS, header + 16, vectors.asSlice((long) i * VECTOR_BYTES));
            headers.set(JAVA_LONG, header + 24, 1);
            headers.set(ADDRESS, header + 32, controls.asSlice((long) i * CONTROL_BYTES));
            headers.set(JAVA_LONG, header + CONTROL_LENGTH_AT, CONTROL_BYTES);
        }
        boolean six = address.getAddress() instanceof Inet6Address;
        int opened = KernelCalls.socket(state, six ? INET6 : INET, DATAGRAM_SOCKET | CLOSE_ON_EXEC);
        boolean done = false;
        try {
            prepare(opened, six, options);
            KernelCalls.bind(state, opened, name(address));
            local = localName(opened);
            MemorySegment granted = arena.allocate(JAVA_INT);
            MemorySegment length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
            required(
                    KernelCalls.readOption(state, opened, KernelCalls.LEVEL_SOCKET, RECEIVE_BUFFER, granted, length),
                    "SO_RCVBUF");
            // The kernel tells twice what it was asked for: half is for its own accounts.
            grantedBytes = granted.get(JAVA_INT, 0) / 2;
            descriptor = opened;
            done = true;
        } finally {
            if (!done) {
                KernelCalls.close(state, opened);
            }
        }
    }

    /// True where this can work at all.
    public static boolean isSupported() {
        return KernelAccess.isGranted();
    }

    /// Opens and binds a socket.
    ///
    /// @throws IOException when the kernel refuses, with its reason
    public static PacketSocket open(InetSocketAddress address, Options options) throws IOException {
        Arena arena = Arena.ofShared();
        boolean done = false;
        try {
            PacketSocket socket = new PacketSocket(arena, address, options);
            done = true;
            return socket;
        } finally {
            if (!done) {
                arena.close();
            }
        }
    }

    private void prepare(int socket, boolean six, Options options) throws IOException {
        MemorySegment one = arena.allocateFrom(JAVA_INT, 1);
        MemorySegment bytes = arena.allocateFrom(JAVA_INT, options.receiveBufferBytes());
        if (!KernelCalls.option(state, socket, KernelCalls.LEVEL_SOCKET, RECEIVE_BUFFER_FORCE, bytes)) {
            KernelCalls.option(state, socket, KernelCalls.LEVEL_SOCKET, RECEIVE_BUFFER, bytes);
        }
        if (options.shared()) {
            required(KernelCalls.option(state, socket, KernelCalls.LEVEL_SOCKET, REUSE_PORT, one), "SO_REUSEPORT");
        }
        if (options.freeBind()) {
            required(
                    KernelCalls.option(state, socket, KernelCalls.LEVEL_IP, KernelCalls.IP_FREE_BIND, one),
                    "IP_FREEBIND");
        }
        if (six) {
            KernelCalls.option(state, socket, KernelCalls.LEVEL_IPV6, IPV6_ONLY, arena.allocateFrom(JAVA_INT, 0));
            required(
                    KernelCalls.option(state, socket, KernelCalls.LEVEL_IPV6, IPV6_RECEIVE_PACKET_INFO, one),
                    "IPV6_RECVPKTINFO");
        } else {
            required(KernelCalls.option(state, socket, KernelCalls.LEVEL_IP, IP_PACKET_INFO, one), "IP_PKTINFO");
        }
        MemorySegment timeout = arena.allocate(JAVA_LONG, 2);
        timeout.setAtIndex(JAVA_LONG, 0, WAIT_MILLIS / 1000);
        timeout.setAtIndex(JAVA_LONG, 1, WAIT_MILLIS % 1000 * 1000L);
        required(KernelCalls.option(state, socket, KernelCalls.LEVEL_SOCKET, RECEIVE_TIMEOUT, timeout), "SO_RCVTIMEO");
    }

    private void required(boolean granted, String option) throws IOException {
        if (!granted) {
            throw KernelCalls.failure(option, KernelCalls.errno(state));
        }
    }

    private MemorySegment name(InetSocketAddress address) {
        byte[] bytes = address.getAddress().getAddress();
        boolean six = bytes.length == 16;
        MemorySegment name = arena.allocate(six ? NAME_BYTES : 16, 8);
        name.set(JAVA_SHORT, 0, (short) (six ? INET6 : INET));
        name.set(BIG_SHORT, 2, (short) address.getPort());
        MemorySegment.copy(bytes, 0, name, JAVA_BYTE, six ? 8 : 4, bytes.length);
        if (address.getAddress() instanceof Inet6Address scoped) {
            name.set(JAVA_INT, 24, scoped.getScopeId());
        }
        return name;
    }

    private InetSocketAddress localName(int socket) throws IOException {
        MemorySegment name = arena.allocate(NAME_BYTES, 8);
        KernelCalls.name(state, socket, name, arena.allocateFrom(JAVA_INT, NAME_BYTES));
        boolean six = name.get(JAVA_SHORT, 0) == INET6;
        byte[] bytes = name.asSlice(six ? 8 : 4, six ? 16 : 4).toArray(JAVA_BYTE);
        return new InetSocketAddress(InetAddress.getByAddress(bytes), name.get(BIG_SHORT, 2) & 0xffff);
    }

    /// What it is bound to.
    public InetSocketAddress local() {
        return local;
    }

    /// Size of the kernel's receive buffer.
    public int grantedBytes() {
        return grantedBytes;
    }

    /// Waits up to [#WAIT_MILLIS] for a datagram and takes it with all that have come behind it.
    ///
    /// @return how many are at hand now, 0 when none came
    public int receive() throws IOException {
        for (int i = 0; i < received; i++) {
            // The kernel writes back how much of these it has filled.
            long header = (long) i * HEADER_BYTES;
            headers.set(JAVA_INT, header + NAME_LENGTH_AT, NAME_BYTES);
            headers.set(JAVA_LONG, header + CONTROL_LENGTH_AT, CONTROL_BYTES);
        }
        received = 0;
        int count = KernelCalls.receive(state, descriptor, headers, BATCH, WAIT_FOR_ONE);
        if (count < 0) {
            int errno = KernelCalls.errno(state);
            if (errno == KernelCalls.AGAIN || errno == KernelCalls.INTERRUPTED) {
                return 0;
            }
            throw KernelCalls.failure("recvmmsg", errno);
        }
        received = count;
        // What the kernel gives out when it is woken has no sender.
        return count > 0 && headers.get(JAVA_INT, NAME_LENGTH_AT) == 0 ? 0 : count;
    }

    /// One of the datagrams at hand, between position and limit; valid until the next call of this or
    /// [#receive()].
    public ByteBuffer datagram(int index) {
        int start = index * DATAGRAM_STRIDE;
        int length = headers.get(JAVA_INT, (long) index * HEADER_BYTES + LENGTH_AT);
        return buffer.limit(start + length).position(start);
    }

    /// Port of the sender.
    public int peerPort(int index) {
        return names.get(BIG_SHORT, (long) index * NAME_STRIDE + 2) & 0xffff;
    }

    /// The first half of the sender's address as a number; of IPv4 0.
    public long peerHigh(int index) {
        long name = (long) index * NAME_STRIDE;
        return names.get(JAVA_SHORT, name) == INET6 ? names.get(BIG_LONG, name + 8) : 0;
    }

    /// The other half, or the whole address of IPv4.
    public long peerLow(int index) {
        long name = (long) index * NAME_STRIDE;
        return names.get(JAVA_SHORT, name) == INET6
                ? names.get(BIG_LONG, name + 16)
                : names.get(BIG_INT, name + 4) & 0xffffffffL;
    }

    /// Where the address to which the datagram was sent lies in its control data, or -1.
    private long localAt(int index) {
        long control = (long) index * CONTROL_BYTES;
        long end = control + headers.get(JAVA_LONG, (long) index * HEADER_BYTES + CONTROL_LENGTH_AT);
        while (control + 16 <= end) {
            int level = controls.get(JAVA_INT, control + 8);
            int type = controls.get(JAVA_INT, control + 12);
            if (level == KernelCalls.LEVEL_IP && type == IP_PACKET_INFO) {
                return control + 16 + 8;
            }
            if (level == KernelCalls.LEVEL_IPV6 && type == IPV6_PACKET_INFO) {
                return control + 16;
            }
            long length = controls.get(JAVA_LONG, control);
            if (length < 16) {
                return -1;
            }
            control += length + 7 & ~7L;
        }
        return -1;
    }

    private boolean isSix(int index) {
        return names.get(JAVA_SHORT, (long) index * NAME_STRIDE) == INET6;
    }

    /// The first half of the address to which the datagram was sent, as a number; of IPv4, and when the
    /// kernel does not say, 0.
    public long localHigh(int index) {
        long at = localAt(index);
        return at >= 0 && isSix(index) ? controls.get(BIG_LONG, at) : 0;
    }

    /// The other half, or the whole address of IPv4.
    public long localLow(int index) {
        long at = localAt(index);
        if (at < 0) {
            return 0;
        }
        return isSix(index) ? controls.get(BIG_LONG, at + 8) : controls.get(BIG_INT, at) & 0xffffffffL;
    }

    /// The sender's address.
    public InetAddress peer(int index) throws UnknownHostException {
        long name = (long) index * NAME_STRIDE;
        return InetAddress.getByAddress(
                isSix(index)
                        ? names.asSlice(name + 8, 16).toArray(JAVA_BYTE)
                        : names.asSlice(name + 4, 4).toArray(JAVA_BYTE));
    }

    /// The address to which the datagram was sent; that of the socket where the kernel does not say.
    public InetAddress localAddress(int index) throws UnknownHostException {
        long at = localAt(index);
        return at < 0
                ? local.getAddress()
                : InetAddress.getByAddress(
                        controls.asSlice(at, isSix(index) ? 16 : 4).toArray(JAVA_BYTE));
    }

    /// Datagrams that the kernel has thrown away because the receive buffer was full, since the socket was
    /// opened (`SO_MEMINFO`); also after it was closed.
    ///
    /// @return -1 when the kernel does not say
    public long drops() throws IOException {
        synchronized (lock) {
            if (!closed) {
                lastDrops = readDrops();
            }
            return lastDrops;
        }
    }

    private long readDrops() throws IOException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment information = call.allocate(MEMORY_INFORMATION_BYTES, 4);
            MemorySegment length = call.allocateFrom(JAVA_INT, MEMORY_INFORMATION_BYTES);
            boolean told = KernelCalls.readOption(
                    guardedState, descriptor, KernelCalls.LEVEL_SOCKET, MEMORY_INFORMATION, information, length);
            return told && length.get(JAVA_INT, 0) == MEMORY_INFORMATION_BYTES
                    ? Integer.toUnsignedLong(information.get(JAVA_INT, DROPS_AT))
                    : -1;
        }
    }

    /// Ends a [#receive()] that waits. Those that follow take what has come already and wait no more.
    public void wake() throws IOException {
        synchronized (lock) {
            if (!closed) {
                KernelCalls.endReading(guardedState, descriptor);
            }
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (lock) {
            if (closed) {
                return;
            }
            lastDrops = readDrops();
            closed = true;
            try {
                KernelCalls.close(guardedState, descriptor);
            } finally {
                arena.close();
            }
        }
    }
}
