package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a second pass makes again after a restart although the log has it already: it is counted at the start, and
/// so many records are thrown away.
///
/// Thread-safety: that of the pass.
final class RepeatedRelease {
    private static final System.Logger LOGGER = System.getLogger(RepeatedRelease.class.getName());
    private static final int RECORDS = 64;
    private static final long BYTES = 8L << 20;
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(10);

    private final String collector;
    private long records;

    private RepeatedRelease(String collector, long records) {
        this.collector = collector;
        this.records = records;
    }

    /// There is nothing.
    static RepeatedRelease none(String collector) {
        return new RepeatedRelease(collector, 0);
    }

    /// Counts what the log has of a collector from a place on.
    static RepeatedRelease since(LogPosition from, DurableLog log, String collector) {
        String released = Routes.released(collector);
        long count = 0;
        LogPosition end = log.end();
        try (LogReader reader = log.reader(from)) {
            while (reader.position().compareTo(end) < 0) {
                List<LogRecord> found = reader.poll(RECORDS, BYTES, SYNC_LIMIT);
                if (found.isEmpty()) {
                    break;
                }
                for (LogRecord each : found) {
                    if (each.position().compareTo(end) < 0 && released.equals(route(each))) {
                        count++;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new RepeatedRelease(collector, count);
    }

    private static @Nullable String route(LogRecord found) {
        try {
            return BatchHeader.read(found.payload(), 0, found.payload().length).route();
        } catch (BatchFormatException _) {
            return null;
        }
    }

    /// Records that are still to be made again.
    long records() {
        return records;
    }

    /// One of them was.
    void made() {
        records--;
    }

    /// Other stages do not make the same again: it comes twice rather than not at all.
    void giveUpForOtherStages() {
        LOGGER.log(
                System.Logger.Level.WARNING,
                "stages were changed after a kill: what was released in its last moment may come twice"
                        + " [collector={0}, records={1}]",
                collector,
                records);
        records = 0;
    }

    /// Everything was read from which they were made.
    void mustBeMade() {
        if (records > 0) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "what was released before the restart could not be made again exactly [collector={0}, records={1}]",
                    collector,
                    records);
            records = 0;
        }
    }
}
