package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchLedger;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.stage.EventCopy;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs the stages that may wait on sealed batches, in a thread of its own and in order, then hands the batches on.
/// The lane fills the next batch meanwhile; only when [#MAXIMUM_WAITING] batches wait is it held up.
///
/// A batch goes round as often as stages make events wait: those that waited go on behind the stage that they waited
/// at, and the next wait serves all of them at once.
///
/// Thread-safety: one thread hands over, at a time.
final class SlowStages implements BatchTarget {
    private static final System.Logger LOGGER = System.getLogger(SlowStages.class.getName());
    /// Batches of a lane that may wait for lookups.
    private static final int MAXIMUM_WAITING = 8;
    private static final int DONE = -1;
    private static final int DROPPED = -2;

    private record Job(@Nullable EventBatch batch, List<Consumer<LogPosition>> durable) {}

    private final String name;
    private final StageChain chain;
    private final BatchTarget behind;
    private final StageCounters counters;
    private final OpenEvent open = new OpenEvent();
    private final Event cursor = new Event();
    private int[] waitsAt = new int[0];
    private int dropped;
    private EventBatch spare = new EventBatch();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Job> jobs = new ArrayDeque<>();
    private final Deque<EventBatch> free = new ArrayDeque<>();
    private boolean working;
    private final AtomicInteger openEvents = new AtomicInteger();

    /// @param behind gets the batches; used by the thread of this object alone
    SlowStages(String name, StageChain chain, BatchTarget behind, StageCounters counters) {
        this.name = name;
        this.chain = chain;
        this.behind = behind;
        this.counters = counters;
    }

    @Override
    public EventBatch take(EventBatch batch, List<Consumer<LogPosition>> durable) {
        lock.lock();
        try {
            while (jobs.size() >= MAXIMUM_WAITING) {
                changed.awaitUninterruptibly();
            }
            jobs.addLast(new Job(batch, durable));
            openEvents.addAndGet(batch.count());
            startIfIdle();
            EventBatch next = free.pollFirst();
            return next == null ? new EventBatch() : next;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void whenDurable(Consumer<LogPosition> durable) {
        lock.lock();
        try {
            jobs.addLast(new Job(null, List.of(durable)));
            startIfIdle();
        } finally {
            lock.unlock();
        }
    }

    private void startIfIdle() {
        if (!working) {
            working = true;
            Thread.ofVirtual().name("slow-stages-" + name).start(this::work);
        }
    }

    @Override
    public int openEvents() {
        return openEvents.get();
    }

    @Override
    public void flush() {
        lock.lock();
        try {
            while (working) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
        behind.flush();
    }

    private void work() {
        while (true) {
            Job job;
            lock.lock();
            try {
                job = jobs.pollFirst();
                if (job == null) {
                    working = false;
                    changed.signalAll();
                    return;
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            EventBatch batch = job.batch();
            if (batch == null) {
                job.durable().forEach(behind::whenDurable);
            } else {
                finish(batch, job.durable());
            }
        }
    }

    private void finish(EventBatch batch, List<Consumer<LogPosition>> durable) {
        int events = batch.count();
        EventBatch result = batch;
        try {
            process(batch);
            if (dropped > 0) {
                result = withoutDropped(batch);
                spare = batch;
            }
        } catch (RuntimeException | Error e) {
            // The events go on without what is missing.
            LOGGER.log(System.Logger.Level.ERROR, "stages failed on a whole batch [collector=" + name + "]", e);
            batch.builder().discard();
            result = batch;
            spare = new EventBatch();
        }
        EventBatch reusable = behind.take(result, durable);
        lock.lock();
        try {
            openEvents.addAndGet(-events);
            if (free.size() < 2) {
                free.addLast(reusable);
            }
        } finally {
            lock.unlock();
        }
    }

    private void process(EventBatch batch) {
        int events = batch.count();
        if (waitsAt.length < events) {
            waitsAt = new int[events];
        }
        dropped = 0;
        int waiting = 0;
        for (int i = 0; i < events; i++) {
            batch.builder().reopen(i);
            waiting += decide(batch, i, chain.run(open.on(batch.builder())));
        }
        while (waiting > 0) {
            try {
                chain.await();
            } catch (InterruptedException e) {
                // Nobody interrupts this thread; should it happen, events go on without answers.
                Thread.currentThread().interrupt();
            }
            waiting = 0;
            for (int i = 0; i < events; i++) {
                if (waitsAt[i] >= 0) {
                    batch.builder().reopen(i);
                    waiting += decide(batch, i, chain.resume(open.on(batch.builder()), waitsAt[i]));
                }
            }
        }
        chain.flush();
    }

    /// Notes what a stage said of an event; 1 when it waits.
    private int decide(EventBatch batch, int index, Outcome outcome) {
        batch.builder().commit();
        switch (outcome.kind()) {
            case PASS -> waitsAt[index] = DONE;
            case WAITING -> waitsAt[index] = chain.waitingAt();
            case FILTERED -> {
                waitsAt[index] = DROPPED;
                counters.increment(StageCounter.FILTERED_EVENTS);
                count(batch, index, BatchLedger.Counter.FILTERED, "");
            }
            case REJECTED -> {
                waitsAt[index] = DROPPED;
                counters.addRejected(outcome.reason(), 1);
                count(batch, index, BatchLedger.Counter.REJECTED, outcome.reason());
            }
            case HELD -> throw new IllegalStateException("a stage behind the last aggregation held an event");
        }
        return outcome.kind() == Outcome.Kind.WAITING ? 1 : 0;
    }

    private void count(EventBatch batch, int index, BatchLedger.Counter counter, String reason) {
        dropped++;
        cursor.moveTo(batch, index);
        batch.ledger().add(cursor.receivedNanos(), cursor.origin(), counter, reason, 1);
    }

    /// Copies the events that are left into the spare batch.
    private EventBatch withoutDropped(EventBatch batch) {
        EventBatch to = spare;
        to.clear();
        for (BatchLedger.Entry entry : batch.ledger().entries()) {
            LogTarget.addEntry(to.ledger(), entry);
        }
        for (int i = 0; i < batch.count(); i++) {
            if (waitsAt[i] != DROPPED) {
                cursor.moveTo(batch, i);
                EventCopy.open(cursor, to.builder(), cursor.sequence());
                to.builder().commit();
            }
        }
        return to;
    }
}
