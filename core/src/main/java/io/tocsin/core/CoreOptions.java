package io.tocsin.core;

import java.nio.file.Path;

/// How to run the core.
///
/// @param dataFolder the data folder of the installation; the core keeps its database, keys and first password
/// below it
/// @param listen `host:port` of the HTTPS listener; port 0 takes a free one
/// @param installationSecret bearer token between the services of this installation
/// @param version version of this build, for display
public record CoreOptions(Path dataFolder, String listen, String installationSecret, String version) {
    public CoreOptions {
        port(listen);
        if (host(listen).isEmpty()) {
            throw new IllegalArgumentException("the listen address needs a host [listen=" + listen + "]");
        }
    }

    String host() {
        return host(listen);
    }

    int port() {
        return port(listen);
    }

    private static String host(String listen) {
        String host = listen.substring(0, Math.max(0, listen.lastIndexOf(':')));
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static int port(String listen) {
        try {
            int port = Integer.parseInt(listen.substring(listen.lastIndexOf(':') + 1));
            if (port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException _) {
            // Told below.
        }
        throw new IllegalArgumentException(
                "the listen address must be host:port with a port of 0 to 65535 [listen=" + listen + "]");
    }
}
