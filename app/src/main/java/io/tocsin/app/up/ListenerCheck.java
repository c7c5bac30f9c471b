package io.tocsin.app.up;

import io.tocsin.pipeline.topology.CollectorFigures;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogMetrics;
import io.tocsin.time.SystemClock;
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
    /// The same as a [HealthDocument].
    static final String DOCUMENT_PATH = PATH + "/document";

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

    Verdict check() {
        HealthDocument found = document();
        return new Verdict(found.listeners().size(), found.faults());
    }

    /// What was found, port by port.
    synchronized HealthDocument document() {
        List<String> faults = new ArrayList<>();
        List<HealthDocument.Listener> listeners = new ArrayList<>();
        List<CollectorFigures> all = collectors.get();
        try {
            OwnSockets.Ports own = sockets.look();
            for (CollectorFigures collector : all) {
                if (collector.state() != CollectorFigures.State.UP) {
                    faults.add(collector.name() + ": is "
                            + collector.state().name().toLowerCase(Locale.ROOT));
                }
                if (WITHOUT_PORT.contains(collector.type())) {
                    continue;
                }
                for (String address : collector.addresses()) {
                    String reason = look(address, own);
                    listeners.add(new HealthDocument.Listener(
                            collector.name(), collector.type(), address, reason == null, reason));
                    if (reason != null) {
                        faults.add(collector.name() + ": " + reason);
                    }
                }
            }
        } catch (IOException e) {
            faults.add("cannot see the sockets of this process [" + e.getMessage() + "]");
        }
        LogMetrics metrics = log.metrics();
        long free = log.folder().toFile().getUsableSpace();
        checkLog(all, metrics, free, faults);
        return new HealthDocument(
                faults.isEmpty(),
                ProcessHandle.current().pid(),
                SystemClock.process().epochMillis(),
                faults,
                listeners,
                all.stream().map(HealthDocument.Collector::of).toList(),
                HealthDocument.Log.of(log.folder().toString(), metrics, free, reserveBytes));
    }

    /// @return why the port cannot be used, null when it can
    private static @Nullable String look(String address, OwnSockets.Ports own) {
        ListenAddress listener = ListenAddress.parse(address);
        if (own.streams().contains(listener.port())) {
            String failure = connect(listener);
            return failure == null
                    ? null
                    : "does not accept connections [address=" + address + ", reason=" + failure + "]";
        }
        return own.datagrams().contains(listener.port())
                ? null
                : "the port is not held by this process [address=" + address + "]";
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

    private void checkLog(List<CollectorFigures> all, LogMetrics metrics, long free, List<String> faults) {
        if (all.stream().anyMatch(CollectorFigures::waitingForLog)) {
            faults.add("the log takes nothing: senders wait [folder=" + log.folder() + "]");
        }
        if (metrics.lastError() != null) {
            faults.add("the log cannot be written [folder=" + log.folder() + ", reason=" + metrics.lastError() + "]");
        }
        if (free <= reserveBytes) {
            faults.add("the disk of the log is full [folder=" + log.folder() + ", freeBytes=" + free + ", reserveBytes="
                    + reserveBytes + "]");
        }
    }
}
