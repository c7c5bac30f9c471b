package io.tocsin.pipeline.aggregate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.Event;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.expression.CompiledCondition;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.stage.Stage;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Folds events into groups. A group is given out when it holds `threshold` events, or when time has come to its first
/// event plus `lifetime`, whichever is first.
///
/// Time is the reception time of the events, and never steps back; [#advance] tells it when no events come. Groups
/// that are due at the same moment are given out in the order in which they were opened. The result depends on the
/// events, their order and their times only.
///
/// The aggregate: `Type` 2, `AggregationRuleName`, `BaseEventCount`, `StartTime` and `EndTime` (earliest and latest of
/// its events: their own, else their reception time), the identical fields, the sums, the distinct values in the order
/// in which they were seen, joined by commas. A number that has several distinct values is written to `Extra` under the
/// name of its field. Events that are aggregates already pass.
///
/// Thread-safety: one thread, but for what says otherwise.
public final class Aggregator implements Stage {
    /// Type code of an aggregated event.
    public static final long AGGREGATED = 2;

    private static final int VERSION = 3;
    /// Knew neither proxies and certificates of the origins nor hops.
    private static final int DIRECT_VERSION = 2;

    private final AggregatePlan plan;
    private final @Nullable CompiledCondition where;
    private final FoldedField[] identical;
    private final FoldedField[] unique;
    private final FoldedField[] sum;
    private final KeyBytes key = new KeyBytes();
    /// In the order in which they were opened, which is that of their deadlines.
    private final Map<KeyBytes, Aggregate> open = new LinkedHashMap<>();
    private final Deque<Aggregate> due = new ArrayDeque<>();
    private long nowNanos = Long.MIN_VALUE;
    private long heldEvents;
    private final AtomicLong groups = new AtomicLong();
    private final AtomicLong earlyGroups = new AtomicLong();

    Aggregator(AggregatePlan plan) {
        this.plan = plan;
        this.where = plan.where() == null ? null : plan.where().compile();
        this.identical = fields(plan.identical());
        this.unique = fields(plan.unique());
        this.sum = fields(plan.sum());
    }

    private static FoldedField[] fields(List<FieldReference> references) {
        return references.stream().map(FoldedField::new).toArray(FoldedField[]::new);
    }

    public String name() {
        return plan.name();
    }

    @Override
    public Outcome process(OpenEvent open) {
        Event event = open.read();
        advance(event.receivedNanos());
        if (event.integer(Field.TYPE, 1) == AGGREGATED || (where != null && !where.test(event))) {
            return Outcome.PASS;
        }
        fold(event);
        return Outcome.HELD;
    }

    private void fold(Event event) {
        key.clear();
        for (FoldedField field : identical) {
            field.appendKey(event, key);
        }
        Aggregate group = open.get(key);
        if (group == null) {
            if (open.size() >= plan.maximumOpen()) {
                Aggregate oldest = open.values().iterator().next();
                earlyGroups.incrementAndGet();
                release(oldest);
            }
            KeyBytes own = key.copy();
            group = new Aggregate(own, event.receivedNanos(), identical.length, unique.length, sum.length);
            for (int i = 0; i < identical.length; i++) {
                group.identical[i] = identical[i].read(event);
            }
            open.put(own, group);
        }
        group.add(event);
        for (int i = 0; i < unique.length; i++) {
            group.addUnique(i, unique[i].read(event));
        }
        for (int i = 0; i < sum.length; i++) {
            group.addSum(i, sum[i].read(event));
        }
        heldEvents++;
        if (group.count >= plan.threshold()) {
            release(group);
        } else if (group.isFull()) {
            earlyGroups.incrementAndGet();
            release(group);
        }
    }

    private void release(Aggregate group) {
        open.remove(group.key);
        due.addLast(group);
        groups.incrementAndGet();
    }

    /// Tells that time has come to `epochNanos`.
    public void advance(long epochNanos) {
        if (epochNanos <= nowNanos) {
            return;
        }
        nowNanos = epochNanos;
        long lifetime = plan.lifetime().toNanos();
        while (!open.isEmpty()) {
            Aggregate oldest = open.values().iterator().next();
            if (nowNanos - oldest.openedNanos < lifetime) {
                return;
            }
            release(oldest);
        }
    }

    /// When the next group is due, nanoseconds since the epoch, or [Long#MAX_VALUE].
    public long nextDeadlineNanos() {
        return open.isEmpty()
                ? Long.MAX_VALUE
                : open.values().iterator().next().openedNanos + plan.lifetime().toNanos();
    }

    /// Makes everything that is open due.
    public void releaseAll() {
        for (Aggregate group : List.copyOf(open.values())) {
            release(group);
        }
    }

    /// Takes the next group that is due, or null. Its events are not held any more.
    public @Nullable Aggregate poll() {
        Aggregate group = due.pollFirst();
        if (group != null) {
            heldEvents -= group.count;
        }
        return group;
    }

    /// Fills the open event with a group. The event was begun with the group's origin and time.
    public void write(Aggregate group, EventBuilder event) {
        event.setInteger(Field.TYPE, AGGREGATED);
        event.setText(Field.AGGREGATION_RULE_NAME, plan.name());
        event.setInteger(Field.BASE_EVENT_COUNT, group.count);
        event.setInteger(Field.START_TIME, group.startMillis);
        event.setInteger(Field.END_TIME, group.endMillis);
        for (int i = 0; i < identical.length; i++) {
            identical[i].write(event, group.identical[i]);
        }
        for (int i = 0; i < unique.length; i++) {
            unique[i].write(event, group.unique[i]);
        }
        for (int i = 0; i < sum.length; i++) {
            sum[i].write(event, group.sum[i]);
        }
    }

    /// Events that are held.
    public long heldEvents() {
        return heldEvents;
    }

    /// Groups that were given out since the start. Any thread may ask.
    long groups() {
        return groups.get();
    }

    /// Of these, those that had to go because there were too many, or because they had become too large. Any thread
    /// may ask.
    long earlyGroups() {
        return earlyGroups.get();
    }

    /// Groups that are open.
    public int openGroups() {
        return open.size();
    }

    /// All groups that are held, in order.
    public List<Aggregate> held() {
        List<Aggregate> all = new ArrayList<>(due);
        all.addAll(open.values());
        return all;
    }

    /// Forgets what is held: somebody else has it.
    public void forget() {
        open.clear();
        due.clear();
        heldEvents = 0;
    }

    /// Writes what is held.
    public void write(DataOutput out) throws IOException {
        out.writeByte(VERSION);
        plan.writeFields(out);
        out.writeLong(nowNanos);
        write(out, due);
        write(out, open.values());
    }

    private static void write(DataOutput out, Collection<Aggregate> groups) throws IOException {
        out.writeInt(groups.size());
        for (Aggregate group : groups) {
            group.write(out);
        }
    }

    /// Takes over what [#write] gave; this aggregator holds nothing before.
    ///
    /// @return false when the groups are of other fields than this rule's; nothing was taken over, see [#left]
    /// @throws IOException when it is no such state
    public boolean read(DataInput in) throws IOException {
        int version = version(in);
        if (!plan.hasFieldsOf(AggregatePlan.readFields(plan.name(), in))) {
            return false;
        }
        readGroups(in, version);
        return true;
    }

    /// The groups that [#write] gave, of a rule that is not there any more or has other fields now: they can be held
    /// and given out as that rule would have done.
    ///
    /// @param rule name of the rule
    /// @throws IOException when it is no such state
    public static Aggregator left(String rule, DataInput in) throws IOException {
        int version = version(in);
        Aggregator left = new Aggregator(AggregatePlan.readFields(rule, in));
        left.readGroups(in, version);
        return left;
    }

    private static int version(DataInput in) throws IOException {
        int version = in.readByte();
        if (version != VERSION && version != DIRECT_VERSION) {
            throw new IOException("state of the aggregator has an unknown version [version=" + version + "]");
        }
        return version;
    }

    private void readGroups(DataInput in, int version) throws IOException {
        boolean direct = version == DIRECT_VERSION;
        nowNanos = in.readLong();
        due.addAll(read(in, in.readInt(), direct));
        read(in, in.readInt(), direct).forEach(group -> open.put(group.key, group));
        heldEvents = held().stream().mapToLong(group -> group.count).sum();
    }

    private static List<Aggregate> read(DataInput in, int count, boolean direct) throws IOException {
        List<Aggregate> groups = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            groups.add(Aggregate.read(in, direct));
        }
        return groups;
    }

    /// Bytes of a text.
    static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}
