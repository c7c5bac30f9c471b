package io.tocsin.pipeline.enrich.lookup;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Asks a server about keys, each at most once at a time, and keeps what it said. Bounded in every direction: answers
/// kept (those not used lately go first), questions waiting, questions without an answer, questions a second.
///
/// A server that failed [#FAILURES_UNTIL_DEAD] times in a row is taken for dead: for [#DEAD_NANOS] nobody asks it, so
/// events do not wait for what will not come; then the next question tries again.
///
/// Thread-safety: any thread; each takes a [Client] of its own.
public final class Lookups implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Lookups.class.getName());
    private static final int FAILURES_UNTIL_DEAD = 20;
    private static final long DEAD_NANOS = 5_000_000_000L;

    private final String name;
    private final Resolver resolver;
    private final LookupOptions options;
    private final ConcurrentHashMap<Key, Entry> cache = new ConcurrentHashMap<>();
    /// Entries in the order in which they came, for eviction; guarded by itself.
    private final Deque<Entry> order = new ArrayDeque<>();
    private final BlockingQueue<Entry> queue;
    private final Semaphore parallel;
    private final Thread dispatcher;
    private final AtomicInteger failuresInARow = new AtomicInteger();
    private volatile long deadUntilNanos;
    private volatile boolean closed;

    private final LongAdder asked = new LongAdder();
    private final LongAdder cacheHits = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder notAsked = new LongAdder();
    private final LongAdder evicted = new LongAdder();

    /// @param name of the enrichment, for messages
    /// @param resolver is closed with this object
    public Lookups(String name, Resolver resolver, LookupOptions options) {
        this.name = name;
        this.resolver = resolver;
        this.options = options;
        this.queue = new ArrayBlockingQueue<>(options.queue());
        this.parallel = new Semaphore(options.parallel());
        this.deadUntilNanos = System.nanoTime() - 1;
        this.dispatcher = Thread.ofVirtual().name("lookups-" + name).start(this::dispatch);
    }

    /// Bytes that are equal by content. A client moves its own one over keys; those in the cache stay as they are.
    ///
    /// Thread-safety: one thread changes it.
    private static final class Key {
        private byte[] bytes;
        private int length;
        private int hash;

        Key(byte[] bytes, int length) {
            this.bytes = bytes;
            this.length = length;
            rehash();
        }

        void rehash() {
            int result = 1;
            for (int i = 0; i < length; i++) {
                result = result * 31 + bytes[i];
            }
            hash = result;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && Arrays.equals(bytes, 0, length, key.bytes, 0, key.length);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /// A question and its answer.
    ///
    /// Thread-safety: any thread.
    private static final class Entry {
        private final Key key;
        private final CountDownLatch done = new CountDownLatch(1);
        private volatile @Nullable Answer answer;
        private volatile long expiresNanos;
        private volatile boolean used;

        Entry(Key key) {
            this.key = key;
        }
    }

    /// Asks on behalf of one thread, without allocation when the answer is in the cache.
    ///
    /// Thread-safety: one thread.
    public final class Client {
        private final Key probe = new Key(new byte[256], 0);
        private final List<Entry> pending = new ArrayList<>();

        private Client() {}

        /// The answer, or null while it is on its way. Asks when nobody did.
        ///
        /// @param prefix tells apart different questions about the same text
        public @Nullable Answer get(byte prefix, byte[] bytes, int offset, int length) {
            if (length + 1 > probe.bytes.length) {
                probe.bytes = new byte[(length + 1) * 2];
            }
            probe.bytes[0] = prefix;
            System.arraycopy(bytes, offset, probe.bytes, 1, length);
            probe.length = length + 1;
            probe.rehash();
            Entry entry = cache.get(probe);
            Answer answer = entry == null ? null : entry.answer;
            if (entry == null || (answer != null && entry.expiresNanos - System.nanoTime() < 0)) {
                entry = ask(new Key(Arrays.copyOf(probe.bytes, probe.length), probe.length), entry);
                if (entry == null) {
                    return Answer.NOT_ASKED;
                }
                answer = entry.answer;
            } else if (answer != null) {
                cacheHits.increment();
                entry.used = true;
            }
            if (answer == null) {
                pending.add(entry);
            }
            return answer;
        }

        /// Waits until all that [#get] gave no answer for is answered, or the deadline.
        public void await(long deadlineNanos) throws InterruptedException {
            for (Entry entry : pending) {
                long left = deadlineNanos - System.nanoTime();
                if (entry.answer == null && (left <= 0 || !entry.done.await(left, TimeUnit.NANOSECONDS))) {
                    break;
                }
            }
            pending.clear();
        }
    }

    /// Makes the client of one thread.
    public Client client() {
        return new Client();
    }

    private @Nullable Entry ask(Key key, @Nullable Entry expired) {
        if (closed || deadUntilNanos - System.nanoTime() > 0) {
            notAsked.increment();
            return null;
        }
        Entry fresh = new Entry(key);
        Entry known = expired == null ? cache.putIfAbsent(key, fresh) : replace(key, expired, fresh);
        if (known != null) {
            return known;
        }
        if (!queue.offer(fresh)) {
            cache.remove(key, fresh);
            // Others may have found the entry in the meantime.
            fresh.answer = Answer.NOT_ASKED;
            fresh.done.countDown();
            notAsked.increment();
            return null;
        }
        remember(fresh);
        return fresh;
    }

    /// Puts the new entry in place of the expired one; another one that came in between is returned.
    private @Nullable Entry replace(Key key, Entry expired, Entry fresh) {
        if (cache.replace(key, expired, fresh)) {
            return null;
        }
        return cache.putIfAbsent(key, fresh);
    }

    private void remember(Entry fresh) {
        synchronized (order) {
            order.addLast(fresh);
            int tries = 8;
            while (order.size() > options.cacheSize()) {
                Entry oldest = order.removeFirst();
                if (oldest.used && tries-- > 0 && cache.get(oldest.key) == oldest) {
                    oldest.used = false;
                    order.addLast(oldest);
                } else if (cache.remove(oldest.key, oldest)) {
                    evicted.increment();
                }
            }
        }
    }

    /// Hands questions to the resolver, no faster and no more at a time than allowed.
    private void dispatch() {
        long intervalNanos = 1_000_000_000L / options.perSecond();
        long next = System.nanoTime();
        try {
            while (!closed) {
                Entry entry = queue.take();
                long now = System.nanoTime();
                // Time that was not used is saved up to a tenth of a second.
                next = Math.max(next + intervalNanos, now - 100_000_000L);
                if (next - now > 0) {
                    TimeUnit.NANOSECONDS.sleep(next - now);
                }
                parallel.acquire();
                asked.increment();
                send(entry);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(Entry entry) {
        try {
            resolver.ask(Arrays.copyOf(entry.key.bytes, entry.key.length)).whenComplete((answer, failure) -> {
                parallel.release();
                answered(entry, answer == null ? Answer.failed() : answer);
            });
        } catch (RuntimeException e) {
            parallel.release();
            LOGGER.log(System.Logger.Level.DEBUG, "lookup failed [enrichment=" + name + "]", e);
            answered(entry, Answer.failed());
        }
    }

    private void answered(Entry entry, Answer answer) {
        if (answer.kind() == Answer.Kind.FAILED) {
            failures.increment();
            if (failuresInARow.incrementAndGet() >= FAILURES_UNTIL_DEAD) {
                if (deadUntilNanos - System.nanoTime() <= 0) {
                    LOGGER.log(
                            System.Logger.Level.WARNING,
                            "server does not answer, events go on without it [enrichment={0}]",
                            name);
                }
                deadUntilNanos = System.nanoTime() + DEAD_NANOS;
            }
        } else {
            failuresInARow.set(0);
        }
        entry.expiresNanos = System.nanoTime() + lifetimeNanos(answer);
        entry.answer = answer;
        entry.done.countDown();
    }

    private long lifetimeNanos(Answer answer) {
        long most = switch (answer.kind()) {
            case FOUND -> options.lifetime().toNanos();
            case ABSENT -> options.absentLifetime().toNanos();
            case FAILED, NOT_ASKED -> options.failureLifetime().toNanos();
        };
        long own = answer.lifetimeSeconds();
        return own < 0 ? most : Math.min(most, TimeUnit.SECONDS.toNanos(own));
    }

    /// Totals since the start, and the present size of cache and queue.
    public Map<String, Long> counts() {
        Map<String, Long> counts = new TreeMap<>();
        counts.put("asked", asked.sum());
        counts.put("cache_hits", cacheHits.sum());
        counts.put("cache_size", (long) cache.size());
        counts.put("evicted", evicted.sum());
        counts.put("failures", failures.sum());
        counts.put("not_asked", notAsked.sum());
        counts.put("queued", (long) queue.size());
        return counts;
    }

    @Override
    public void close() {
        closed = true;
        dispatcher.interrupt();
        resolver.close();
    }
}
