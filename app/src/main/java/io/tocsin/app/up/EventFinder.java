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
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
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

/// Looks for one event in the logs of this process, among what peers of its destinations refused for good, and in
/// other processes of the installation. What the identifier says about its time spares most of the reading; the
/// rest is bounded by time.
///
/// Thread-safety: any thread.
final class EventFinder {
    private static final int RECORDS_PER_POLL = 64;
    private static final long BYTES_PER_POLL = 16 << 20;
    private static final long MAX_TEXT_BYTES = 1 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(5);
    /// How far a batch may be older than the identifiers in it: a clock that was set back and held.
    private static final long CLOCK_SLACK_MILLIS = 3_600_000;

    private final Map<String, DurableLog> logs;
    private final List<Path> deadLetters;
    private final RemoteFinders others;

    /// @param logs by the name under which people know them
    /// @param deadLetters folders for what is refused for good, each with one below it for each
    ///     destination
    /// @param others who is asked as well
    EventFinder(Map<String, DurableLog> logs, List<Path> deadLetters, RemoteFinders others) {
        this.logs = new LinkedHashMap<>(logs);
        this.deadLetters = List.copyOf(deadLetters);
        this.others = others;
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
        RemoteFinders.Question question = others.ask(id, madeAtMillis);
        Search search = new Search(id);
        long notBefore = madeAtMillis == null ? Long.MIN_VALUE : madeAtMillis - CLOCK_SLACK_MILLIS;
        logs.forEach((name, log) -> look(search, name, log, notBefore));
        deadLetters.forEach(folder -> lookAmongRefused(search, folder));
        return question.addTo(new LogPlaces(search.places, search.files, search.complete, List.of()));
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

    /// Looks into a folder and those of destinations below it.
    private static void lookAmongRefused(Search search, Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                if (search.isOver()) {
                    return;
                }
                if (Files.isDirectory(file)) {
                    lookAmongRefused(search, file);
                } else if (isIn(search, file)) {
                    search.files.add(file.toString());
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            search.complete = false;
        }
    }

    /// Batches tell; of what was written in another format only text that names the event does.
    private static boolean isIn(Search search, Path file) throws IOException {
        String name = file.getFileName().toString();
        if (name.endsWith(".new")) {
            return false;
        }
        if (name.endsWith(".batch")) {
            return search.route(Files.readAllBytes(file), 0) != null;
        }
        String id = search.id.toString();
        if (name.startsWith(id)) {
            return true;
        }
        return Files.size(file) <= MAX_TEXT_BYTES
                && new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(id);
    }
}
