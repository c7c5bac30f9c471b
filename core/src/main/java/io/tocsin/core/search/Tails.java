package io.tocsin.core.search;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Metrics;
import io.tocsin.core.http.Problem;
import io.tocsin.error.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;

/// The live tails that are open. Each has a short queue; events that do not fit are dropped and counted, and the
/// count is told in the stream, so a slow reader costs nobody anything. A reader that takes nothing at all is cut
/// off by the server's idle timeout.
///
/// Thread-safety: any thread.
final class Tails implements ApplicationListener<ContextClosedEvent> {
    static final int MAX_TAILS = 64;
    static final int QUEUE_EVENTS = 1_000;
    /// A comment this often keeps proxies from closing a silent stream and finds readers that are gone.
    private static final long KEEP_ALIVE_MILLIS = 10_000;

    private final EventTail events;
    private final Set<Stream> open = ConcurrentHashMap.newKeySet();
    private final LongAdder dropped = new LongAdder();
    private volatile boolean closed;

    /// One reader.
    ///
    /// Thread-safety: many writers, one reader.
    final class Stream implements AutoCloseable {
        private final BlockingQueue<String> queue = new ArrayBlockingQueue<>(QUEUE_EVENTS);
        private final AtomicLong missed = new AtomicLong();
        private volatile boolean ended;
        private final EventTail.Subscription subscription;

        Stream(String condition) {
            this.subscription = events.subscribe(condition, this::offer);
        }

        private void offer(String event) {
            if (!queue.offer(event)) {
                missed.incrementAndGet();
                dropped.increment();
            }
        }

        /// Writes events to `out` until the reader goes away or the core stops.
        void run(OutputStream out) throws IOException, InterruptedException {
            out.write(bytes(": tocsin\n\n"));
            out.flush();
            while (!ended) {
                String event = queue.poll(KEEP_ALIVE_MILLIS, TimeUnit.MILLISECONDS);
                if (ended) {
                    break;
                }
                if (event == null) {
                    out.write(bytes(": \n\n"));
                }
                while (event != null) {
                    out.write(bytes("data: " + oneLine(event) + "\n\n"));
                    event = queue.poll();
                }
                long count = missed.getAndSet(0);
                if (count > 0) {
                    out.write(bytes("event: dropped\ndata: {\"count\":" + count + "}\n\n"));
                }
                out.flush();
            }
        }

        private void end() {
            ended = true;
            queue.clear();
            queue.offer("");
        }

        @Override
        public void close() {
            open.remove(this);
            subscription.close();
        }
    }

    Tails(EventTail events, Metrics metrics) {
        this.events = events;
        metrics.register(new Metrics.Family(
                "tocsin_core_tails", "gauge", "Live tails that are open.", samples -> samples.add(open.size())));
        metrics.register(new Metrics.Family(
                "tocsin_core_tail_dropped_events",
                "counter",
                "Events that a slow reader of a live tail missed.",
                samples -> samples.add(dropped.sum())));
    }

    Stream open(String condition) {
        if (closed || open.size() >= MAX_TAILS) {
            throw new ApiException(Problem.of(
                    503, ErrorCode.PEER_BUSY, "too many live tails are open, close one [maxTails=" + MAX_TAILS + "]"));
        }
        try {
            Stream stream = new Stream(condition);
            open.add(stream);
            return stream;
        } catch (InvalidConditionException e) {
            throw new ApiException(
                    Problem.of(400, ErrorCode.INVALID_CONDITION, "the filter is not valid: " + e.getMessage())
                            .at(e.line(), e.column()));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String oneLine(String event) {
        return event.indexOf('\n') < 0 && event.indexOf('\r') < 0 ? event : event.replaceAll("[\\r\\n]+", " ");
    }

    /// Ends all streams before the server stops, so that it need not wait for them.
    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        closed = true;
        open.forEach(Stream::end);
    }
}
