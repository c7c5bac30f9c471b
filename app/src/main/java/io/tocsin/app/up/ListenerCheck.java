package io.tocsin.app.up;

import io.tocsin.pipeline.topology.CollectorFigures;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogMetrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Whether this node may be given traffic: every port that a collector declares is held by this process and accepts
/// connections on the node's own address, and the log behind them takes writes. A process that runs but cannot keep
/// what it is sent is not healthy. Asked by `tocsin check-listeners`, and so by keepalived and load balancers.
///
/// Thread-safety: any thread; one check at a time.
final class ListenerCheck {
    static final String PATH = "/healthz/listeners";

    /// On the node's own address a connection is made at once or never; the whole check has a second.
    private static final int CONNECT_MILLIS = 200;
    /// What is fetched and not sent here has no port.
    private static final Set<String> WITHOUT_PORT = Set.of("file", "kafka");

    private final Supplier<List<CollectorFigures>> collectors;
    private final DurableLog log;
    private final long reserveBytes;
    private final OwnSockets sockets = new OwnSockets();

    /// @param reserveBytes below so much free space the log takes nothing
    ListenerCheck(Supplier<List<CollectorFigures>> collectors, DurableLog log, long reserveBytes) {
        this.collectors = collectors;
        this.log = log;
        this.reserveBytes = reserveBytes;
    }

    /// @param listeners how many ports were looked at
    /// @param faults what is wrong, empty when traffic may come
    record Verdict(int listeners, List<String> faults) {
        Verdict {
            faults = List.copyOf(faults);
        }

        boolean healthy() {
            return faults.isEmpty();
        }

        /// A line for people and for `check-listeners`, then a line per fault.
        String text() {
            StringBuilder text = new StringBuilder(healthy() ? "ok" : "failed");
            text.append(" pid=").append(ProcessHandle.current().pid());
            text.append(" listeners=").append(listeners).append('\n');
            faults.forEach(fault -> text.append(fault).append('\n'));
            return text.toString();
        }
    }

    synchronized Verdict check() {
        List<String> faults = new ArrayList<>();
        int listeners = 0;
        try {
            OwnSockets.Ports own = sockets.look();
            for (CollectorFigures collector : collectors.get()) {
                if (collector.state() != CollectorFigures.State.UP) {
                    faults.add(collector.name() + ": is "
                            + collector.state().name().toLowerCase(Locale.ROOT));
                }
                if (WITHOUT_PORT.contains(collector.type())) {
                    continue;
                }
                for (String address : collector.addresses()) {
                    listeners++;
                    look(collector.name(), address, own, faults);
                }
            }
        } catch (IOException e) {
            faults.add("cannot see the sockets of this process [" + e.getMessage() + "]");
        }
        checkLog(faults);
        return new Verdict(listeners, faults);
    }

    private static void look(String collector, String address, OwnSockets.Ports own, List<String> faults) {
        ListenAddress listener = ListenAddress.parse(address);
        if (own.streams().contains(listener.port())) {
            String failure = connect(listener);
            if (failure != null) {
                faults.add(
                        collector + ": does not accept connections [address=" + address + ", reason=" + failure + "]");
            }
        } else if (!own.datagrams().contains(listener.port())) {
            faults.add(collector + ": the port is not held by this process [address=" + address + "]");
        }
    }

    /// A shared address that another node has at the moment must not be asked: that node would answer.
    private static @Nullable String connect(ListenAddress listener) {
        InetSocketAddress address = listener.socketAddress();
        InetAddress host = address.getAddress();
        try (Socket socket = new Socket()) {
            if (host == null || host.isAnyLocalAddress()) {
                address = new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.port());
            } else if (!host.isLoopbackAddress() && NetworkInterface.getByInetAddress(host) == null) {
                return null;
            }
            socket.connect(address, CONNECT_MILLIS);
            return null;
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void checkLog(List<String> faults) {
        if (collectors.get().stream().anyMatch(CollectorFigures::waitingForLog)) {
            faults.add("the log takes nothing: senders wait [folder=" + log.folder() + "]");
        }
        LogMetrics metrics = log.metrics();
        if (metrics.lastError() != null) {
            faults.add("the log cannot be written [folder=" + log.folder() + ", reason=" + metrics.lastError() + "]");
        }
        long free = log.folder().toFile().getUsableSpace();
        if (free <= reserveBytes) {
            faults.add("the disk of the log is full [folder=" + log.folder() + ", freeBytes=" + free + ", reserveBytes="
                    + reserveBytes + "]");
        }
    }
}
