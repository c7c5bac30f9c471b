package io.tocsin.pipeline.topology;

import io.tocsin.error.TocsinException;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.diagnostics.ParseDiagnostics;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Ends what collectors held over that run no more: they were removed, renamed or disabled. Their events are given
/// out: those of a disabled collector by its stages, those of a removed one as they stand. Then the node log forgets
/// them, which otherwise would never get smaller again. One warning for each says so.
///
/// Thread-safety: any thread.
public final class RemovedCollectors implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(RemovedCollectors.class.getName());
    private static final int RECORDS = 64;
    private static final long BYTES = 16L << 20;
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(5);

    /// One that runs no more.
    ///
    /// Thread-safety: any thread; one stops it.
    public static final class Removed {
        private final String name;
        /// Null when they are not known.
        private final @Nullable CollectorStages stages;
        private final StageCounters counters;
        private final LogWriter writer;
        private final Acknowledger acknowledger;
        private final DurableLog log;
        private final SecondPass pass;
        private boolean stopped;

        private Removed(
                String name,
                @Nullable CollectorConfig disabled,
                NormalizerPlan normalizer,
                DurableLog log,
                Path positions,
                SystemClock clock) {
            this.name = name;
            this.log = log;
            this.counters = new StageCounters();
            this.writer = new LogWriter(log, name, counters);
            this.acknowledger = new Acknowledger(log);
            this.stages = disabled == null ? null : open(disabled, clock, positions);
            AtomicLong sequence = new AtomicLong(log.end().sequence());
            FixedStages fixed = new FixedStages("", "", "");
            ParseDiagnostics diagnostics = new ParseDiagnostics();
            SecondPass.Place place = new SecondPass.Place(
                    log, clock, positions, sequence, counters, fixed, diagnostics, writer, acknowledger, null);
            if (disabled != null && stages != null) {
                this.pass = CollectorTopology.secondPass(
                        disabled, disabled.normalizer().create(), stages, place, SecondPass.End.AT_ONCE);
            } else {
                StageChain none = new StageChain(List.of());
                EventSteps normalizing = new EventSteps(
                        name, normalizer.create(), true, none, counters, fixed.normalize, diagnostics.recorder());
                this.pass = SecondPass.of(
                        name,
                        "removed",
                        null,
                        normalizing,
                        new CollectorStages.HeldStages(List.of(new HeldSteps.Segment(none, null, null)), none),
                        place,
                        SecondPass.End.AT_ONCE);
            }
        }

        private static @Nullable CollectorStages open(CollectorConfig config, SystemClock clock, Path positions) {
            try {
                return CollectorStages.open(config.stages(), new StageContext(config.name(), clock, positions));
            } catch (TocsinException e) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "stages of a disabled collector cannot be opened, what it held is given out without them"
                                + " [collector={0}, reason={1}]",
                        config.name(),
                        e.getMessage());
                return null;
            }
        }

        private void run() {
            try {
                pass.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            if (pass.isForgotten()) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "a collector was removed, renamed or disabled: what it held over is given out and the log keeps"
                                + " nothing for it any more [collector={0}, events={1}, consumer={2}]",
                        name,
                        counters.get(StageCounter.LOGGED_EVENTS),
                        HeldTraces.consumer(name));
            }
        }

        private synchronized boolean stop(Duration limit) {
            if (stopped) {
                return true;
            }
            stopped = true;
            boolean done = pass.stop(limit);
            writer.giveUp();
            acknowledger.close();
            if (stages != null) {
                stages.close();
            }
            return done;
        }

        /// Name of the collector.
        public String name() {
            return name;
        }

        /// What is still held; see [CollectorTopology#held()].
        public List<BatchLedger.Entry> held() {
            return pass.held();
        }

        /// See [CollectorTopology#heldFrom()].
        public LogPosition heldFrom() {
            return pass.isForgotten() ? log.end() : pass.position();
        }
    }

    private final List<Removed> all;

    private RemovedCollectors(List<Removed> all) {
        this.all = List.copyOf(all);
    }

    /// Looks for what collectors left that do not run.
    ///
    /// @param running names of those that run
    /// @param disabled those that are configured and do not run
    /// @param normalizer reads lines of which nobody knows any more how to
    /// @param positions folder of the collectors
    public static RemovedCollectors find(
            Set<String> running,
            List<CollectorConfig> disabled,
            NormalizerPlan normalizer,
            DurableLog log,
            Path positions,
            SystemClock clock) {
        Map<String, CollectorConfig> configured = new HashMap<>();
        disabled.forEach(config -> configured.put(config.name(), config));
        List<Removed> all = new ArrayList<>();
        for (String name : names(running, log, positions)) {
            all.add(new Removed(name, configured.get(name), normalizer, log, positions, clock));
        }
        return new RemovedCollectors(all);
    }

    /// By their states, and by consumers for which there is no state, which takes a look into the log.
    private static Set<String> names(Set<String> running, DurableLog log, Path positions) {
        Set<String> names = new TreeSet<>();
        if (Files.isDirectory(positions)) {
            try (Stream<Path> files = Files.list(positions)) {
                files.map(file -> file.getFileName().toString())
                        .filter(file -> file.endsWith(HeldTraces.STATE_SUFFIX))
                        .map(file -> file.substring(0, file.length() - HeldTraces.STATE_SUFFIX.length()))
                        .forEach(names::add);
            } catch (IOException e) {
                LOGGER.log(
                        System.Logger.Level.WARNING, "cannot look for removed collectors [path=" + positions + "]", e);
            }
        }
        Set<String> known = new HashSet<>();
        running.forEach(name -> known.add(HeldTraces.consumer(name)));
        names.forEach(name -> known.add(HeldTraces.consumer(name)));
        Set<String> unknown = new TreeSet<>(log.consumerNames());
        unknown.removeIf(consumer -> !HeldTraces.isConsumer(consumer) || known.contains(consumer));
        if (!unknown.isEmpty()) {
            Map<String, String> writers = writers(log);
            for (String consumer : unknown) {
                String name = writers.get(consumer);
                if (name == null) {
                    log.forget(consumer);
                    LOGGER.log(
                            System.Logger.Level.WARNING,
                            "a removed collector had nothing in the log, which keeps nothing for it any more"
                                    + " [consumer={0}]",
                            consumer);
                } else {
                    names.add(name);
                }
            }
        }
        names.removeAll(running);
        return names;
    }

    /// Collectors whose held events lie in the log, by the names of their consumers.
    private static Map<String, String> writers(DurableLog log) {
        Map<String, String> writers = new TreeMap<>();
        LogPosition end = log.end();
        try (LogReader reader = log.reader(log.start())) {
            while (reader.position().compareTo(end) < 0) {
                List<LogRecord> records = reader.poll(RECORDS, BYTES, SYNC_LIMIT);
                if (records.isEmpty()) {
                    break;
                }
                for (LogRecord found : records) {
                    String writer = writer(found.payload());
                    if (writer != null) {
                        writers.put(HeldTraces.consumer(writer), writer);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return writers;
    }

    private static @Nullable String writer(byte[] payload) {
        try {
            return ReceivedRun.isRun(payload)
                    ? null
                    : Routes.holder(BatchHeader.read(payload, 0, payload.length).route());
        } catch (BatchFormatException _) {
            return null;
        }
    }

    /// Those that were found.
    public List<Removed> all() {
        return all;
    }

    /// Begins to give out what they held.
    public void start() {
        for (Removed one : all) {
            one.pass.start();
            Thread.ofVirtual().name("removed-" + one.name).start(one::run);
        }
    }

    /// Stops within the time; what is left then is left to the next start.
    ///
    /// @return true when nothing was left unread
    public boolean stop(Duration limit) {
        boolean done = true;
        for (Removed one : all) {
            done &= one.stop(limit);
        }
        return done;
    }

    @Override
    public void close() {
        stop(Duration.ZERO);
    }
}
