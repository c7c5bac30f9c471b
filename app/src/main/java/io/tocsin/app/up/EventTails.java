package io.tocsin.app.up;

import io.tocsin.core.search.EventTail;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.topology.Routes;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// Lets people watch events as they come into the logs. Each watcher reads for itself from the end of the log on
/// and holds nothing back: one that is too slow misses events.
///
/// Thread-safety: any thread.
final class EventTails implements EventTail {
    private static final Duration WAIT = Duration.ofMillis(500);
    private static final int RECORDS_PER_POLL = 16;
    private static final long BYTES_PER_POLL = 8 << 20;

    private final List<DurableLog> logs;

    EventTails(List<DurableLog> logs) {
        this.logs = List.copyOf(logs);
    }

    @Override
    public Subscription subscribe(String condition, Consumer<String> receiver) {
        // Compiled once here to refuse a wrong one, then once per thread: a compiled condition belongs to one thread.
        EventMatcher.of(condition);
        List<Thread> threads = logs.stream()
                .map(log ->
                        Thread.ofVirtual().name("tail").start(() -> follow(log, EventMatcher.of(condition), receiver)))
                .toList();
        return () -> threads.forEach(Thread::interrupt);
    }

    private static void follow(DurableLog log, EventMatcher matcher, Consumer<String> receiver) {
        BatchDecoder decoder = new BatchDecoder();
        EventBatch batch = new EventBatch();
        Event event = new Event();
        EventJson json = new EventJson();
        try (LogReader reader = log.reader(log.end())) {
            while (!Thread.currentThread().isInterrupted()) {
                for (LogRecord logged : reader.poll(RECORDS_PER_POLL, BYTES_PER_POLL, WAIT)) {
                    byte[] payload = logged.payload();
                    ReceivedRun run = ReceivedRun.of(logged);
                    int at = run == null ? 0 : run.bodyOffset();
                    while (at < payload.length) {
                        try {
                            BatchHeader header = decoder.decode(payload, at, payload.length - at, batch);
                            at = header.totalLength();
                            if (Routes.isHeld(header.route())) {
                                continue;
                            }
                        } catch (BatchFormatException unreadable) {
                            break;
                        }
                        for (int i = 0; i < batch.count(); i++) {
                            if (matcher.test(event.moveTo(batch, i))) {
                                receiver.accept(json.toText(event));
                            }
                        }
                    }
                }
            }
        } catch (InterruptedException | LogException ended) {
            // The watcher left, or the instance stops.
        }
    }
}
