package io.tocsin.pipeline.aggregate;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.Field;
import io.tocsin.pipeline.stage.Hops;
import io.tocsin.pipeline.stage.Origins;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What is known of the events of one group.
///
/// Thread-safety: that of its aggregator.
public final class Aggregate {
    /// A group that has come to hold so much goes on early.
    private static final int FULL_BYTES = 1 << 20;
    private static final long NANOS_PER_MINUTE = 60_000_000_000L;

    /// The line of the ledger that an event belongs to.
    ///
    /// @param minute minutes since 1970-01-01T00:00Z
    /// @param source see [EntryOrigin#source()]
    public record Line(long minute, String source) {}

    final KeyBytes key;
    final long openedNanos;
    final List<FoldedValue>[] identical;
    final List<FoldedValue>[] unique;
    final List<FoldedValue>[] sum;
    private final Set<FoldedValue>[] seen;
    private final Map<Line, Long> lines = new LinkedHashMap<>();
    private EntryOrigin origin = EntryOrigin.local("", "", "");
    private List<String> hops = List.of();
    private long receivedNanos;
    private int bytes;
    long count;
    long startMillis = Long.MAX_VALUE;
    long endMillis = Long.MIN_VALUE;

    Aggregate(KeyBytes key, long openedNanos, int identical, int unique, int sum) {
        this.key = key;
        this.openedNanos = openedNanos;
        this.identical = lists(identical);
        this.unique = lists(unique);
        this.sum = lists(sum);
        this.seen = sets(unique);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of lists cannot be made otherwise
    private static List<FoldedValue>[] lists(int count) {
        List<FoldedValue>[] lists = new List[count];
        for (int i = 0; i < count; i++) {
            lists[i] = new ArrayList<>();
        }
        return lists;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of sets cannot be made otherwise
    private static Set<FoldedValue>[] sets(int count) {
        Set<FoldedValue>[] sets = new Set[count];
        for (int i = 0; i < count; i++) {
            sets[i] = new LinkedHashSet<>();
        }
        return sets;
    }

    void add(Event event) {
        count++;
        origin = event.origin();
        hops = Hops.of(event);
        receivedNanos = event.receivedNanos();
        long timestamp = event.timestampMillis();
        startMillis = Math.min(startMillis, event.integer(Field.START_TIME, timestamp));
        endMillis = Math.max(endMillis, event.integer(Field.END_TIME, timestamp));
        lines.merge(new Line(Math.floorDiv(receivedNanos, NANOS_PER_MINUTE), origin.source()), 1L, Long::sum);
    }

    void addUnique(int index, List<FoldedValue> values) {
        for (FoldedValue value : values) {
            if (seen[index].add(value)) {
                unique[index].add(value);
                bytes += value.bytesHeld();
            }
        }
    }

    void addSum(int index, List<FoldedValue> values) {
        for (FoldedValue value : values) {
            List<FoldedValue> sums = sum[index];
            if (value instanceof FoldedValue.Bits number
                    && !sums.isEmpty()
                    && sums.getFirst() instanceof FoldedValue.Bits before) {
                sums.set(0, FoldedValue.add(before, number));
            } else {
                sums.add(value);
                bytes += value.bytesHeld();
            }
        }
    }

    boolean isFull() {
        return bytes >= FULL_BYTES;
    }

    /// Number of events.
    public long count() {
        return count;
    }

    /// Where the last of its events came in; the aggregate has the same origin.
    public EntryOrigin origin() {
        return origin;
    }

    /// The collectors that passed the last of its events on; those of the aggregate as well.
    public List<String> hops() {
        return hops;
    }

    /// When the last of its events was received, nanoseconds since the epoch.
    public long receivedNanos() {
        return receivedNanos;
    }

    /// How many of its events belong to each line of the ledger.
    public Map<Line, Long> lines() {
        return Map.copyOf(lines);
    }

    void write(DataOutput out) throws IOException {
        byte[] keyBytes = key.toBytes();
        out.writeInt(keyBytes.length);
        out.write(keyBytes);
        out.writeLong(openedNanos);
        out.writeInt(identical.length);
        out.writeInt(unique.length);
        out.writeInt(sum.length);
        write(out, identical);
        write(out, unique);
        write(out, sum);
        out.writeInt(lines.size());
        for (Map.Entry<Line, Long> line : lines.entrySet()) {
            out.writeLong(line.getKey().minute());
            Origins.text(out, line.getKey().source());
            out.writeLong(line.getValue());
        }
        Origins.write(out, origin);
        Hops.write(out, hops);
        out.writeLong(receivedNanos);
        out.writeInt(bytes);
        out.writeLong(count);
        out.writeLong(startMillis);
        out.writeLong(endMillis);
    }

    private static void write(DataOutput out, List<FoldedValue>[] lists) throws IOException {
        for (List<FoldedValue> list : lists) {
            out.writeInt(list.size());
            for (FoldedValue value : list) {
                value.write(out);
            }
        }
    }

    /// @param direct written when neither the proxy and the certificate of an origin nor hops were known
    static Aggregate read(DataInput in, boolean direct) throws IOException {
        byte[] keyBytes = new byte[in.readInt()];
        in.readFully(keyBytes);
        Aggregate group = new Aggregate(KeyBytes.of(keyBytes), in.readLong(), in.readInt(), in.readInt(), in.readInt());
        read(in, group.identical);
        read(in, group.unique);
        read(in, group.sum);
        for (int i = 0; i < group.unique.length; i++) {
            group.seen[i].addAll(group.unique[i]);
        }
        for (int i = in.readInt(); i > 0; i--) {
            group.lines.put(new Line(in.readLong(), Origins.text(in)), in.readLong());
        }
        group.origin = direct ? Origins.readDirect(in) : Origins.read(in);
        group.hops = direct ? List.of() : Hops.read(in);
        group.receivedNanos = in.readLong();
        group.bytes = in.readInt();
        group.count = in.readLong();
        group.startMillis = in.readLong();
        group.endMillis = in.readLong();
        return group;
    }

    private static void read(DataInput in, List<FoldedValue>[] lists) throws IOException {
        for (List<FoldedValue> list : lists) {
            for (int i = in.readInt(); i > 0; i--) {
                list.add(FoldedValue.read(in));
            }
        }
    }
}
