package io.tocsin.pipeline.normalizer.flow;

import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/// Finds the samples in sFlow datagrams of version 5: [#open], then [#next()] until it says false. Between two calls
/// the methods below describe the sample at hand: a flow sample (a packet that an agent picked) or a counter sample.
///
/// Every length is checked before it is used, and each sample takes at least eight bytes, so the work is bounded by
/// the length of the datagram. Where lengths do not fit, the rest of the datagram is one failure.
///
/// Thread-safety: one thread.
public final class SflowReader {
    private static final int VERSION = 5;
    private static final int AGENTS_REMEMBERED = 4096;
    private static final int SAMPLE_HEADER = 8;

    private final FlowCounters counters = new FlowCounters();
    /// What numbers its datagrams by itself: a sub-agent of a sender. Agents are equal when sender and number are; the
    /// expected sequence is no part of that.
    ///
    /// Thread-safety: one thread.
    private static final class Agent {
        private String peer = "";
        private long number;
        private long nextSequence = -1;

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Agent agent && agent.number == number && agent.peer.equals(peer);
        }

        @Override
        public int hashCode() {
            return peer.hashCode() * 31 + Long.hashCode(number);
        }
    }

    private final LinkedHashMap<Agent, Agent> agents = new LinkedHashMap<>(16, 0.75f, true);
    /// To look the agent of the datagram up with; becomes an agent itself when it is a new one.
    private Agent sender = new Agent();

    private byte[] packet = {};
    private int at;
    private int end;
    private boolean known;

    private int agentOffset;
    private int agentLength;
    private long subAgent;
    private long sequence;
    private long upTimeMillis;

    private int pieceOffset;
    private int pieceLength;
    private long sampleFormat;
    private @Nullable String failure;

    public FlowCounters counters() {
        return counters;
    }

    /// Begins with a datagram, which stays unchanged until `next` said false.
    ///
    /// @param peer address of the sender
    public void open(String peer, byte[] bytes, int offset, int length) {
        packet = bytes;
        at = offset;
        end = offset + length;
        failure = null;
        known = false;
        if (length < 28 || FlowBytes.unsigned32(bytes, offset) != VERSION) {
            return;
        }
        long type = FlowBytes.unsigned32(bytes, offset + 4);
        agentLength = type == 1 ? 4 : type == 2 ? 16 : 0;
        if (agentLength == 0 || length < 24 + agentLength) {
            return;
        }
        agentOffset = offset + 8;
        at = agentOffset + agentLength;
        subAgent = FlowBytes.unsigned32(bytes, at);
        sequence = FlowBytes.unsigned32(bytes, at + 4);
        upTimeMillis = FlowBytes.unsigned32(bytes, at + 8);
        at += 16;
        known = true;
        counters.add(FlowCounters.Counter.PACKETS, 1);
        missing(peer);
    }

    private void missing(String peer) {
        sender.peer = peer;
        sender.number = subAgent;
        Agent agent = agents.get(sender);
        if (agent == null) {
            agent = sender;
            sender = new Agent();
            agents.put(agent, agent);
            if (agents.size() > AGENTS_REMEMBERED) {
                agents.pollFirstEntry();
            }
        }
        long gap = agent.nextSequence < 0 ? 0 : (sequence - agent.nextSequence) & 0xFFFFFFFFL;
        agent.nextSequence = (sequence + 1) & 0xFFFFFFFFL;
        if (gap < 1 << 20) {
            counters.add(FlowCounters.Counter.MISSING, gap);
        }
    }

    /// Looks for the next sample or failure.
    public boolean next() {
        if (!known || at >= end || failure != null) {
            return false;
        }
        if (end - at < SAMPLE_HEADER) {
            return fail("bytes behind the last sample");
        }
        sampleFormat = FlowBytes.unsigned32(packet, at);
        long length = FlowBytes.unsigned32(packet, at + 4);
        if (length > end - at - SAMPLE_HEADER) {
            return fail("a sample of " + length + " bytes where " + (end - at - SAMPLE_HEADER) + " are left");
        }
        pieceOffset = at;
        pieceLength = SAMPLE_HEADER + (int) length;
        at += pieceLength;
        return true;
    }

    private boolean fail(String reason) {
        counters.add(FlowCounters.Counter.DAMAGED, 1);
        failure = reason;
        pieceOffset = at;
        pieceLength = end - at;
        at = end;
        return true;
    }

    /// True when the datagram is sFlow 5, even when it holds no sample.
    public boolean silent() {
        return known;
    }

    /// Why the bytes at hand are no sample, null when they are one.
    public @Nullable String failure() {
        return failure;
    }

    /// The datagram.
    public byte[] packet() {
        return packet;
    }

    public int pieceOffset() {
        return pieceOffset;
    }

    public int pieceLength() {
        return pieceLength;
    }

    /// Enterprise in the upper twenty bits, format in the lower twelve.
    public long sampleFormat() {
        return sampleFormat;
    }

    /// Where the address of the agent lies in the datagram.
    public int agentOffset() {
        return agentOffset;
    }

    /// 4 or 16.
    public int agentLength() {
        return agentLength;
    }

    public long subAgent() {
        return subAgent;
    }

    public long sequence() {
        return sequence;
    }

    public long upTimeMillis() {
        return upTimeMillis;
    }
}
