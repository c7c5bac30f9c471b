package io.tocsin.pipeline.destination;

import io.tocsin.event.EntryOrigin;
import java.util.Arrays;
import java.util.List;

/// Events on their way to a destination, written in its format. Made of **units**, one behind the other, each
/// followed by the delimiter: a unit is an event, in the format `batch` a whole encoded batch without a delimiter.
///
/// Immutable as long as nobody writes to the bytes.
public final class Packet {
    /// A place in the bytes.
    ///
    /// @param start where the unit begins
    /// @param end where it ends, its delimiter not included
    /// @param next where the next one begins
    /// @param events events in it: 1, in the format `batch` as many as the batch holds
    /// @param idHigh first half of the identifier of its first event
    /// @param idLow second half
    /// @param receivedNanos when its first event was received, nanoseconds since the epoch
    /// @param origin where its first event came from
    /// @param hops the collectors that passed its first event on since, oldest first
    public record Unit(
            int start,
            int end,
            int next,
            int events,
            long idHigh,
            long idLow,
            long receivedNanos,
            EntryOrigin origin,
            List<String> hops) {}

    private final EventFormat format;
    private final byte[] bytes;
    private final int start;
    private final int end;
    private final List<Unit> units;
    private final int events;
    private final List<Frontier.Part> parts;
    private final int heldBytes;

    Packet(EventFormat format, byte[] bytes, int start, int end, List<Unit> units, List<Frontier.Part> parts) {
        this(format, bytes, start, end, units, parts, end - start);
    }

    private Packet(
            EventFormat format,
            byte[] bytes,
            int start,
            int end,
            List<Unit> units,
            List<Frontier.Part> parts,
            int heldBytes) {
        this.format = format;
        this.bytes = bytes;
        this.start = start;
        this.end = end;
        this.units = units;
        this.events = units.stream().mapToInt(Unit::events).sum();
        this.parts = parts;
        this.heldBytes = heldBytes;
    }

    /// How the units are written.
    public EventFormat format() {
        return format;
    }

    /// Holds all units, from [#start()] to [#end()].
    public byte[] bytes() {
        return bytes;
    }

    /// The bytes of this packet and no others; not copied when they fill their array.
    byte[] wholeBytes() {
        return start == 0 && end == bytes.length ? bytes : Arrays.copyOfRange(bytes, start, end);
    }

    /// Where the first unit begins.
    public int start() {
        return start;
    }

    /// Where the last unit ends, with its delimiter.
    public int end() {
        return end;
    }

    /// Bytes of all units with their delimiters.
    public int length() {
        return end - start;
    }

    /// The units in the order of their events.
    public List<Unit> units() {
        return units;
    }

    /// Events in all units.
    public int events() {
        return events;
    }

    /// The bytes of a unit without its delimiter. Copies.
    public byte[] copy(Unit unit) {
        return Arrays.copyOfRange(bytes, unit.start(), unit.end());
    }

    /// Bytes of the buffer that are free again when it is dealt with.
    int heldBytes() {
        return heldBytes;
    }

    /// Whether it can be cut in two.
    boolean isDivisible() {
        return units.size() > 1 || (format == EventFormat.BATCH && events > 1);
    }

    /// The packet as two, which together are dealt with when this one is. A batch that is alone in it becomes two
    /// batches.
    ///
    /// @throws io.tocsin.event.BatchFormatException when that batch is damaged
    List<Packet> halves(Frontier frontier) {
        List<Packet> halves;
        if (units.size() > 1) {
            int middle = units.size() / 2;
            halves = List.of(part(0, middle), part(middle, units.size()));
        } else {
            Unit whole = units.getFirst();
            List<BatchCuts.Half> batches = BatchCuts.halves(bytes, whole.start(), whole.end() - whole.start());
            halves = List.of(part(batches.getFirst(), heldBytes), part(batches.getLast(), 0));
        }
        // Both halves hold what the whole held.
        parts.forEach(frontier::hold);
        return halves;
    }

    private Packet part(BatchCuts.Half half, int held) {
        byte[] encoded = half.bytes();
        Unit unit = new Unit(
                0,
                encoded.length,
                encoded.length,
                half.events(),
                half.idHigh(),
                half.idLow(),
                half.receivedNanos(),
                half.origin(),
                List.of());
        return new Packet(format, encoded, 0, encoded.length, List.of(unit), parts, held);
    }

    private Packet part(int from, int to) {
        List<Unit> some = units.subList(from, to);
        return new Packet(format, bytes, some.getFirst().start(), some.getLast().next(), some, parts);
    }

    /// The records of the log that have events in it.
    List<Frontier.Part> parts() {
        return parts;
    }
}
