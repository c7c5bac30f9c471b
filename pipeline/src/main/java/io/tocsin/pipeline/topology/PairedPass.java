package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.pair.PairHost;
import io.tocsin.pipeline.pair.PairItem;
import io.tocsin.pipeline.pair.PairMember;
import io.tocsin.pipeline.pair.PairReplica;
import io.tocsin.pipeline.pair.PairTurn;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Leads a second pass that is one of a pair: reads its log ahead and does with each record what the
/// member says.
///
/// Thread-safety: that of the pass; what the other one received is appended by any one thread.
final class PairedPass implements PairHost {
    private static final System.Logger LOGGER = System.getLogger(PairedPass.class.getName());
    private static final String PART = "pair";
    private static final int RECORDS = 64;
    private static final long BYTES = 8L << 20;
    private static final Duration WAIT = Duration.ofMillis(20);
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(5);

    private final SecondPass pass;
    private final String collector;
    private final PairMember member;
    private final DurableLog log;
    private final LogConsumer consumer;
    private final LogWriter writer;
    /// What was read from the log and not dealt with.
    private final List<PairItem> items = new ArrayList<>();
    private LogPosition readTo;
    private LogPosition synced = LogPosition.START;
    /// The last ended session that was dealt with.
    private long done;
    /// Up to where what the other one received is part of what is held, in the session beside it.
    private @Nullable LogPosition received;
    private long receivedSession;
    private final EventBatch arriving = new EventBatch();
    private final BatchDecoder decoder = new BatchDecoder();
    private final BatchEncoder encoder = new BatchEncoder();
    private final BatchEncoder markEncoder = new BatchEncoder();

    PairedPass(
            SecondPass pass,
            String collector,
            PairMember member,
            DurableLog log,
            LogConsumer consumer,
            LogWriter writer) {
        this.pass = pass;
        this.collector = collector;
        this.member = member;
        this.log = log;
        this.consumer = consumer;
        this.writer = writer;
        this.readTo = LogPosition.START;
    }

    /// Takes over what [#write] gave.
    void restore(Map<String, byte[]> parts) throws IOException {
        byte[] part = parts.get(PART);
        if (part != null) {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(part));
            done = in.readLong();
            receivedSession = in.readLong();
            received = in.readBoolean() ? new LogPosition(in.readLong(), in.readLong()) : null;
        }
    }

    /// Adds what this one knows to a state.
    void write(Map<String, byte[]> parts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(done);
        out.writeLong(receivedSession);
        LogPosition last = received;
        out.writeBoolean(last != null);
        if (last != null) {
            out.writeLong(last.recordIndex());
            out.writeLong(last.sequence());
        }
        parts.put(PART, bytes.toByteArray());
    }

    /// Begins where the pass does.
    ///
    /// @param floor what lies before was read by an earlier process, at least partly
    void begin(LogPosition floor) {
        readTo = pass.position();
        LogPosition last = receivedIn(member.session());
        try (LogReader reader = log.reader(readTo)) {
            while (member.session() != 0 && reader.position().compareTo(floor) < 0) {
                List<LogRecord> records = reader.poll(RECORDS, BYTES, SYNC_LIMIT);
                if (records.isEmpty()) {
                    break;
                }
                for (LogRecord found : records) {
                    PairItem item = item(found);
                    last = item != null && item.received() != null ? item.received() : last;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        member.attach(this, floor, last);
    }

    private @Nullable LogPosition receivedIn(long session) {
        return session != 0 && session == receivedSession ? received : null;
    }

    private @Nullable PairItem item(LogRecord found) {
        byte[] payload = found.payload();
        if (ReceivedRun.isRun(payload)) {
            return null;
        }
        try {
            String route = BatchHeader.read(payload, 0, payload.length).route();
            return collector.equals(Routes.holder(route))
                    ? new PairItem(found, Routes.receivedTo(route, collector), route.equals(Routes.giveOut(collector)))
                    : null;
        } catch (BatchFormatException _) {
            return null;
        }
    }

    /// Does one thing.
    ///
    /// @return true when nothing came
    boolean step() throws InterruptedException {
        boolean empty = items.isEmpty() && !read();
        if (!isDurable()) {
            return false;
        }
        long session = member.session();
        switch (member.turn(items, pass.position(), log.end(), pass.heldNow(), done)) {
            case PairTurn.Proceed(int count) -> {
                for (PairItem item : items.subList(0, count)) {
                    pass.process(item.entry());
                    if (item.received() != null) {
                        received = item.received();
                        receivedSession = session;
                    }
                    pass.moveTo(item.entry().end());
                }
                forgetItems(count);
            }
            case PairTurn.Skip(int count) -> {
                pass.moveTo(items.get(count - 1).entry().end());
                forgetItems(count);
            }
            case PairTurn.Wait() -> {
                if (!items.isEmpty()) {
                    member.await(WAIT);
                }
            }
            case PairTurn.Snapshot() -> {
                try {
                    member.snapshot(pass.position(), receivedIn(session), pass.state());
                } catch (IOException e) {
                    throw new IllegalStateException("a state could not be written into memory", e);
                }
            }
            case PairTurn.GiveOut() -> {
                int length = markEncoder.encode(new EventBatch(), Routes.giveOut(collector));
                writer.append(markEncoder.buffer(), length, 0);
            }
            case PairTurn.Yield() -> {
                if (pass.saveNow()) {
                    member.yielded();
                }
            }
            case PairTurn.Drop(long ended) -> {
                pass.forget();
                finish(ended);
            }
            case PairTurn.Install(long ended, var replica) -> {
                try {
                    pass.install(PairReplica.read(replica, ended));
                } catch (IOException e) {
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "what the other one held cannot be read and is given up [collector=" + collector + ", path="
                                    + replica + "]",
                            e);
                }
                finish(ended);
            }
            case PairTurn.Note(long ended) -> finish(ended);
            case PairTurn.Settle() -> {
                if (pass.saveNow()) {
                    member.settled();
                }
            }
        }
        return empty;
    }

    private void finish(long ended) throws InterruptedException {
        done = ended;
        pass.saveNow();
    }

    private boolean read() throws InterruptedException {
        List<LogRecord> records = consumer.poll(RECORDS, BYTES, WAIT);
        for (LogRecord found : records) {
            PairItem item = item(found);
            if (item != null) {
                items.add(item);
            }
            readTo = found.end();
        }
        if (items.isEmpty() && pass.position().compareTo(readTo) < 0) {
            pass.moveTo(readTo);
        }
        return !records.isEmpty();
    }

    private void forgetItems(int count) {
        items.subList(0, count).clear();
        if (items.isEmpty()) {
            pass.moveTo(readTo);
        }
    }

    /// What the other one knows of must not be lost here, or places of the log would mean different
    /// things to the two.
    private boolean isDurable() throws InterruptedException {
        if (items.isEmpty() || synced.compareTo(readTo) >= 0 || member.session() == 0) {
            return true;
        }
        try {
            log.awaitSynced(readTo, SYNC_LIMIT);
            synced = readTo;
            return true;
        } catch (LogException e) {
            if (!e.retriable()) {
                throw e;
            }
            return false;
        }
    }

    /// Lets the other one take over, at the end.
    ///
    /// @param hasTime asked between steps
    void handOver(BooleanSupplier hasTime) throws InterruptedException {
        if (!hasTime.getAsBoolean()) {
            return;
        }
        member.leave();
        while (member.isBound() && hasTime.getAsBoolean()) {
            step();
        }
    }

    @Override
    public synchronized void append(LogPosition from, byte[] batch) throws IOException {
        try {
            arriving.clear();
            decoder.decode(batch, 0, batch.length, arriving);
            int length = encoder.encode(arriving, Routes.heldFrom(collector, from), writer.wantsCompression());
            if (writer.append(encoder.buffer(), length, arriving.count()) == null) {
                throw new IOException("the log did not take what the other one received");
            }
        } catch (BatchFormatException | IllegalArgumentException e) {
            throw new IOException("what the other one received is no batch: " + e.getMessage(), e);
        }
    }

    @Override
    public void sync() throws IOException, InterruptedException {
        try {
            log.awaitSynced(log.end(), SYNC_LIMIT);
        } catch (LogException e) {
            throw new IOException("the log is not on disk: " + e.getMessage(), e);
        }
    }
}
