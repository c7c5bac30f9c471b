package io.tocsin.app.detect;

import io.tocsin.correlator.detect.Detection;
import io.tocsin.correlator.detect.Detector;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs rules over files on several cores. Each lane reads files one after another and runs all rules over
/// them in one thread, without waiting for others; when there are fewer files than lanes, it runs the rules in
/// a second thread. What has to be counted together is put together at the end. What is found is given in the
/// order of the files, what needs windows at the end: the answer does not depend on the number of lanes.
///
/// Thread-safety: one thread starts it; the receiver is called by one thread at a time.
public final class FileDetection {
    private static final int EVENTS_PER_BATCH = 512;
    private static final int BATCHES_PER_LANE = 4;

    /// Where an event stands.
    public record Place(String file, int line) {}

    /// A finding.
    ///
    /// @param places of the events that made it fire
    public record Found(Detection detection, List<Place> places) {
        public Found {
            places = List.copyOf(places);
        }
    }

    /// Something in a file that is no event.
    public record Unreadable(String file, int line, String reason) {}

    private final RuleSet rules;
    private final Consumer<Found> found;
    private final Consumer<Unreadable> unreadable;
    private final List<FileResult> results = new ArrayList<>();
    private final AtomicInteger nextFile = new AtomicInteger();
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong unreadableCount = new AtomicLong();
    private final AtomicLong unreadableFiles = new AtomicLong();
    private int given;

    /// A file: the lines of its events, and what is known of it until its turn comes.
    ///
    /// Thread-safety: its lane fills it; `done` hands it over.
    private static final class FileResult {
        final int number;
        final String name;
        final @Nullable Path path;
        private int[] lines = new int[64];
        private int count;
        final List<Detection> detections = new ArrayList<>();
        final List<Unreadable> unreadable = new ArrayList<>();
        boolean done;

        FileResult(int number, String name, @Nullable Path path) {
            this.number = number;
            this.name = name;
            this.path = path;
        }

        synchronized long add(int line) {
            if (count == lines.length) {
                lines = Arrays.copyOf(lines, count * 2);
            }
            lines[count] = line;
            return ((long) number << 32) | count++;
        }

        synchronized int line(int event) {
            return lines[event];
        }
    }

    /// A full batch on its way from the reader to the rules; an empty one without a file ends the lane.
    private record Filled(EventBatch batch, @Nullable FileResult file, boolean last) {}

    private FileDetection(RuleSet rules, Consumer<Found> found, Consumer<Unreadable> unreadable) {
        this.rules = rules;
        this.found = found;
        this.unreadable = unreadable;
    }

    /// Totals of a run.
    ///
    /// @param unreadable places that are no events
    /// @param unreadableFiles files that could not be opened, or read to their end
    public record Totals(long events, long unreadable, long unreadableFiles) {}

    /// Runs rules over files, or over a stream when there is none.
    ///
    /// @param lanes at least 1
    /// @throws IOException when a file cannot be read
    public static Totals run(
            RuleSet rules,
            List<Path> files,
            InputStream otherwise,
            InputFormat format,
            int lanes,
            Consumer<Found> found,
            Consumer<Unreadable> unreadable)
            throws IOException {
        FileDetection detection = new FileDetection(rules, found, unreadable);
        if (files.isEmpty()) {
            detection.results.add(new FileResult(0, "-", null));
        }
        for (Path file : files) {
            detection.results.add(new FileResult(detection.results.size(), file.toString(), file));
        }
        try {
            detection.run(otherwise, format, Math.max(1, lanes));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while events were read", e);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return new Totals(detection.events.get(), detection.unreadableCount.get(), detection.unreadableFiles.get());
    }

    private void run(InputStream otherwise, InputFormat format, int lanes) throws InterruptedException {
        List<Lane> running = new ArrayList<>();
        int files = Math.min(lanes, results.size());
        for (int i = 0; i < files; i++) {
            Lane lane = new Lane(otherwise, format, lanes > files);
            running.add(lane);
            lane.start();
        }
        RuntimeException failure = null;
        for (Lane lane : running) {
            lane.join();
            failure = failure == null ? lane.failure : failure;
        }
        if (failure != null) {
            throw failure;
        }
        Lane first = running.getFirst();
        running.stream().skip(1).forEach(lane -> first.detector.absorb(lane.detector));
        first.detector.finish();
        first.detections.forEach(this::give);
    }

    private void give(Detection detection) {
        List<Place> places = new ArrayList<>();
        for (long number : detection.events()) {
            FileResult file = results.get((int) (number >>> 32));
            places.add(new Place(file.name, file.line((int) number)));
        }
        found.accept(new Found(detection, places));
    }

    /// A file is through; gives what is known of it and those after it whose turn it is.
    private synchronized void done(FileResult file) {
        file.done = true;
        while (given < results.size() && results.get(given).done) {
            FileResult next = results.get(given++);
            next.unreadable.forEach(unreadable);
            next.detections.forEach(this::give);
            next.detections.clear();
        }
    }

    /// A reader and its rules.
    ///
    /// Thread-safety: the reader fills batches; the other thread, when there is one, runs rules over
    /// them, and queues hand them over.
    private final class Lane implements EventFiles.Receiver {
        private final InputStream otherwise;
        private final EventFiles files;
        private final BlockingQueue<EventBatch> empty = new ArrayBlockingQueue<>(BATCHES_PER_LANE);
        private final BlockingQueue<Filled> filled = new ArrayBlockingQueue<>(BATCHES_PER_LANE + 1);
        private final List<Detection> detections = new ArrayList<>();
        private final Detector detector = new Detector(rules, detections::add);
        private final Thread reader = Thread.ofPlatform().name("detect-reader").unstarted(this::read);
        private final @Nullable Thread evaluator;
        private volatile @Nullable RuntimeException failure;
        private EventBatch batch = new EventBatch();
        private FileResult file = new FileResult(0, "", null);
        private long lastMillis;

        /// @param apart true when rules run in a thread of their own
        Lane(InputStream otherwise, InputFormat format, boolean apart) {
            this.otherwise = otherwise;
            evaluator = apart ? Thread.ofPlatform().name("detect-rules").unstarted(this::evaluate) : null;
            files = new EventFiles(format, this);
            for (int i = 1; i < BATCHES_PER_LANE; i++) {
                empty.add(new EventBatch());
            }
        }

        void start() {
            reader.start();
            Thread rulesThread = evaluator;
            if (rulesThread != null) {
                rulesThread.start();
            }
        }

        void join() throws InterruptedException {
            reader.join();
            Thread rulesThread = evaluator;
            if (rulesThread != null) {
                rulesThread.join();
            }
        }

        private void read() {
            try {
                for (int next = nextFile.getAndIncrement();
                        next < results.size() && failure == null;
                        next = nextFile.getAndIncrement()) {
                    file = results.get(next);
                    lastMillis = 0;
                    Path path = file.path;
                    if (path == null) {
                        files.read(file.name, otherwise);
                    } else {
                        files.read(path);
                    }
                    hand(true);
                }
            } catch (IOException e) {
                failure = new UncheckedIOException(e);
            } catch (RuntimeException e) {
                failure = e;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                unreadableCount.addAndGet(files.unreadable());
                unreadableFiles.addAndGet(files.unreadableFiles());
                finish();
            }
        }

        private void finish() {
            if (evaluator == null) {
                return;
            }
            try {
                filled.put(new Filled(new EventBatch(), null, true));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void hand(boolean last) throws InterruptedException {
            if (evaluator == null) {
                evaluate(new Filled(batch, file, last));
                batch.clear();
                return;
            }
            filled.put(new Filled(batch, file, last));
            batch = empty.take();
        }

        private void evaluate() {
            try {
                for (Filled next = filled.take(); next.file() != null; next = filled.take()) {
                    if (failure == null) {
                        evaluate(next);
                    }
                    next.batch().clear();
                    empty.put(next.batch());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void evaluate(Filled next) {
            FileResult of = next.file();
            if (of == null) {
                return;
            }
            try {
                detector.process(next.batch());
                of.detections.addAll(detections);
                detections.clear();
                events.addAndGet(next.batch().count());
                if (next.last()) {
                    done(of);
                }
            } catch (RuntimeException e) {
                failure = e;
            }
        }

        @Override
        public EventBatch begin(String name, int line, long timeMillis, byte[] raw) {
            // An event without a time happened when the one before it did.
            lastMillis = timeMillis >= 0 ? timeMillis : lastMillis;
            Detector.begin(batch, file.add(line), EventFiles.origin(name), lastMillis, raw, 0, raw.length);
            return batch;
        }

        @Override
        public void end() {
            batch.builder().commit();
            if (batch.count() >= EVENTS_PER_BATCH) {
                try {
                    hand(false);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted", e);
                }
            }
        }

        @Override
        public void unreadable(String name, int line, String reason) {
            file.unreadable.add(new Unreadable(name, line, reason));
        }
    }
}
