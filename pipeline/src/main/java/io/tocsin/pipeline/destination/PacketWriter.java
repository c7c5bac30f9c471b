package io.tocsin.pipeline.destination;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.Event;
import io.tocsin.event.EventCef;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.stage.Hops;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/// Writes events into the packet that is being filled for one worker.
///
/// Thread-safety: one thread.
final class PacketWriter {
    private final EventFormat format;
    private final byte[] delimiter;
    private final Frontier frontier;
    private final EventJson json = new EventJson();
    private final Bytes bytes = new Bytes();
    private List<Packet.Unit> units = new ArrayList<>();
    private List<Frontier.Part> parts = new ArrayList<>();
    private long firstNanos;

    /// The bytes so far; lets its array be taken.
    ///
    /// Thread-safety: one thread.
    private static final class Bytes extends ByteArrayOutputStream {
        /// What was written, and nothing is there any more.
        byte[] take() {
            byte[] taken = toByteArray();
            reset();
            return taken;
        }
    }

    PacketWriter(EventFormat format, String delimiter, Frontier frontier) {
        this.format = format;
        this.delimiter = delimiter.getBytes(UTF_8);
        this.frontier = frontier;
    }

    /// Adds an event.
    ///
    /// @param part the record that it stands in
    void add(Event event, Frontier.Part part) {
        int start = bytes.size();
        switch (format) {
            case JSON -> bytes.writeBytes(json.toText(event).getBytes(UTF_8));
            case CEF -> bytes.writeBytes(EventCef.toText(event).getBytes(UTF_8));
            case RAW -> bytes.write(event.arena(), event.rawOffset(), event.rawLength());
            case BATCH -> throw new IllegalStateException("batches are added as a whole");
        }
        int end = bytes.size();
        bytes.writeBytes(delimiter);
        added(start, end, 1, event, part);
    }

    /// Adds an encoded batch.
    ///
    /// @param first cursor on its first event
    /// @param events events in it
    void add(byte[] source, int offset, int length, Event first, int events, Frontier.Part part) {
        int start = bytes.size();
        bytes.write(source, offset, length);
        added(start, bytes.size(), events, first, part);
    }

    private void added(int start, int end, int events, Event first, Frontier.Part part) {
        if (units.isEmpty()) {
            firstNanos = System.nanoTime();
        }
        units.add(new Packet.Unit(
                start,
                end,
                bytes.size(),
                events,
                first.idHigh(),
                first.idLow(),
                first.receivedNanos(),
                first.origin(),
                Hops.of(first)));
        if (parts.isEmpty() || parts.getLast() != part) {
            frontier.hold(part);
            parts.add(part);
        }
    }

    boolean isEmpty() {
        return units.isEmpty();
    }

    int length() {
        return bytes.size();
    }

    /// Since when the oldest event waits in it, on the clock of [System#nanoTime()].
    long firstNanos() {
        return firstNanos;
    }

    /// Takes what was written; the next packet begins.
    Packet take() {
        byte[] taken = bytes.take();
        Packet packet = new Packet(format, taken, 0, taken.length, units, parts);
        units = new ArrayList<>();
        parts = new ArrayList<>();
        return packet;
    }
}
