package io.tocsin.pipeline.diagnostics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tocsin.config.Problems;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ParseDiagnosticsTest {
    private static final long NOW_MILLIS = 1_790_000_000_000L;

    private final ParseDiagnostics diagnostics = new ParseDiagnostics();

    /// A lane that normalizes JSON.
    ///
    /// Thread-safety: one thread.
    private static final class TestLane {
        private final EventBatch batch = new EventBatch();
        private final Normalizer normalizer;
        private final ParseRecorder recorder;
        private long nowMillis = NOW_MILLIS;

        TestLane(ParseDiagnostics diagnostics) {
            Problems problems = new Problems();
            this.normalizer = Objects.requireNonNull(new NormalizerLoader(ZoneOffset.UTC).load("json", problems))
                    .create();
            this.recorder = diagnostics.recorder();
        }

        void take(String source, String text) {
            take(source, text.getBytes(UTF_8));
        }

        void take(String source, byte[] text) {
            EventBuilder builder = batch.builder();
            EntryOrigin origin = new EntryOrigin("", "test", "tcp", source, 1, "", -1, "");
            builder.begin(origin, 1, 2, nowMillis * 1_000_000, 1, text, 0, text.length);
            boolean understood = normalizer.normalize(builder);
            recorder.record(builder, text.length, normalizer, understood, null);
            builder.commit();
            if (batch.count() == 4096) {
                seal();
            }
        }

        void seal() {
            recorder.publish();
            batch.clear();
        }
    }

    private SourceFigures source(String name) {
        return Objects.requireNonNull(diagnostics.source(SourceFigures.id(name), NOW_MILLIS));
    }

    private static Map<String, Double> fills(SourceFigures figures) {
        return figures.fields().stream()
                .collect(Collectors.toMap(SourceFigures.Fill::field, SourceFigures.Fill::percent));
    }

    @Test
    void countsEachSourceApart() {
        TestLane lane = new TestLane(diagnostics);
        for (int i = 0; i < 10; i++) {
            lane.take("10.0.0.1", "{\"Name\":\"a\"}");
            lane.take("10.0.0.2", i < 4 ? "no json" : "{\"Name\":\"b\"}");
        }
        lane.seal();
        assertThat(diagnostics.sources(NOW_MILLIS))
                .extracting(figures -> figures.source() + " " + figures.events() + " " + figures.parsed() + " "
                        + figures.failed() + " " + figures.successPercent())
                .containsExactlyInAnyOrder("10.0.0.1 10 10 0 100.0", "10.0.0.2 10 6 4 60.0");
        assertThat(source("10.0.0.2").normalizers()).containsExactly(new SourceFigures.Way("json", 6));
    }

    @Test
    void countsSourcesThatTakeTurnsExactlyHoweverManyThereAre() {
        TestLane lane = new TestLane(diagnostics);
        for (int round = 0; round < 7; round++) {
            for (int i = 0; i < 200; i++) {
                lane.take("source " + i, i % 3 == 0 && round == 0 ? "no json" : "{\"Name\":\"a\"}");
            }
            lane.seal();
        }
        assertThat(diagnostics.sources(NOW_MILLIS)).hasSize(200).allSatisfy(figures -> {
            int number = Integer.parseInt(figures.source().substring(7));
            assertThat(figures.events()).isEqualTo(7);
            assertThat(figures.failed()).isEqualTo(number % 3 == 0 ? 1 : 0);
        });
    }

    @Test
    void countsAValueThatCannotBeReadAgainstTheSuccess() {
        TestLane lane = new TestLane(diagnostics);
        lane.take("a", "{\"Name\":\"x\",\"SourcePort\":\"many\",\"DestinationPort\":\"few\"}");
        lane.take("a", "{\"Name\":\"x\",\"SourcePort\":\"22\"}");
        lane.seal();
        SourceFigures figures = source("a");
        assertThat(figures.partial()).isEqualTo(1);
        assertThat(figures.parsed()).isEqualTo(1);
        assertThat(figures.successPercent()).isEqualTo(50);
        assertThat(figures.recentSuccessPercent()).isEqualTo(50);
        assertThat(figures.errors())
                .extracting(error -> error.field() + ": " + error.reason() + " " + error.count())
                .containsExactlyInAnyOrder(
                        "SourcePort: not a whole number, kept in Extra 1",
                        "DestinationPort: not a whole number, kept in Extra 1");
        assertThat(figures.failures()).singleElement().satisfies(failure -> {
            assertThat(failure.understood()).isTrue();
            assertThat(failure.errors()).isEqualTo(2);
            assertThat(failure.field()).isEqualTo("SourcePort");
            assertThat(failure.timeMillis()).isEqualTo(NOW_MILLIS);
            assertThat(failure.sample()).startsWith("{\"Name\":\"x\",\"SourcePort\":\"many\"");
        });
    }

    @Test
    void looksAtEveryEventOfASlowSource() {
        TestLane lane = new TestLane(diagnostics);
        for (int i = 0; i < 200; i++) {
            lane.take("a", i % 4 == 0 ? "{\"Name\":\"x\",\"SourcePort\":22}" : "{\"Name\":\"x\",\"color\":\"red\"}");
            if (i % 10 == 9) {
                lane.seal();
            }
        }
        SourceFigures figures = source("a");
        assertThat(figures.sampledEvents()).isEqualTo(200);
        assertThat(fills(figures)).containsEntry("Name", 100.0).containsEntry("SourcePort", 25.0);
        assertThat(fills(figures)).doesNotContainKeys("NormalizerName", "ParseError", "ServiceName");
    }

    @Test
    void estimatesFillRatesOfAFastSourceFromFewOfItsEvents() {
        TestLane lane = new TestLane(diagnostics);
        int events = 400_000;
        for (int i = 0; i < events; i++) {
            lane.take("a", i % 3 == 0 ? "{\"Name\":\"x\",\"SourcePort\":22}" : "{\"Name\":\"x\"}");
        }
        lane.seal();
        SourceFigures figures = source("a");
        assertThat(figures.events()).isEqualTo(events);
        assertThat(figures.sampledEvents()).isBetween(events / 150L, events / 60L);
        assertThat(fills(figures).get("SourcePort")).isCloseTo(100.0 / 3, within(3.0));
    }

    @Test
    void looksAtAQuietSourceBesideALoudOne() {
        TestLane lane = new TestLane(diagnostics);
        for (int i = 0; i < 4000; i++) {
            lane.take("loud", "{\"Name\":\"x\"}");
        }
        lane.take("quiet", "{\"Message\":\"y\"}");
        lane.seal();
        assertThat(fills(source("quiet"))).containsEntry("Message", 100.0);
    }

    @Test
    void showsAFieldThatIsNotFilledAnyMore() {
        TestLane lane = new TestLane(diagnostics);
        for (int i = 0; i < 3000; i++) {
            lane.take(
                    "a",
                    i < 2000 ? "{\"Name\":\"x\",\"SourceUserName\":\"eve\"}" : "{\"Name\":\"x\",\"user\":\"eve\"}");
            if (i % 10 == 9) {
                lane.seal();
            }
        }
        assertThat(source("a").fields())
                .filteredOn(fill -> fill.field().equals("SourceUserName"))
                .singleElement()
                .satisfies(fill -> {
                    assertThat(fill.percent()).isGreaterThan(60);
                    assertThat(fill.recentPercent()).isZero();
                    assertThat(fill.faded()).isTrue();
                });
        assertThat(source("a").fields()).filteredOn(SourceFigures.Fill::faded).hasSize(1);
    }

    @Test
    void keepsTheLastFailuresWithTheBeginningOfTheirText() {
        TestLane lane = new TestLane(diagnostics);
        for (int i = 0; i < 25; i++) {
            lane.nowMillis = NOW_MILLIS + i;
            lane.take("a", "broken " + i + " " + "x".repeat(i == 24 ? 5000 : 0));
            lane.seal();
        }
        List<SourceFigures.Failure> failures = source("a").failures();
        assertThat(failures).hasSize(ParseDiagnostics.FAILURES);
        assertThat(failures)
                .extracting(SourceFigures.Failure::timeMillis)
                .isSortedAccordingTo((a, b) -> Long.compare(b, a));
        assertThat(failures.getFirst().sample()).startsWith("broken 24 x").hasSize(SampleText.MAXIMUM_BYTES);
        assertThat(failures.getFirst().bytes()).isEqualTo(5010);
        assertThat(failures.getFirst().understood()).isFalse();
        assertThat(failures.getFirst().reason()).isEqualTo("no normalizer understands the text");
        assertThat(failures.getLast().sample()).isEqualTo("broken 15 ");
    }

    @Test
    void countsMoreKindsOfErrorsThanItKeepsTogether() {
        ErrorCounts counts = new ErrorCounts();
        for (int i = 0; i < 1000; i++) {
            counts.add("field" + i, "cut [characters=" + i + "]", 1, 5_000_000);
            counts.add("field0", "cut [characters=9]", 1, 5_000_000);
        }
        assertThat(counts.figures()).hasSize(ErrorCounts.MAXIMUM_KINDS + 1);
        assertThat(counts.figures().getFirst()).isEqualTo(new SourceFigures.ErrorCount("field0", "cut", 1001, 5));
        assertThat(counts.figures().stream()
                        .mapToLong(SourceFigures.ErrorCount::count)
                        .sum())
                .isEqualTo(2000);
        assertThat(counts.figures())
                .extracting(SourceFigures.ErrorCount::reason)
                .contains(ParseDiagnostics.OTHER);
    }

    @Test
    void forgetsTheLeastRecentlySeenSourceAndSaysSo() {
        TestLane lane = new TestLane(diagnostics);
        int sources = ParseDiagnostics.MAXIMUM_SOURCES + 50;
        for (int i = 0; i < sources; i++) {
            lane.take("source-" + i, "{\"Name\":\"x\"}");
            lane.take("source-0", "{\"Name\":\"x\"}");
            lane.seal();
        }
        assertThat(diagnostics.sources(NOW_MILLIS)).hasSize(ParseDiagnostics.MAXIMUM_SOURCES);
        assertThat(diagnostics.source(SourceFigures.id("source-1"), NOW_MILLIS)).isNull();
        assertThat(source("source-0").events()).isEqualTo(sources + 1L);
        assertThat(diagnostics.forgotten()).isEqualTo(new ParseDiagnostics.Forgotten(50, 50));
    }

    @Test
    void tellsTheRateAndTheLastHour() {
        TestLane lane = new TestLane(diagnostics);
        long minute = NOW_MILLIS / 60_000 * 60_000;
        for (int i = 0; i < 120; i++) {
            lane.nowMillis = minute - 90 * 60_000L + i * 60_000L;
            for (int event = 0; event < 60; event++) {
                lane.take("a", event < 15 && i > 115 ? "broken" : "{\"Name\":\"x\"}");
            }
            lane.seal();
        }
        long now = lane.nowMillis + 60_000;
        SourceFigures figures = Objects.requireNonNull(diagnostics.source(SourceFigures.id("a"), now));
        assertThat(figures.minutes()).hasSize(59);
        assertThat(figures.minutes().getLast()).isEqualTo(new SourceFigures.Minute(lane.nowMillis, 60, 45));
        assertThat(figures.eventsPerSecond()).isCloseTo(1.0, within(0.01));
        assertThat(figures.recentSuccessPercent()).isEqualTo(75);
    }

    @Test
    void addsUpWhatSeveralLanesCount() throws InterruptedException {
        int lanes = 4;
        int events = 30_000;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < lanes; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                TestLane lane = new TestLane(diagnostics);
                for (int event = 0; event < events; event++) {
                    lane.take("source-" + event % 7, event % 10 == 0 ? "broken" : "{\"Name\":\"x\"}");
                }
                lane.seal();
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        List<SourceFigures> sources = diagnostics.sources(NOW_MILLIS);
        assertThat(sources).hasSize(7);
        assertThat(sources.stream().mapToLong(SourceFigures::events).sum()).isEqualTo((long) lanes * events);
        assertThat(sources.stream().mapToLong(SourceFigures::failed).sum()).isEqualTo((long) lanes * events / 10);
        assertThat(sources)
                .allSatisfy(figures -> assertThat(figures.normalizers().stream()
                                .mapToLong(SourceFigures.Way::events)
                                .sum())
                        .isEqualTo(figures.parsed()));
    }
}
