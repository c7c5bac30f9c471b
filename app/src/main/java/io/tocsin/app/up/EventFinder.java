package io.tocsin.app.up;

import io.tocsin.core.ledger.LogPlaces;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Looks for one event in the logs of this process and among the deliveries that were refused for good. What the
/// identifier says about its time spares most of the reading; the rest is bounded by time.
///
/// Thread-safety: any thread.
final class EventFinder {
    private static final int RECORDS_PER_POLL = 64;
    private static final long BYTES_PER_POLL = 16 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(5);
    /// How far a batch may be older than the identifiers in it: a clock that was set back and held.
    private static final long CLOCK_SLACK_MILLIS = 3_600_000;

    private final Map<String, DurableLog> logs;
    private final Path deadLetters;

    /// @param logs by the name under which people know them
    EventFinder(Map<String, DurableLog> logs, Path deadLetters) {
        this.logs = new LinkedHashMap<>(logs);
        this.deadLetters = deadLetters;
    }

    /// One search.
    ///
    /// Thread-safety: one thread.
    private static final class Search {
        private final UUID id;
        private final long until = System.nanoTime() + LIMIT.toNanos();
        private final BatchDecoder decoder = new BatchDecoder();
        private final EventBatch batch = new EventBatch();
        private final Event event = new Event();
        private final List<LogPlaces.Place> places = new ArrayList<>();
        private final List<String> files = new ArrayList<>();
        private boolean complete = true;

        Search(UUID id) {
            this.id = id;
        }

        boolean isOver() {
            complete &= System.nanoTime() < until;
            return !complete;
        }

        /// The route of the batch that holds the event, which is then at hand; null when none does.
        @Nullable
        String route(byte[] payload, int from) {
            int at = from;
            while (at < payload.length) {
                try {
                    BatchHeader header = decoder.decode(payload, at, payload.length - at, batch);
                    at = header.totalLength();
                    for (int i = 0; i < batch.count(); i++) {
                        event.moveTo(batch, i);
                        if (event.idHigh() == id.getMostSignificantBits()
                                && event.idLow() == id.getLeastSignificantBits()) {
                            return header.route();
                        }
                    }
                } catch (BatchFormatException damaged) {
                    return null;
                }
            }
            return null;
        }
    }

    /// @param madeAtMillis when the identifier was made, or null when it does not say
    LogPlaces find(UUID id, @Nullable Long madeAtMillis) {
        Search search = new Search(id);
        long notBefore = madeAtMillis == null ? Long.MIN_VALUE : madeAtMillis - CLOCK_SLACK_MILLIS;
        logs.forEach((name, log) -> look(search, name, log, notBefore));
        lookAmongRefused(search);
        return new LogPlaces(search.places, search.files, search.complete);
    }

    private static void look(Search search, String name, DurableLog log, long notBefore) {
        try (LogReader reader = log.reader(log.start())) {
            List<LogRecord> records = reader.poll(RECORDS_PER_POLL, BYTES_PER_POLL, Duration.ZERO);
            while (!records.isEmpty() && !search.isOver()) {
                for (LogRecord logged : records) {
                    if (logged.appendedAtMillis() < notBefore) {
                        continue;
                    }
                    ReceivedRun run = ReceivedRun.of(logged);
                    String route = search.route(logged.payload(), run == null ? 0 : run.bodyOffset());
                    if (route != null) {
                        search.places.add(place(name, log, logged, route, search.event.timestampMillis()));
                    }
                }
                records = reader.poll(RECORDS_PER_POLL, BYTES_PER_POLL, Duration.ZERO);
            }
        } catch (LogException damaged) {
            search.complete = false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            search.complete = false;
        }
    }

    private static LogPlaces.Place place(
            String name, DurableLog log, LogRecord logged, String route, long receivedMillis) {
        List<LogPlaces.Consumer> consumers = log.metrics().consumers().stream()
                .map(backlog -> new LogPlaces.Consumer(
                        backlog.name(), backlog.committed().compareTo(logged.end()) >= 0))
                .toList();
        return new LogPlaces.Place(
                name, route, logged.position().toString(), receivedMillis, logged.appendedAtMillis(), consumers);
    }

    private void lookAmongRefused(Search search) {
        if (!Files.isDirectory(deadLetters)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(deadLetters, "*.batch")) {
            for (Path file : files) {
                if (search.isOver()) {
                    return;
                }
                if (search.route(Files.readAllBytes(file), 0) != null) {
                    search.files.add(file.toString());
                }
            }
        } catch (IOException e) {
            search.complete = false;
        }
    }
}
