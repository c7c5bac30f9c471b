package io.tocsin.pipeline.assemble;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.stage.Hops;
import io.tocsin.pipeline.stage.Origins;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Holds the parts of events that are not whole yet and gives out those that are.
///
/// ## When a group ends
///
/// 1. With a line that ends it, if nothing is known to be missing; with one that stands alone in any case.
/// 2. When the times in the lines of its sender have gone on by `timeout`, unless a part is known to be missing: what
///    comes out of order may come later than that.
/// 3. `idleTimeout` after its first line was received, whatever times say; for the last event of a quiet sender, and
///    for senders whose time jumps.
/// 4. When it, or all that its sender has open, outgrows a limit: then it is marked as incomplete.
///
/// What comes for a group that has ended is handed on at once and marked as late, or ignored when it says nothing but
/// the end.
///
/// The result depends on the lines, their order and their times only, so it can be repeated after a restart; [#write]
/// and [#read] carry what is held over.
///
/// Thread-safety: one thread.
public final class Assembler {
    /// Takes what is put together.
    @FunctionalInterface
    public interface Sink {
        void accept(Assembled event);
    }

    private static final int VERSION = 3;
    /// Knew neither proxies and certificates of the origins nor hops.
    private static final int DIRECT_VERSION = 2;
    /// Senders known at one time; the one that has been quiet for longest is let go first.
    private static final int MAXIMUM_SENDERS = 10_000;
    private static final int MAXIMUM_DONE = 10_000;
    /// A jump of serial numbers beyond this is a new start of the sender.
    private static final int LARGEST_GAP = 1_000_000;
    private static final int PART_OVERHEAD_BYTES = 64;
    private static final int FIRST_READ_BYTES = 1 << 16;

    @SuppressWarnings("ArrayRecordComponent") // held once, compared by nobody
    private record Held(Assembled.Line line, byte[] text, int flags, long order) {}

    /// Thread-safety: that of the assembler.
    private static final class Group {
        final String key;
        final List<Held> parts = new ArrayList<>();
        long firstNanos;
        long timeMillis = -1;
        int bytes;
        int expected = -1;
        int counted;
        boolean ended;

        Group(String key) {
            this.key = key;
        }
    }

    /// Thread-safety: that of the assembler.
    private static final class Sender {
        final Map<String, Group> open = new LinkedHashMap<>();
        /// When groups were handed on, by key, oldest first.
        final Map<String, Long> done = new LinkedHashMap<>();
        long bytes;
        long timeMillis = -1;
        /// No open group is older.
        long oldestMillis = Long.MAX_VALUE;
        long serial = -1;
    }

    private final AssembleConfig config;
    private final PartReader reader;
    private final byte[] separator;
    private final Part part = new Part();
    /// By name, the one heard of last at the end.
    private final Map<String, Sender> senders = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, Long> counts = new TreeMap<>();
    private final Deque<Assembled> ready = new ArrayDeque<>();
    private long nowNanos = Long.MIN_VALUE;
    /// No open group was received before.
    private long oldestNanos = Long.MAX_VALUE;
    private int openParts;

    Assembler(AssembleConfig config, PartReader reader) {
        this.config = config;
        this.reader = reader;
        this.separator = config.separator().getBytes(UTF_8);
        for (String name : List.of(
                "lines",
                "events",
                "late",
                "incomplete",
                "ignored",
                "serial_gaps",
                "stream_timeouts",
                "idle_timeouts")) {
            counts.put(name, 0L);
        }
    }

    /// Takes a text that entered here; several lines in it are taken one by one.
    ///
    /// @param receivedNanos nanoseconds since the epoch; time never steps back here
    /// @param flags of `EventBatch`
    public void accept(
            EntryOrigin origin, long receivedNanos, byte[] text, int offset, int length, int flags, Sink sink) {
        accept(new Assembled.Line(origin, receivedNanos, List.of()), text, offset, length, flags, sink);
    }

    /// Takes a text that came in; several lines in it are taken one by one.
    ///
    /// @param from where and when; time never steps back here
    /// @param flags of `EventBatch`
    public void accept(Assembled.Line from, byte[] text, int offset, int length, int flags, Sink sink) {
        advance(from.receivedNanos(), sink);
        int end = offset + length;
        int start = offset;
        boolean taken = false;
        for (int i = offset; i <= end; i++) {
            if (i == end || text[i] == '\n') {
                int to = i > start && text[i - 1] == '\r' ? i - 1 : i;
                if (to > start || (i == end && !taken)) {
                    taken = true;
                    line(from, text, start, to - start, flags);
                }
                start = i + 1;
            }
        }
        deliver(sink);
    }

    private void line(Assembled.Line from, byte[] text, int offset, int length, int flags) {
        count("lines");
        part.clear();
        byte[] copy = new byte[length];
        System.arraycopy(text, offset, copy, 0, length);
        if (!reader.read(copy, 0, length, part)) {
            Held held = new Held(from, copy, flags, -1);
            ready.add(join(List.of(held), "", false, false, false));
            return;
        }
        Held held = new Held(from, copy, flags, part.order);
        Sender sender = sender(part.sender.isEmpty() ? from.origin().source() : part.sender);
        if (part.timeMillis > sender.timeMillis) {
            sender.timeMillis = part.timeMillis;
        }
        forgetDone(sender);
        if (sender.done.containsKey(part.key)) {
            boolean ignored = part.role == Part.Role.END_MARK;
            ready.add(join(List.of(held), part.key, !ignored, false, ignored));
        } else {
            join(sender, held);
        }
        streamTimeouts(sender);
    }

    private void join(Sender sender, Held held) {
        Group group = sender.open.get(part.key);
        if (group != null && part.role == Part.Role.START) {
            end(sender, group, false);
            group = null;
        }
        if (group != null && group.bytes + held.text.length > config.limits().bytes()) {
            end(sender, group, true);
            group = null;
        }
        if (group == null) {
            gaps(sender);
            group = new Group(part.key);
            group.firstNanos = held.line.receivedNanos();
            oldestNanos = Math.min(oldestNanos, group.firstNanos);
            sender.open.put(part.key, group);
        }
        group.parts.add(held);
        group.bytes += held.text.length + separator.length;
        openParts++;
        sender.bytes += held.text.length + PART_OVERHEAD_BYTES;
        if (part.timeMillis >= 0) {
            group.timeMillis = part.timeMillis;
            sender.oldestMillis = Math.min(sender.oldestMillis, part.timeMillis);
        }
        group.expected = Math.max(group.expected, part.expected);
        group.counted += part.counted ? 1 : 0;
        group.ended |= part.role == Part.Role.END || part.role == Part.Role.END_MARK;
        if (part.role == Part.Role.SINGLE || isWhole(group)) {
            end(sender, group, false);
            remember(sender, group.key);
        } else if (group.parts.size() >= config.limits().lines()) {
            end(sender, group, true);
        }
        shrink(sender);
    }

    private boolean isWhole(Group group) {
        boolean known = group.expected >= 0;
        boolean enough = known && group.counted >= group.expected;
        if (reader.endsByCountAlone()) {
            return enough || (group.ended && !known);
        }
        return group.ended && enough;
    }

    private void shrink(Sender sender) {
        while (sender.open.size() > config.limits().groups()
                || (sender.bytes > config.limits().senderBytes() && !sender.open.isEmpty())) {
            Group oldest = sender.open.values().iterator().next();
            end(sender, oldest, true);
            remember(sender, oldest.key);
        }
    }

    /// Counts numbers that were passed over, and takes those back that come after all. Numbers wrap at 2^32.
    private void gaps(Sender sender) {
        if (part.serial < 0) {
            return;
        }
        if (sender.serial < 0) {
            sender.serial = part.serial;
            return;
        }
        int step = (int) (part.serial - sender.serial);
        if (step > 0) {
            if (step <= LARGEST_GAP) {
                counts.merge("serial_gaps", step - 1L, Long::sum);
            }
            sender.serial = part.serial;
        } else if (step < -LARGEST_GAP) {
            sender.serial = part.serial;
        } else if (step < 0 && value("serial_gaps") > 0) {
            counts.merge("serial_gaps", -1L, Long::sum);
        }
    }

    private Sender sender(String name) {
        Sender sender = senders.get(name);
        if (sender == null) {
            sender = new Sender();
            senders.put(name, sender);
            if (senders.size() > MAXIMUM_SENDERS) {
                Iterator<Sender> all = senders.values().iterator();
                Sender quiet = all.next();
                endAll(quiet, true);
                all.remove();
            }
        }
        return sender;
    }

    private void endAll(Sender sender, boolean incomplete) {
        for (Group group : List.copyOf(sender.open.values())) {
            end(sender, group, incomplete || isMissing(group));
            remember(sender, group.key);
        }
    }

    private static boolean isMissing(Group group) {
        return group.expected > group.counted;
    }

    private void streamTimeouts(Sender sender) {
        long limit = sender.timeMillis - config.timeout().toMillis();
        if (sender.timeMillis < 0 || sender.oldestMillis >= limit) {
            return;
        }
        long oldest = Long.MAX_VALUE;
        for (Group group : List.copyOf(sender.open.values())) {
            if (isMissing(group)) {
                continue;
            }
            if (group.timeMillis >= 0 && group.timeMillis < limit) {
                count("stream_timeouts");
                end(sender, group, isMissing(group));
                remember(sender, group.key);
            } else if (group.timeMillis >= 0) {
                oldest = Math.min(oldest, group.timeMillis);
            }
        }
        sender.oldestMillis = oldest;
    }

    /// Tells that time has come to `epochNanos`: groups whose time is over are given out.
    public void advance(long epochNanos, Sink sink) {
        if (epochNanos > nowNanos) {
            nowNanos = epochNanos;
            idleTimeouts();
            deliver(sink);
        }
    }

    private void idleTimeouts() {
        long idleNanos = config.idleTimeout().toNanos();
        if (oldestNanos == Long.MAX_VALUE || nowNanos - oldestNanos < idleNanos) {
            return;
        }
        long oldest = Long.MAX_VALUE;
        for (Sender sender : senders.values()) {
            for (Group group : List.copyOf(sender.open.values())) {
                if (nowNanos - group.firstNanos >= idleNanos) {
                    count("idle_timeouts");
                    end(sender, group, isMissing(group));
                    remember(sender, group.key);
                } else {
                    oldest = Math.min(oldest, group.firstNanos);
                }
            }
        }
        oldestNanos = oldest;
    }

    /// When the next group ends by the clock, nanoseconds since the epoch, or [Long#MAX_VALUE]. May be too early.
    public long nextDeadlineNanos() {
        return oldestNanos == Long.MAX_VALUE
                ? oldestNanos
                : oldestNanos + config.idleTimeout().toNanos();
    }

    /// Gives out everything that is held; for the end of the input.
    public void flush(Sink sink) {
        for (Sender sender : senders.values()) {
            endAll(sender, false);
        }
        oldestNanos = Long.MAX_VALUE;
        deliver(sink);
    }

    private void end(Sender sender, Group group, boolean incomplete) {
        sender.open.remove(group.key);
        openParts -= group.parts.size();
        for (Held held : group.parts) {
            sender.bytes -= held.text.length + PART_OVERHEAD_BYTES;
        }
        List<Held> parts = group.parts;
        if (config.ordered()) {
            parts = new ArrayList<>(parts);
            parts.sort((left, right) -> Long.compareUnsigned(left.order, right.order));
        }
        ready.add(join(parts, group.key, false, incomplete, false));
    }

    private void remember(Sender sender, String key) {
        // Without a key every group of a sender has the same.
        if (!key.isEmpty() && !config.lateFor().isZero()) {
            sender.done.remove(key);
            sender.done.put(key, nowNanos);
        }
    }

    private void forgetDone(Sender sender) {
        Iterator<Long> times = sender.done.values().iterator();
        while (times.hasNext()
                && (nowNanos - times.next() > config.lateFor().toNanos() || sender.done.size() > MAXIMUM_DONE)) {
            times.remove();
        }
    }

    private Assembled join(List<Held> held, String key, boolean late, boolean incomplete, boolean ignored) {
        int length = separator.length * (held.size() - 1);
        int flags = 0;
        List<Assembled.Line> lines = new ArrayList<>(held.size());
        for (Held one : held) {
            length += one.text.length;
            flags |= one.flags;
            lines.add(one.line);
        }
        byte[] text = new byte[length];
        int at = 0;
        for (int i = 0; i < held.size(); i++) {
            if (i > 0) {
                System.arraycopy(separator, 0, text, at, separator.length);
                at += separator.length;
            }
            byte[] one = held.get(i).text;
            System.arraycopy(one, 0, text, at, one.length);
            at += one.length;
        }
        count(ignored ? "ignored" : "events");
        if (late) {
            count("late");
        }
        if (incomplete) {
            count("incomplete");
        }
        return new Assembled(lines, text, flags, key, late, incomplete, ignored);
    }

    private void deliver(Sink sink) {
        for (Assembled event = ready.poll(); event != null; event = ready.poll()) {
            sink.accept(event);
        }
    }

    private void count(String name) {
        counts.merge(name, 1L, Long::sum);
    }

    private long value(String name) {
        return counts.getOrDefault(name, 0L);
    }

    /// What was counted since the start: lines, events, late, incomplete, ignored, serial_gaps, stream_timeouts,
    /// idle_timeouts.
    public Map<String, Long> counts() {
        return Map.copyOf(counts);
    }

    /// Parts that are held.
    public int openParts() {
        return openParts;
    }

    /// Where and when the parts that are held came in.
    public List<Assembled.Line> open() {
        List<Assembled.Line> lines = new ArrayList<>();
        for (Sender sender : senders.values()) {
            for (Group group : sender.open.values()) {
                for (Held held : group.parts) {
                    lines.add(held.line);
                }
            }
        }
        return lines;
    }

    /// Forgets what is held: somebody else has it.
    public void forget() {
        senders.clear();
        openParts = 0;
        oldestNanos = Long.MAX_VALUE;
    }

    /// Writes what is held.
    public void write(DataOutput out) throws IOException {
        out.writeByte(VERSION);
        Origins.text(out, config.separator());
        out.writeBoolean(config.ordered());
        out.writeLong(nowNanos);
        out.writeInt(counts.size());
        for (Map.Entry<String, Long> count : counts.entrySet()) {
            out.writeUTF(count.getKey());
            out.writeLong(count.getValue());
        }
        out.writeInt(senders.size());
        for (Map.Entry<String, Sender> entry : senders.entrySet()) {
            Sender sender = entry.getValue();
            Origins.text(out, entry.getKey());
            out.writeLong(sender.timeMillis);
            out.writeLong(sender.serial);
            out.writeInt(sender.done.size());
            for (Map.Entry<String, Long> done : sender.done.entrySet()) {
                Origins.text(out, done.getKey());
                out.writeLong(done.getValue());
            }
            out.writeInt(sender.open.size());
            for (Group group : sender.open.values()) {
                write(out, group);
            }
        }
    }

    private static void write(DataOutput out, Group group) throws IOException {
        Origins.text(out, group.key);
        out.writeLong(group.firstNanos);
        out.writeLong(group.timeMillis);
        out.writeInt(group.bytes);
        out.writeInt(group.expected);
        out.writeInt(group.counted);
        out.writeBoolean(group.ended);
        out.writeInt(group.parts.size());
        for (Held held : group.parts) {
            Origins.write(out, held.line.origin());
            Hops.write(out, held.line.hops());
            out.writeLong(held.line.receivedNanos());
            out.writeInt(held.text.length);
            out.write(held.text);
            out.writeInt(held.flags);
            out.writeLong(held.order);
        }
    }

    /// Takes over what [#write] gave; this assembler holds nothing before.
    ///
    /// @throws IOException when it is no such state
    public void read(DataInput in) throws IOException {
        int version = version(in);
        Origins.text(in);
        in.readBoolean();
        readSenders(in, version);
    }

    /// The parts that [#write] gave, when lines are not joined any more: they can be held and given out, joined as
    /// they would have been.
    ///
    /// @throws IOException when it is no such state
    public static Assembler left(DataInput in) throws IOException {
        int version = version(in);
        Assembler left = AssembleConfig.left(Origins.text(in), in.readBoolean()).create();
        left.readSenders(in, version);
        return left;
    }

    private static int version(DataInput in) throws IOException {
        int version = in.readByte();
        if (version != VERSION && version != DIRECT_VERSION) {
            throw new IOException("state of the assembler has an unknown version [version=" + version + "]");
        }
        return version;
    }

    private void readSenders(DataInput in, int version) throws IOException {
        nowNanos = in.readLong();
        for (int i = in.readInt(); i > 0; i--) {
            counts.put(in.readUTF(), in.readLong());
        }
        for (int i = in.readInt(); i > 0; i--) {
            String name = Origins.text(in);
            Sender sender = new Sender();
            sender.timeMillis = in.readLong();
            sender.serial = in.readLong();
            for (int done = in.readInt(); done > 0; done--) {
                String key = Origins.text(in);
                sender.done.put(key, in.readLong());
            }
            for (int groups = in.readInt(); groups > 0; groups--) {
                readGroup(in, sender, version);
            }
            senders.put(name, sender);
        }
    }

    private void readGroup(DataInput in, Sender sender, int version) throws IOException {
        Group group = new Group(Origins.text(in));
        group.firstNanos = in.readLong();
        group.timeMillis = in.readLong();
        group.bytes = in.readInt();
        group.expected = in.readInt();
        group.counted = in.readInt();
        group.ended = in.readBoolean();
        for (int parts = in.readInt(); parts > 0; parts--) {
            Assembled.Line line = readLine(in, version);
            byte[] text = bytes(in, in.readInt());
            group.parts.add(new Held(line, text, in.readInt(), in.readLong()));
            sender.bytes += text.length + PART_OVERHEAD_BYTES;
            openParts++;
        }
        oldestNanos = Math.min(oldestNanos, group.firstNanos);
        if (group.timeMillis >= 0) {
            sender.oldestMillis = Math.min(sender.oldestMillis, group.timeMillis);
        }
        sender.open.put(group.key, group);
    }

    private static Assembled.Line readLine(DataInput in, int version) throws IOException {
        if (version == DIRECT_VERSION) {
            return new Assembled.Line(Origins.readDirect(in), in.readLong(), List.of());
        }
        EntryOrigin origin = Origins.read(in);
        List<String> hops = Hops.read(in);
        return new Assembled.Line(origin, in.readLong(), hops);
    }

    /// Reads so many bytes; of a damaged length no more memory is taken than there are bytes.
    private static byte[] bytes(DataInput in, int length) throws IOException {
        if (length < 0) {
            throw new IOException("a part of this length cannot be [bytes=" + length + "]");
        }
        byte[] bytes = new byte[Math.min(length, FIRST_READ_BYTES)];
        in.readFully(bytes);
        while (bytes.length < length) {
            int read = bytes.length;
            bytes = Arrays.copyOf(bytes, (int) Math.min(length, read * 2L));
            in.readFully(bytes, read, bytes.length - read);
        }
        return bytes;
    }
}
