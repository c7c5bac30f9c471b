package io.tocsin.app.frontend;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a configuration is made for.
///
/// @param collectors in order of preference, at least one
/// @param listen where a front end that takes connections itself listens
/// @param udp whether a balancer takes datagrams on the same port as well
/// @param proxyProtocol whether a balancer tells the collector the sender's address (the listener must expect it)
/// @param retrySeconds after so long a sender tries a collector again that was unreachable
/// @param healthPort port of the collectors' endpoint (`collector --listen`) on each of them for active checks, or
///     null: only whether they accept connections is looked at
/// @param sharedAddress the address that moves between the nodes, with prefix length, or null
/// @param networkInterface that carries the shared address
/// @param priority of this node, 1 to 254
/// @param checkCommand what keepalived runs
/// @param workFolder where the front end keeps what waits
public record FrontEndPlan(
        List<Peer> collectors,
        Peer listen,
        boolean udp,
        boolean proxyProtocol,
        int retrySeconds,
        @Nullable Integer healthPort,
        @Nullable String sharedAddress,
        String networkInterface,
        int priority,
        String checkCommand,
        String workFolder) {
    public FrontEndPlan {
        collectors = List.copyOf(collectors);
        if (collectors.isEmpty()) {
            throw new IllegalArgumentException("name the collectors: --collector HOST:PORT, once for each");
        }
        if (retrySeconds < 1) {
            throw new IllegalArgumentException("not a time to wait [seconds=" + retrySeconds + "]");
        }
        for (String text : List.of(networkInterface, checkCommand, workFolder)) {
            if (text.indexOf('"') >= 0 || text.chars().anyMatch(c -> c < ' ')) {
                throw new IllegalArgumentException("no quotes and no line ends here [text=" + text + "]");
            }
        }
    }

    /// A name for each collector in the configuration.
    static String label(int index) {
        return "collector-" + (char) ('a' + index % 26) + (index < 26 ? "" : Integer.toString(index / 26));
    }
}
