package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/// An open log as those see it who read it: up to where records may be read, in which segment each lies, and what
/// is missing.
///
/// Thread-safety: any thread.
final class LogView {
    private static final System.Logger LOGGER = System.getLogger(LogView.class.getName());

    /// A segment as a reader sees it at one moment.
    ///
    /// @param bytes up to where it is written
    /// @param nextBaseIndex of the following segment; [Long#MAX_VALUE] when it is the newest
    record SegmentView(Segment segment, long bytes, long nextBaseIndex) {
        long baseIndex() {
            return segment.baseIndex;
        }
    }

    private final LogState state;

    LogView(LogState state) {
        this.state = state;
    }

    Path folder() {
        return state.folder;
    }

    /// The place before the oldest record that is still kept.
    LogPosition start() {
        while (true) {
            Segment oldest = oldestSegment();
            try {
                return baseOf(oldest);
            } catch (IOException e) {
                if (oldest.equals(oldestSegment())) {
                    throw new LogException(
                            LogException.Kind.UNAVAILABLE,
                            "cannot read the oldest segment [file=" + oldest.path + "]: " + e.getMessage(),
                            e);
                }
            }
        }
    }

    private Segment oldestSegment() {
        state.lock.lock();
        try {
            return state.segments.firstEntry().getValue();
        } finally {
            state.lock.unlock();
        }
    }

    /// Waits until a record of an index can be read, at most for some time, and returns the visible
    /// end.
    LogState.Place awaitVisible(long recordIndex, Duration timeout) throws InterruptedException {
        long remainingNanos = timeout.toNanos();
        state.lock.lockInterruptibly();
        try {
            while (true) {
                state.throwIfClosed();
                LogState.Place visible = state.visible();
                if (visible.position().recordIndex() > recordIndex || remainingNanos <= 0) {
                    return visible;
                }
                remainingNanos = state.progress.awaitNanos(remainingNanos);
            }
        } finally {
            state.lock.unlock();
        }
    }

    /// The segment that holds a record, or the oldest one when the record is not kept any more.
    SegmentView segmentFor(long recordIndex) {
        state.lock.lock();
        try {
            state.throwIfClosed();
            Map.Entry<Long, Segment> entry = state.segments.floorEntry(recordIndex);
            Segment segment = (entry == null ? state.segments.firstEntry() : entry).getValue();
            Long next = state.segments.higherKey(segment.baseIndex);
            return new SegmentView(segment, segment.bytes, next == null ? Long.MAX_VALUE : next);
        } finally {
            state.lock.unlock();
        }
    }

    /// The place before the first record of a segment.
    LogPosition baseOf(Segment segment) throws IOException {
        LogPosition known = segment.base;
        if (known == null) {
            known = LogRecovery.base(state.disk, segment, state.identity.producer());
            segment.base = known;
        }
        return known;
    }

    SegmentReader open(Segment segment) throws IOException {
        LogFile file = state.disk.openForReading(segment.path);
        try {
            return new SegmentReader(file, segment.path, state.identity.producer(), segment.unreadable);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    void closeQuietly(AutoCloseable resource) {
        state.closeQuietly(resource);
    }

    /// Counts, logs and makes known records that cannot be read.
    void reportGap(String reader, Path file, long offset, LogGap gap) {
        boolean isNew;
        state.lock.lock();
        try {
            isNew = state.counters.addGap(gap.from(), gap.to());
        } finally {
            state.lock.unlock();
        }
        if (isNew) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "records of the log are missing or damaged and were skipped [reader={0}, file={1}, offset={2}, from={3}, to={4}]",
                    reader,
                    file,
                    offset,
                    gap.from(),
                    gap.to());
            tell(new LostEvents(
                    reader,
                    LostEvents.Reason.DAMAGED,
                    gap.events(),
                    gap.aboutMillis(),
                    "[file=" + file + ", offset=" + offset + ", from=" + gap.from() + ", to=" + gap.to()
                            + "]: look at the disk; 'tocsin log check' tells what else is damaged"));
        }
    }

    /// From now on what the disk does not give back of a segment counts as damaged. The file stays, under a second
    /// name, when nobody needs the segment any more: somebody may be able to read it with better means.
    void setUnreadable(Segment segment, IOException reason) {
        if (segment.unreadable) {
            return;
        }
        segment.unreadable = true;
        Path kept = state.folder.resolve("quarantine").resolve("unreadable");
        String where;
        try {
            state.disk.createFolder(kept);
            Path file = kept.resolve(segment.path.getFileName());
            state.disk.link(segment.path, file);
            where = file.toString();
        } catch (IOException e) {
            where = "could not be kept: " + e.getMessage();
        }
        LOGGER.log(
                System.Logger.Level.ERROR,
                "the disk does not give back a part of the log, what cannot be read of it is skipped [file="
                        + segment.path + ", kept=" + where + "]: look at the disk",
                reason);
    }

    /// Makes known that a destination will never get some events.
    void tell(LostEvents lost) {
        Consumer<LostEvents> listener = state.lostEvents;
        Thread.ofVirtual().name("lost-events").start(() -> listener.accept(lost));
    }
}
