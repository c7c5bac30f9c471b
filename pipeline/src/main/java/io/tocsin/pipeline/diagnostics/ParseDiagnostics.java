package io.tocsin.pipeline.diagnostics;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// How well a collector understands each of its sources, since it was opened. Memory is bounded: the least recently
/// seen source goes when there are more than [#MAXIMUM_SOURCES]; how many went, and with how many events, is counted.
///
/// Thread-safety: any thread; lanes take the lock once a batch.
public final class ParseDiagnostics {
    /// Sources that are known at one time.
    public static final int MAXIMUM_SOURCES = 500;
    /// Failures that are kept of each source.
    public static final int FAILURES = 10;
    /// Stands for what is counted together because it has too many kinds.
    public static final String OTHER = "other";

    private final ReentrantLock lock = new ReentrantLock();
    private final SequenceSenders senders = new SequenceSenders();
    /// Least recently seen first.
    private final LinkedHashMap<String, SourceRecord> records = new LinkedHashMap<>(16, 0.75f, true);
    private long forgottenSources;
    private long forgottenEvents;

    /// Sources that are not known any more.
    ///
    /// @param sources how often a source went; one that came back and went again counts twice
    /// @param events what had been counted of them
    public record Forgotten(long sources, long events) {}

    public ParseDiagnostics() {}

    /// Makes a recorder for one lane.
    public ParseRecorder recorder() {
        return new ParseRecorder(this);
    }

    SequenceSenders senders() {
        return senders;
    }

    void take(List<LaneSource> counted) {
        lock.lock();
        try {
            for (LaneSource source : counted) {
                SourceRecord known = records.get(source.source);
                if (known == null) {
                    forgetOldest();
                    known = new SourceRecord(source.source, source.nanos);
                    records.put(source.source, known);
                }
                known.add(source);
            }
        } finally {
            lock.unlock();
        }
    }

    private void forgetOldest() {
        if (records.size() < MAXIMUM_SOURCES) {
            return;
        }
        Iterator<SourceRecord> oldest = records.values().iterator();
        forgottenEvents += oldest.next().events();
        forgottenSources++;
        oldest.remove();
    }

    /// All sources that are known, last seen first.
    ///
    /// @param nowMillis milliseconds since the epoch, for figures of the last minutes
    public List<SourceFigures> sources(long nowMillis) {
        lock.lock();
        try {
            return List.copyOf(records.sequencedValues().reversed()).stream()
                    .map(source -> source.figures(nowMillis))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /// One source, or null when it is not known.
    ///
    /// @param id see [SourceFigures#id(String)]
    public @Nullable SourceFigures source(String id, long nowMillis) {
        lock.lock();
        try {
            for (Map.Entry<String, SourceRecord> entry : records.entrySet()) {
                if (SourceFigures.id(entry.getKey()).equals(id)) {
                    return entry.getValue().figures(nowMillis);
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    public Forgotten forgotten() {
        lock.lock();
        try {
            return new Forgotten(forgottenSources, forgottenEvents);
        } finally {
            lock.unlock();
        }
    }
}
