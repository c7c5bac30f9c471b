package io.tocsin.pipeline.connector;

import io.tocsin.pipeline.connector.framing.BufferBudget;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/// The memory that the connections of a process may take together for events on their way, and of it the part of each
/// peer: never all, so that one with thousands of unfinished events does not take it from the others.
///
/// Thread-safety: any thread.
final class PeerBudgets {
    /// Of all listeners of this process: an eighth of the heap.
    static final PeerBudgets PROCESS =
            new PeerBudgets(Math.max(32L << 20, Runtime.getRuntime().maxMemory() / 8));

    private final long limitBytes;
    private final BufferBudget all;
    private final Map<InetAddress, Share> shares = new HashMap<>();

    /// What one address has.
    private static final class Share {
        private final BufferBudget budget;
        private int connections;

        Share(BufferBudget budget) {
            this.budget = budget;
        }
    }

    PeerBudgets(long limitBytes) {
        this.limitBytes = limitBytes;
        this.all = new BufferBudget(limitBytes);
    }

    /// A connection of the peer begins; what all of its connections may take.
    synchronized BufferBudget begin(InetAddress peer) {
        Share share = shares.computeIfAbsent(peer, _ -> new Share(new BufferBudget(limitBytes - limitBytes / 8, all)));
        share.connections++;
        return share.budget;
    }

    /// A connection of the peer has ended.
    synchronized void end(InetAddress peer) {
        shares.computeIfPresent(peer, (_, share) -> --share.connections == 0 ? null : share);
    }
}
