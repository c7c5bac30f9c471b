package io.tocsin.app.report;

import io.tocsin.app.up.Resources;
import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
import io.tocsin.time.SystemClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Normalizes texts as `tocsin normalize` does and gives events as JSON.
///
/// Thread-safety: one thread.
public final class Normalization {
    static final JsonMapper JSON = JsonMapper.shared();

    /// The format `syslog` with RFC 3164 to the letter: the first word of any text is the tag, and a
    /// line without priority is that of a user, a notice.
    static final String BY_THE_BOOK = "report-syslog";

    private static final String OWN = """
            kind: normalizer
            name: report-syslog
            spec: { format: { type: syslog, literal: true, defaultPriority: 13 } }
            """;

    private final NormalizerLoader loader;
    private final Map<String, NormalizerPlan> plans = new HashMap<>();

    private Normalization(NormalizerLoader loader) {
        this.loader = loader;
    }

    /// Uses the shipped resources. Times without a zone are UTC.
    ///
    /// @param content folder of the shipped resources
    public static Normalization of(Path content) {
        Problems problems = new Problems();
        Resources resources = Resources.load(content, null, System::getenv, problems);
        problems.throwIfAny();
        ConfigNode own = YamlReader.read(BY_THE_BOOK, OWN, problems);
        return new Normalization(new NormalizerLoader(ZoneOffset.UTC, name -> {
            if (name.equals(BY_THE_BOOK)) {
                return own instanceof ConfigNode.Mapping document ? document : null;
            }
            Resource resource = resources.find("normalizer", name);
            return resource == null ? null : resource.document();
        }));
    }

    /// A normalizer; all of one name share what they remember.
    Stream stream(String normalizer) {
        return new Stream(plans.computeIfAbsent(normalizer, this::plan).create());
    }

    /// A normalizer that remembers nothing of others.
    Stream freshStream(String normalizer) {
        return new Stream(plan(normalizer).create());
    }

    private NormalizerPlan plan(String normalizer) {
        Problems problems = new Problems();
        NormalizerPlan plan = loader.load(normalizer, problems);
        problems.throwIfAny();
        if (plan == null) {
            throw new IllegalStateException("no such normalizer [name=" + normalizer + "]");
        }
        return plan;
    }

    /// One stream of texts from one sender.
    ///
    /// Thread-safety: one thread.
    static final class Stream {
        private final Normalizer normalizer;
        private final SystemClock clock = SystemClock.process();
        private final EventIds ids = new EventIds(clock);
        private final EventBatch batch = new EventBatch();
        private final Event event = new Event();
        private final EventJson json = new EventJson();

        private Stream(Normalizer normalizer) {
            this.normalizer = normalizer;
        }

        /// The events of a text.
        List<JsonNode> events(String path, byte[] text) {
            List<JsonNode> events = new ArrayList<>();
            batches(path, text, made -> events.add(JSON.readTree(json.toText(event.moveTo(made, 0)))));
            return events;
        }

        /// Hands on the events of a text, each in a batch of its own that is used again.
        void batches(String path, byte[] text, Consumer<EventBatch> events) {
            EntryOrigin origin = EntryOrigin.local("report", "file", path);
            if (!normalizer.splits()) {
                piece(origin, text, 0, text.length, events);
                return;
            }
            normalizer.at(clock.epochNanos());
            normalizer.open(origin, text, 0, text.length);
            if (pieces(origin, text, events) == 0 && !normalizer.silent()) {
                piece(origin, text, 0, text.length, events);
            }
        }

        List<JsonNode> events(String path, String text) {
            return events(path, text.getBytes(StandardCharsets.UTF_8));
        }

        /// The events of all that still waits.
        List<JsonNode> end() {
            List<JsonNode> events = new ArrayList<>();
            if (normalizer.splits()) {
                normalizer.openExpired(Long.MAX_VALUE);
                pieces(
                        EntryOrigin.local("report", "file", ""),
                        new byte[0],
                        made -> events.add(JSON.readTree(json.toText(event.moveTo(made, 0)))));
            }
            return events;
        }

        private int pieces(EntryOrigin origin, byte[] text, Consumer<EventBatch> events) {
            int pieces = 0;
            while (normalizer.next()) {
                byte[] other = normalizer.pieceText();
                EntryOrigin from = normalizer.pieceOrigin();
                piece(
                        from == null ? origin : from,
                        other == null ? text : other,
                        normalizer.pieceOffset(),
                        normalizer.pieceLength(),
                        events);
                pieces++;
            }
            return pieces;
        }

        private void piece(EntryOrigin origin, byte[] text, int offset, int length, Consumer<EventBatch> events) {
            batch.clear();
            ids.next();
            EventBuilder builder = batch.builder();
            builder.begin(origin, ids.high(), ids.low(), clock.epochNanos(), 0, text, offset, length);
            normalizer.normalize(builder);
            if (normalizer.skipReason() != null) {
                builder.discard();
                return;
            }
            builder.commit();
            events.accept(batch);
        }
    }
}
