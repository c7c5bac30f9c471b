package io.tocsin.storage.embedded;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The C functions of the native library, one method each, with results as handles that their caller gives back.
///
/// Pitfalls: the library is never unloaded, it does not survive that. Its signal handlers are switched off here,
/// but it resets the handler of the JVM in the middle of some queries all the same: the process must have been
/// started with
/// `libjsig.so` preloaded, see [Engine#open].
///
/// Thread-safety: any thread; one connection serves one call at a time, which [Session] holds to.
@SuppressWarnings("restricted") // the launcher grants native access; this is the one class that needs it
final class Bindings {
    private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;

    /// Connections, results and streams that were handed out and not given back.
    private static final AtomicLong LIVE = new AtomicLong();

    private final MethodHandle connect;
    private final MethodHandle closeConnection;
    private final MethodHandle query;
    private final MethodHandle streamQuery;
    private final MethodHandle streamFetch;
    private final MethodHandle streamCancel;
    private final MethodHandle destroyResult;
    private final MethodHandle resultBuffer;
    private final MethodHandle resultLength;
    private final MethodHandle resultError;
    private final MethodHandle resultRowsRead;
    private final MethodHandle resultBytesRead;

    private Bindings(Path library) {
        SymbolLookup symbols = SymbolLookup.libraryLookup(library, Arena.global());
        var pointer = ValueLayout.ADDRESS;
        var parametrised = FunctionDescriptor.of(
                pointer, pointer, pointer, SIZE, pointer, SIZE, pointer, pointer, pointer, pointer, SIZE);
        connect = function(symbols, "chdb_connect", FunctionDescriptor.of(pointer, ValueLayout.JAVA_INT, pointer));
        closeConnection = function(symbols, "chdb_close_conn", FunctionDescriptor.ofVoid(pointer));
        query = function(symbols, "chdb_query_with_params_n", parametrised);
        streamQuery = function(symbols, "chdb_stream_query_with_params_n", parametrised);
        streamFetch = function(symbols, "chdb_stream_fetch_result", FunctionDescriptor.of(pointer, pointer, pointer));
        streamCancel = function(symbols, "chdb_stream_cancel_query", FunctionDescriptor.ofVoid(pointer, pointer));
        destroyResult = function(symbols, "chdb_destroy_query_result", FunctionDescriptor.ofVoid(pointer));
        resultBuffer = function(symbols, "chdb_result_buffer", FunctionDescriptor.of(pointer, pointer));
        resultLength = function(symbols, "chdb_result_length", FunctionDescriptor.of(SIZE, pointer));
        resultError = function(symbols, "chdb_result_error", FunctionDescriptor.of(pointer, pointer));
        resultRowsRead = function(symbols, "chdb_result_storage_rows_read", FunctionDescriptor.of(SIZE, pointer));
        resultBytesRead = function(symbols, "chdb_result_storage_bytes_read", FunctionDescriptor.of(SIZE, pointer));
        MethodHandle signals =
                function(symbols, "chdb_set_signal_handlers_enabled", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
        try {
            signals.invokeExact(0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// Loads the library.
    ///
    /// @throws IllegalArgumentException when it is not a library, or not this one
    static Bindings load(Path library) {
        return new Bindings(library);
    }

    static long live() {
        return LIVE.get();
    }

    private static MethodHandle function(SymbolLookup symbols, String name, FunctionDescriptor descriptor) {
        MemorySegment address = symbols.find(name)
                .orElseThrow(() -> new IllegalArgumentException("the native engine has no function [name=" + name
                        + "]; the library is of another version, fetch it again"));
        return Linker.nativeLinker().downcallHandle(address, descriptor);
    }

    /// Opens a connection; the first one of the process opens the data folder. Null address when the engine
    /// refused.
    MemorySegment connect(List<String> arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment vector = arena.allocate(ValueLayout.ADDRESS, arguments.size());
            for (int i = 0; i < arguments.size(); i++) {
                vector.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(arguments.get(i)));
            }
            MemorySegment connection = (MemorySegment) connect.invokeExact(arguments.size(), vector);
            if (connection.address() != 0) {
                LIVE.incrementAndGet();
            }
            return connection;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    void closeConnection(MemorySegment connection) {
        try {
            closeConnection.invokeExact(connection);
            LIVE.decrementAndGet();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// Runs a statement to its end. Give the result back with [#destroy].
    MemorySegment query(MemorySegment connection, String sql, String format, Map<String, String> parameters) {
        return run(query, connection, sql, format, parameters);
    }

    /// Starts a statement whose result is fetched piece by piece. Give the stream back with [#destroy].
    MemorySegment streamQuery(MemorySegment connection, String sql, String format, Map<String, String> parameters) {
        return run(streamQuery, connection, sql, format, parameters);
    }

    private static MemorySegment run(
            MethodHandle function,
            MemorySegment connection,
            String sql,
            String format,
            Map<String, String> parameters) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sqlBytes = bytes(arena, sql);
            MemorySegment formatBytes = bytes(arena, format);
            int count = parameters.size();
            MemorySegment names = arena.allocate(ValueLayout.ADDRESS, Math.max(1, count));
            MemorySegment nameLengths = arena.allocate(SIZE, Math.max(1, count));
            MemorySegment values = arena.allocate(ValueLayout.ADDRESS, Math.max(1, count));
            MemorySegment valueLengths = arena.allocate(SIZE, Math.max(1, count));
            int i = 0;
            for (Map.Entry<String, String> parameter : parameters.entrySet()) {
                MemorySegment name = bytes(arena, parameter.getKey());
                MemorySegment value = bytes(arena, parameter.getValue());
                names.setAtIndex(ValueLayout.ADDRESS, i, name);
                nameLengths.setAtIndex(SIZE, i, name.byteSize() - 1);
                values.setAtIndex(ValueLayout.ADDRESS, i, value);
                valueLengths.setAtIndex(SIZE, i, value.byteSize() - 1);
                i++;
            }
            MemorySegment result = (MemorySegment) function.invokeExact(
                    handle(connection),
                    sqlBytes,
                    sqlBytes.byteSize() - 1,
                    formatBytes,
                    formatBytes.byteSize() - 1,
                    names,
                    nameLengths,
                    values,
                    valueLengths,
                    (long) count);
            return counted(result);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// The next piece of a stream; an empty one ends it. Give the piece back with [#destroy].
    MemorySegment fetch(MemorySegment connection, MemorySegment stream) {
        try {
            return counted((MemorySegment) streamFetch.invokeExact(handle(connection), stream));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    void cancel(MemorySegment connection, MemorySegment stream) {
        try {
            streamCancel.invokeExact(handle(connection), stream);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    void destroy(MemorySegment result) {
        try {
            destroyResult.invokeExact(result);
            LIVE.decrementAndGet();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// Text of the error of a result, or null when it has none.
    @Nullable
    String error(MemorySegment result) {
        try {
            MemorySegment text = (MemorySegment) resultError.invokeExact(result);
            if (text.address() == 0) {
                return null;
            }
            return new String(terminated(text), StandardCharsets.UTF_8);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// Error texts may quote a query and with it bytes that are no UTF-8, which `getString` would refuse.
    private static byte[] terminated(MemorySegment text) {
        MemorySegment unbounded = text.reinterpret(Integer.MAX_VALUE);
        int length = 0;
        while (unbounded.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return unbounded.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /// A copy of the bytes of a result.
    byte[] bytes(MemorySegment result) {
        try {
            long length = (long) resultLength.invokeExact(result);
            if (length == 0) {
                return new byte[0];
            }
            if (length > Integer.MAX_VALUE - 64) {
                throw new IllegalStateException("one piece of a result is beyond 2 GiB [bytes=" + length + "]");
            }
            MemorySegment buffer = (MemorySegment) resultBuffer.invokeExact(result);
            return buffer.reinterpret(length).toArray(ValueLayout.JAVA_BYTE);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    long rowsRead(MemorySegment result) {
        try {
            return (long) resultRowsRead.invokeExact(result);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    long bytesRead(MemorySegment result) {
        try {
            return (long) resultBytesRead.invokeExact(result);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static MemorySegment counted(MemorySegment result) {
        if (result.address() == 0) {
            throw new IllegalStateException("the native engine returned no result");
        }
        LIVE.incrementAndGet();
        return result;
    }

    /// `chdb_connect` gives a pointer to the connection, all other functions but close take the connection
    /// itself.
    private static MemorySegment handle(MemorySegment connection) {
        return connection.reinterpret(ValueLayout.ADDRESS.byteSize()).get(ValueLayout.ADDRESS, 0);
    }

    private static MemorySegment bytes(Arena arena, String text) {
        return arena.allocateFrom(text);
    }

    private static RuntimeException unexpected(Throwable e) {
        return switch (e) {
            case RuntimeException runtime -> runtime;
            case Error error -> throw error;
            default -> new IllegalStateException("call into the native engine failed", e);
        };
    }
}
