package io.tocsin.pipeline.connector.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// The system calls of this package, with `errno`.
///
/// Thread-safety: any thread, each with an `errno` segment of its own.
@SuppressWarnings(
        "restricted") // the launcher grants native access; this is the one class of the pipeline that needs it
final class KernelCalls {
    static final int INTERRUPTED = 4;
    static final int AGAIN = 11;

    static final int LEVEL_IP = 0;
    static final int LEVEL_SOCKET = 1;
    static final int LEVEL_TCP = 6;
    static final int LEVEL_IPV6 = 41;
    static final int IP_FREE_BIND = 15;

    private static final int SHUT_READING = 0;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET = call("socket", FunctionDescriptor.of(INT, INT, INT, INT));
    private static final MethodHandle SET_OPTION =
            call("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle GET_OPTION =
            call("getsockopt", FunctionDescriptor.of(INT, INT, INT, INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    private static final MethodHandle BIND = call("bind", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle NAME =
            call("getsockname", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    private static final MethodHandle RECEIVE =
            call("recvmmsg", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT, INT, ValueLayout.ADDRESS));
    private static final MethodHandle SHUT = call("shutdown", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(INT, INT));

    private KernelCalls() {}

    /// Finds the calls, or fails as the first of them would.
    static void find() {}

    private static MethodHandle call(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        MemorySegment function = linker.defaultLookup()
                .find(name)
                .orElseThrow(() -> new UnsupportedOperationException("no system call " + name));
        return linker.downcallHandle(function, descriptor, Linker.Option.captureCallState("errno"));
    }

    static MemorySegment errnoSegment(Arena arena) {
        return arena.allocate(STATE);
    }

    static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    static int socket(MemorySegment state, int family, int type) throws IOException {
        try {
            return checked((int) SOCKET.invokeExact(state, family, type, 0), state, "socket");
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    /// @return false when the kernel refuses, with an `errno`
    static boolean option(MemorySegment state, int socket, int level, int name, MemorySegment value)
            throws IOException {
        try {
            return (int) SET_OPTION.invokeExact(state, socket, level, name, value, (int) value.byteSize()) == 0;
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    /// @param length bytes of `value`; afterwards those that were filled
    /// @return false when the kernel refuses, with an `errno`
    static boolean readOption(
            MemorySegment state, int socket, int level, int name, MemorySegment value, MemorySegment length)
            throws IOException {
        try {
            return (int) GET_OPTION.invokeExact(state, socket, level, name, value, length) == 0;
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    static void bind(MemorySegment state, int socket, MemorySegment address) throws IOException {
        try {
            checked((int) BIND.invokeExact(state, socket, address, (int) address.byteSize()), state, "bind");
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    static void name(MemorySegment state, int socket, MemorySegment address, MemorySegment length) throws IOException {
        try {
            checked((int) NAME.invokeExact(state, socket, address, length), state, "getsockname");
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    /// @return messages received, or -1 with an `errno`
    static int receive(MemorySegment state, int socket, MemorySegment messages, int count, int flags)
            throws IOException {
        try {
            return (int) RECEIVE.invokeExact(state, socket, messages, count, flags, MemorySegment.NULL);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    /// Ends a wait of [#receive] on this socket. Of a socket that is not connected the kernel says that it
    /// is not, and does it.
    static void endReading(MemorySegment state, int socket) throws IOException {
        try {
            int _ = (int) SHUT.invokeExact(state, socket, SHUT_READING);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    static void close(MemorySegment state, int socket) throws IOException {
        try {
            checked((int) CLOSE.invokeExact(state, socket), state, "close");
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    private static int checked(int result, MemorySegment state, String call) throws IOException {
        if (result < 0) {
            throw failure(call, errno(state));
        }
        return result;
    }

    static IOException failure(String call, int errno) {
        String reason = switch (errno) {
            case 1, 13 -> "Permission denied";
            case 24 -> "Too many open files";
            case 97 -> "Address family not supported";
            case 98 -> "Address already in use";
            case 99 -> "Cannot assign requested address";
            default -> "error " + errno;
        };
        return new IOException(reason + " (" + call + ")");
    }

    private static IOException thrown(Throwable e) {
        return switch (e) {
            case IOException known -> known;
            case RuntimeException defect -> throw defect;
            case Error defect -> throw defect;
            default -> new IOException(e);
        };
    }
}
