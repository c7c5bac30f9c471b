package io.tocsin.app.detect;

import io.tocsin.correlator.detect.Detector;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Reads the events of files as batches, one file after another.
public final class EventBatches {
    private static final int EVENTS_PER_BATCH = 512;

    private EventBatches() {}

    /// @param otherwise read when there are no files
    /// @param fresh true to hand out a new batch each time, false to use one again
    /// @return number of things that were no events
    /// @throws IOException when a file cannot be read
    public static long read(
            List<Path> files, InputStream otherwise, InputFormat format, boolean fresh, Consumer<EventBatch> into)
            throws IOException {
        Filling filling = new Filling(fresh, into);
        EventFiles reader = new EventFiles(format, filling);
        if (files.isEmpty()) {
            reader.read("-", otherwise);
        }
        for (Path file : EventFiles.expand(files)) {
            reader.read(file);
        }
        filling.hand();
        return reader.unreadable();
    }

    /// Thread-safety: one thread.
    private static final class Filling implements EventFiles.Receiver {
        private final boolean fresh;
        private final Consumer<EventBatch> into;
        private EventBatch batch = new EventBatch();
        private long count;
        private long lastMillis;

        Filling(boolean fresh, Consumer<EventBatch> into) {
            this.fresh = fresh;
            this.into = into;
        }

        @Override
        public EventBatch begin(String file, int line, long timeMillis, byte[] raw) {
            // An event without a time happened when the one before it did.
            lastMillis = timeMillis >= 0 ? timeMillis : lastMillis;
            Detector.begin(batch, count++, EventFiles.origin(file), lastMillis, raw, 0, raw.length);
            return batch;
        }

        @Override
        public void end() {
            batch.builder().commit();
            if (batch.count() >= EVENTS_PER_BATCH) {
                hand();
            }
        }

        @Override
        public void unreadable(String file, int line, String reason) {
            // Counted by the reader.
        }

        void hand() {
            if (batch.count() > 0) {
                into.accept(batch);
            }
            if (fresh) {
                batch = new EventBatch();
            } else {
                batch.clear();
            }
        }
    }
}
