package io.tocsin.pipeline.connector;

import io.tocsin.config.ComponentSpec;
import io.tocsin.pipeline.connector.framing.FrameSettings;
import io.tocsin.pipeline.connector.framing.Framing;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;

/// Receives events over a stream socket in the file system, as Suricata (`filetype: unix_stream`) and others on the
/// same machine send them; see [StreamListener].
///
/// What a sender has written and this process has not read when it dies is lost; a drain reads it first.
final class UnixConnector {
    private static final Pattern MODE = Pattern.compile("0?[0-7]{3}");

    static final ComponentSpec<Config> SPEC = ComponentSpec.of(
            "unix", "Receives events of this machine over a stream socket in the file system.", keys -> {
                var path = keys.text(
                                "path",
                                "Absolute path of the socket, in a folder that is there. What a process that died has"
                                        + " left there is replaced.")
                        .example("/run/tocsin/eve.sock")
                        .required();
                var mode = keys.text(
                                "mode", "Permissions of the socket's file, octal: who may write to it may send events.")
                        .defaultTo("660");
                var connections = keys.integer(
                                "maxConnections",
                                "Connections at one time; further ones are closed at once.",
                                1,
                                10_000)
                        .defaultTo(1000);
                var idle = keys.duration(
                                "idleTimeout",
                                "Closes a connection that sends nothing for so long; 0 never does.",
                                Duration.ZERO,
                                Duration.ofDays(30))
                        .defaultTo(Duration.ZERO);
                FramingKeys framing = new FramingKeys(keys, "How events are told apart; see tcp.", Framing.AUTO);
                var eventTimeout = EventClock.key(keys);
                return values -> new Config(
                        path(values.get(path)),
                        permissions(values.get(mode)),
                        values.get(connections),
                        values.get(idle),
                        framing.read(values),
                        values.get(eventTimeout));
            });

    private UnixConnector() {}

    private static Path path(String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("path must be absolute [path=" + text + "]");
        }
        return path;
    }

    private static Set<PosixFilePermission> permissions(String text) {
        if (!MODE.matcher(text).matches()) {
            throw new IllegalArgumentException("mode must be three octal digits such as 660 [mode=" + text + "]");
        }
        int bits = Integer.parseInt(text, 8);
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values();
        // From the owner's right to read down to everybody's to execute, as the bits stand.
        for (int i = 0; i < all.length; i++) {
            if ((bits >> (all.length - 1 - i) & 1) != 0) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }

    /// @param permissions of the socket's file
    /// @param maxConnections connections at one time
    /// @param idleTimeout zero: none
    /// @param framing how events are told apart
    /// @param eventTimeout how long a long event may take; zero: for ever
    record Config(
            Path path,
            Set<PosixFilePermission> permissions,
            int maxConnections,
            Duration idleTimeout,
            FrameSettings framing,
            Duration eventTimeout)
            implements ConnectorConfig {
        @Override
        public String type() {
            return SPEC.id();
        }

        @Override
        public Connector connector(ConnectorContext context) {
            return new StreamListener(
                    type(),
                    StreamSettings.local(maxConnections, idleTimeout),
                    new UnixEndpoint(type(), path, permissions, context),
                    new FrameProtocol(framing, context.binary(), eventTimeout),
                    context);
        }
    }
}
