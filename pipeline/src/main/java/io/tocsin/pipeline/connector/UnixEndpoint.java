package io.tocsin.pipeline.connector;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.event.EntryOrigin;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A socket in the file system of this machine.
///
/// Thread-safety: see [StreamEndpoint].
final class UnixEndpoint implements StreamEndpoint {
    private final String kind;
    private final Path path;
    private final Set<PosixFilePermission> permissions;
    private final ConnectorContext context;

    /// @param kind of the connector, for messages and origins
    /// @param permissions of the socket's file: who may write to it may connect
    UnixEndpoint(String kind, Path path, Set<PosixFilePermission> permissions, ConnectorContext context) {
        this.kind = kind;
        this.path = path;
        this.permissions = permissions;
        this.context = context;
    }

    @Override
    public ServerSocket listen() throws IOException {
        return UnixServerSocket.bind(path, permissions, StreamListener.BACKLOG);
    }

    @Override
    public TocsinException failure(IOException cause) {
        String next = switch (cause) {
            case BindException _ -> ": stop the other process or choose another path";
            case FileAlreadyExistsException _ -> ": move it away or choose another path";
            default -> ": the folder must be there and this process must be allowed to write to it";
        };
        String reason = cause instanceof FileAlreadyExistsException exists
                ? String.valueOf(exists.getReason())
                : String.valueOf(cause.getMessage());
        return TocsinException.of(
                cause instanceof BindException ? ErrorCode.ADDRESS_IN_USE : ErrorCode.INPUT_OUTPUT,
                "cannot listen [type=" + kind + ", path=" + path + ", reason=" + reason + "]" + next,
                cause);
    }

    @Override
    public int descriptorsPerConnection() {
        return UnixSocket.DESCRIPTORS;
    }

    @Override
    public String address() {
        return path.toString();
    }

    /// Peers have no address; the path of the socket names them.
    @Override
    public EntryOrigin origin(Socket socket, @Nullable InetSocketAddress proxied, String subject) {
        return context.fileOrigin(kind, path.toString());
    }
}
