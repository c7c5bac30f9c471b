package io.tocsin.bench.correlator;

import io.tocsin.app.up.Resources;
import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.Problems;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/// Recorded lines of several kinds of sources, taken apart by the shipped normalizers as in a running installation, in
/// one stream: from each kind in the order of its files, the kinds mixed in proportion.
///
/// Thread-safety: one thread.
final class MixedEvents {
    /// Where lines come from.
    enum Kind {
        WINDOWS("windows/otrf", "auto"),
        AUDITD("auditd/audit-userspace", "auditd"),
        ZEEK("zeek/json", "auto"),
        WEB("web", "auto"),
        SERVICES("web-and-services/filebeat", "auto"),
        SYSLOG("syslog/loghub", "auto");

        private final String folder;
        private final String normalizer;

        Kind(String folder, String normalizer) {
            this.folder = folder;
            this.normalizer = normalizer;
        }
    }

    private static final int EVENTS_PER_BATCH = 512;
    private static final long RECEIVED_NANOS = 1_795_341_600_000_000_000L;

    private final Path data;
    private final NormalizerLoader loader;
    private final Map<Kind, Normalizer> normalizers = new EnumMap<>(Kind.class);
    private final Map<Kind, Integer> understood = new EnumMap<>(Kind.class);
    private long number;

    /// @param data folder of the recordings
    /// @param content folder of the shipped resources
    MixedEvents(Path data, Path content) {
        this.data = data;
        Problems problems = new Problems();
        Resources resources = Resources.load(content, null, System::getenv, problems);
        problems.throwIfAny();
        loader = new NormalizerLoader(ZoneOffset.UTC, name -> {
            Resource resource = resources.find("normalizer", name);
            return resource == null ? null : resource.document();
        });
    }

    /// The events of some kinds as one stream.
    List<EventBatch> read(List<Kind> kinds) throws IOException {
        Map<Kind, Deque<Line>> lines = new EnumMap<>(Kind.class);
        int left = 0;
        for (Kind kind : kinds) {
            Deque<Line> of = lines(kind);
            lines.put(kind, of);
            left += of.size();
        }
        Random random = new Random(1);
        List<EventBatch> batches = new ArrayList<>();
        batches.add(new EventBatch());
        for (; left > 0; left--) {
            int pick = random.nextInt(left);
            for (Map.Entry<Kind, Deque<Line>> each : lines.entrySet()) {
                if (pick < each.getValue().size()) {
                    take(each.getKey(), each.getValue().removeFirst(), batches);
                    break;
                }
                pick -= each.getValue().size();
            }
        }
        return batches;
    }

    /// How many events of a kind their normalizer understood, of all that were read.
    int understood(Kind kind) {
        return understood.getOrDefault(kind, 0);
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Line(EntryOrigin origin, byte[] text) {}

    private Deque<Line> lines(Kind kind) throws IOException {
        Deque<Line> lines = new ArrayDeque<>();
        List<Path> files;
        try (Stream<Path> walk = Files.walk(data.resolve(kind.folder))) {
            files = walk.filter(Files::isRegularFile)
                    .filter(MixedEvents::isLog)
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            EntryOrigin origin = EntryOrigin.local("bench", kind.name(), file.toString());
            new String(bytes(file), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .forEach(line -> lines.add(new Line(origin, line.getBytes(StandardCharsets.UTF_8))));
        }
        return lines;
    }

    private static boolean isLog(Path file) {
        String name = file.toString().replaceFirst("\\.gz$", "");
        return name.endsWith(".log")
                || (name.endsWith(".json") && file.toString().endsWith(".gz"));
    }

    private static byte[] bytes(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return file.toString().endsWith(".gz") ? new GZIPInputStream(in).readAllBytes() : in.readAllBytes();
        }
    }

    private void take(Kind kind, Line line, List<EventBatch> batches) {
        Normalizer normalizer = normalizers.computeIfAbsent(kind, this::normalizer);
        byte[] text = line.text();
        if (!normalizer.splits()) {
            event(kind, normalizer, line.origin(), text, 0, text.length, batches);
            return;
        }
        normalizer.at(RECEIVED_NANOS + number * 1_000_000);
        normalizer.open(line.origin(), text, 0, text.length);
        while (normalizer.next()) {
            byte[] other = normalizer.pieceText();
            EntryOrigin from = normalizer.pieceOrigin();
            event(
                    kind,
                    normalizer,
                    from == null ? line.origin() : from,
                    other == null ? text : other,
                    normalizer.pieceOffset(),
                    normalizer.pieceLength(),
                    batches);
        }
    }

    private Normalizer normalizer(Kind kind) {
        Problems problems = new Problems();
        NormalizerPlan plan = loader.load(kind.normalizer, problems);
        problems.throwIfAny();
        if (plan == null) {
            throw new IllegalStateException("no such normalizer [name=" + kind.normalizer + "]");
        }
        return plan.create();
    }

    private void event(
            Kind kind,
            Normalizer normalizer,
            EntryOrigin origin,
            byte[] text,
            int offset,
            int length,
            List<EventBatch> batches) {
        if (batches.getLast().count() == EVENTS_PER_BATCH) {
            batches.add(new EventBatch());
        }
        EventBuilder builder = batches.getLast().builder();
        builder.begin(origin, 0, number, RECEIVED_NANOS + number * 1_000_000, number, text, offset, length);
        number++;
        boolean known = normalizer.normalize(builder);
        if (normalizer.skipReason() != null) {
            builder.discard();
            return;
        }
        builder.commit();
        understood.merge(kind, known ? 1 : 0, Integer::sum);
    }
}
