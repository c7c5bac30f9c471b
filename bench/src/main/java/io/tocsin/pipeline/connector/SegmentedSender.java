package io.tocsin.pipeline.connector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;

/// Sends datagrams to a port of this machine, many with one call (`UDP_SEGMENT`): the kernel cuts them
/// apart, so that the sender costs a fraction of the receiver.
///
/// Thread-safety: one thread.
@SuppressWarnings("restricted") // a benchmark
final class SegmentedSender implements AutoCloseable {
    private static final int MOST_BYTES = 65_000;
    private static final int MOST_SEGMENTS = 64;
    private static final int UDP_LEVEL = 17;
    private static final int SEGMENT = 103;
    private static final int ADDRESS_BYTES = 16;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final Arena arena = Arena.ofConfined();
    private final MethodHandle send = call("send", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, LONG, INT));
    private final MethodHandle close = call("close", FunctionDescriptor.of(INT, INT));
    private final MemorySegment text;
    private final int segments;
    private final int bytes;
    private final int socket;

    SegmentedSender(int port, int bytes) throws IOException {
        this.bytes = bytes;
        segments = Math.min(MOST_SEGMENTS, MOST_BYTES / bytes);
        text = arena.allocate((long) segments * bytes);
        text.fill((byte) 'x');
        MemorySegment address = arena.allocate(ADDRESS_BYTES, 4);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) 2);
        address.set(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) port);
        address.set(INT.withOrder(ByteOrder.BIG_ENDIAN), 4, 0x7f000001);
        FunctionDescriptor three = FunctionDescriptor.of(INT, INT, INT, INT);
        try {
            socket = (int) call("socket", three).invokeExact(2, 2, 0);
            int connected = (int) call("connect", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT))
                    .invokeExact(socket, address, ADDRESS_BYTES);
            int granted = (int) call("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, ValueLayout.ADDRESS, INT))
                    .invokeExact(socket, UDP_LEVEL, SEGMENT, arena.allocateFrom(INT, bytes), Integer.BYTES);
            if (socket < 0 || connected < 0 || granted < 0) {
                throw new IOException("the kernel does not cut datagrams");
            }
        } catch (Throwable e) {
            throw e instanceof IOException known ? known : new IOException(e);
        }
    }

    private static MethodHandle call(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), descriptor);
    }

    /// Sends some datagrams at once, at most as many as asked for.
    ///
    /// @return how many
    int send(int most) throws IOException {
        int count = Math.min(most, segments);
        try {
            long sent = (long) send.invokeExact(socket, text, (long) count * bytes, 0);
            if (sent < 0) {
                throw new IOException("send failed");
            }
            return count;
        } catch (Throwable e) {
            throw e instanceof IOException known ? known : new IOException(e);
        }
    }

    @Override
    public void close() {
        try {
            int _ = (int) close.invokeExact(socket);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        } finally {
            arena.close();
        }
    }
}
