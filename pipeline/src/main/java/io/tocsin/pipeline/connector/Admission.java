package io.tocsin.pipeline.connector;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/// Which connections a listener takes: at most so many, at most so many that have not said who they are, and of
/// both never all for one peer, so that one that opens connections without end does not shut the others out.
///
/// Behind a load balancer that names the true peers all connections come from one address; there only the totals count.
///
/// Thread-safety: any thread.
final class Admission {
    /// Most connections that have not said yet who they are.
    static final int MAXIMUM_PREFACES = 256;

    private final int most;
    private final int mostOfPeer;
    private final int mostPrefacesOfPeer;
    private final Map<InetAddress, Share> shares = new HashMap<>();
    private int open;
    private int prefaces;

    /// What one address has.
    private static final class Share {
        int open;
        int prefaces;
    }

    /// @param most connections at one time
    /// @param mostOfPeer of one address; 0: seven eighths of all
    /// @param manyInOne true: all connections come from the same addresses, those of proxies
    Admission(int most, int mostOfPeer, boolean manyInOne) {
        this.most = most;
        this.mostOfPeer = mostOfPeer > 0 ? mostOfPeer : manyInOne ? most : Math.max(1, most - most / 8);
        this.mostPrefacesOfPeer = manyInOne ? MAXIMUM_PREFACES : MAXIMUM_PREFACES - MAXIMUM_PREFACES / 8;
    }

    /// Takes a connection or refuses it.
    ///
    /// @param preface true: it has to say who it is first
    synchronized boolean admits(InetAddress peer, boolean preface) {
        Share share = shares.get(peer);
        int openOfPeer = share == null ? 0 : share.open;
        int prefacesOfPeer = share == null ? 0 : share.prefaces;
        if (open >= most
                || openOfPeer >= mostOfPeer
                || (preface && (prefaces >= MAXIMUM_PREFACES || prefacesOfPeer >= mostPrefacesOfPeer))) {
            return false;
        }
        if (share == null) {
            share = new Share();
            shares.put(peer, share);
        }
        open++;
        share.open++;
        if (preface) {
            prefaces++;
            share.prefaces++;
        }
        return true;
    }

    /// A connection of the peer has said who it is, or has failed to.
    synchronized void prefaceIsOver(InetAddress peer) {
        prefaces--;
        shares.computeIfPresent(peer, (_, share) -> {
            share.prefaces--;
            return share;
        });
    }

    /// A connection of the peer has ended.
    synchronized void ended(InetAddress peer) {
        open--;
        shares.computeIfPresent(peer, (_, share) -> --share.open == 0 ? null : share);
    }

    synchronized int open() {
        return open;
    }
}
