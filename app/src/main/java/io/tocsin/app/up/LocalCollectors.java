package io.tocsin.app.up;

import io.tocsin.core.collector.CollectorPair;
import io.tocsin.core.collector.CollectorState;
import io.tocsin.core.collector.CollectorView;
import io.tocsin.core.collector.ConfigurationState;
import io.tocsin.core.collector.SourceDetail;
import io.tocsin.core.collector.SourceList;
import io.tocsin.core.collector.SourceState;
import io.tocsin.core.collector.StageState;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.diagnostics.ParseDiagnostics;
import io.tocsin.pipeline.diagnostics.SourceFigures;
import io.tocsin.pipeline.pair.PairFigures;
import io.tocsin.pipeline.stage.StageMeter;
import io.tocsin.pipeline.topology.CollectorFigures;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.time.SystemClock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The collectors of this process as screens and commands see them.
///
/// Thread-safety: any thread.
final class LocalCollectors implements CollectorView {
    private static final double NANOS_PER_MILLI = 1e6;

    private final Supplier<List<CollectorTopology>> collectors;
    private final Supplier<Map<String, ResourceFingerprint>> fingerprints;

    /// @param collectors those that run
    /// @param fingerprints of their configurations, by name
    LocalCollectors(
            Supplier<List<CollectorTopology>> collectors, Supplier<Map<String, ResourceFingerprint>> fingerprints) {
        this.collectors = collectors;
        this.fingerprints = fingerprints;
    }

    @Override
    public List<CollectorState> list() {
        return collectors.get().stream()
                .map(collector -> state(collector.figures(), configuration(collector), pair(collector.pair())))
                .toList();
    }

    @Override
    public @Nullable List<StageState> stages(String collector) {
        CollectorTopology found = find(collector);
        return found == null
                ? null
                : found.figures().way().stream().map(LocalCollectors::stage).toList();
    }

    @Override
    public @Nullable ConfigurationState configuration(String collector) {
        CollectorTopology found = find(collector);
        return found == null ? null : configuration(found);
    }

    private ConfigurationState configuration(CollectorTopology collector) {
        String name = collector.config().name();
        ResourceFingerprint found = fingerprints.get().get(name);
        return found == null
                ? new ConfigurationState(name, null, Map.of())
                : new ConfigurationState(name, found.shown(), found.parts());
    }

    @Override
    public @Nullable SourceList sources(String collector) {
        CollectorTopology found = find(collector);
        if (found == null) {
            return null;
        }
        ParseDiagnostics.Forgotten forgotten = found.forgottenSources();
        return new SourceList(
                found.sources().stream().map(LocalCollectors::source).toList(),
                forgotten.sources(),
                forgotten.events(),
                null);
    }

    @Override
    public @Nullable SourceDetail source(String collector, String id) {
        CollectorTopology found = find(collector);
        SourceFigures figures = found == null ? null : found.source(id);
        return figures == null ? null : detail(collector, figures);
    }

    private @Nullable CollectorTopology find(String name) {
        for (CollectorTopology collector : collectors.get()) {
            if (collector.config().name().equals(name)) {
                return collector;
            }
        }
        return null;
    }

    private static @Nullable CollectorPair pair(@Nullable PairFigures pair) {
        return pair == null
                ? null
                : new CollectorPair(
                        pair.state(),
                        pair.peer(),
                        pair.detail(),
                        pair.takeovers(),
                        pair.dropped(),
                        pair.splitEvents(),
                        pair.replicaBytes(),
                        pair.waitingRecords(),
                        pair.replicatedUntilMillis() == 0 ? null : pair.replicatedUntilMillis(),
                        pair.waitingSinceMillis() == 0
                                ? 0
                                : Math.max(0, SystemClock.process().epochMillis() - pair.waitingSinceMillis()));
    }

    private static CollectorState state(
            CollectorFigures figures, ConfigurationState configuration, @Nullable CollectorPair pair) {
        return new CollectorState(
                figures.name(),
                figures.type(),
                figures.normalizerName(),
                figures.state().name().toLowerCase(Locale.ROOT),
                figures.since().toEpochMilli(),
                figures.addresses(),
                figures.destinations(),
                figures.openSources(),
                figures.eventsPerSecond(),
                figures.openEvents(),
                figures.waitingForLog(),
                count(figures, StageCounter.RECEIVED_EVENTS),
                count(figures, StageCounter.REJECTED_EVENTS),
                count(figures, StageCounter.LOGGED_EVENTS),
                configuration.fingerprint(),
                pair);
    }

    private static long count(CollectorFigures figures, StageCounter counter) {
        return figures.counts().getOrDefault(counter, 0L);
    }

    private static StageState stage(StageMeter.Figures stage) {
        return new StageState(
                stage.name(),
                stage.type(),
                stage.received(),
                stage.sent(),
                stage.dropped(),
                stage.errors(),
                stage.nanos() == StageMeter.NOT_MEASURED ? null : stage.nanos() / NANOS_PER_MILLI,
                stage.details());
    }

    private static SourceState source(SourceFigures figures) {
        return new SourceState(
                figures.id(),
                figures.source(),
                figures.firstSeenMillis(),
                figures.lastSeenMillis(),
                figures.events(),
                figures.parsed(),
                figures.partial(),
                figures.failed(),
                figures.missing(),
                figures.successPercent(),
                figures.recentSuccessPercent(),
                figures.eventsPerSecond(),
                figures.normalizers().stream()
                        .map(way -> new SourceState.Way(way.name(), way.events()))
                        .toList(),
                figures.sampledEvents(),
                figures.fields().stream()
                        .filter(SourceFigures.Fill::faded)
                        .map(SourceFigures.Fill::field)
                        .toList());
    }

    private static SourceDetail detail(String collector, SourceFigures figures) {
        return new SourceDetail(
                collector,
                source(figures),
                figures.fields().stream()
                        .map(fill ->
                                new SourceDetail.Fill(fill.field(), fill.percent(), fill.recentPercent(), fill.faded()))
                        .toList(),
                figures.errors().stream()
                        .map(error -> new SourceDetail.ErrorCount(
                                error.field(), error.reason(), error.count(), error.lastMillis()))
                        .toList(),
                figures.failures().stream()
                        .map(failure -> new SourceDetail.Failure(
                                failure.timeMillis(),
                                failure.understood(),
                                failure.normalizer(),
                                failure.field(),
                                failure.reason(),
                                failure.errors(),
                                failure.sample(),
                                failure.bytes()))
                        .toList(),
                figures.minutes().stream()
                        .map(minute -> new SourceDetail.Minute(minute.startMillis(), minute.events(), minute.parsed()))
                        .toList());
    }
}
