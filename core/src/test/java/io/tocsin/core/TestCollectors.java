package io.tocsin.core;

import io.tocsin.core.collector.CollectorState;
import io.tocsin.core.collector.CollectorView;
import io.tocsin.core.collector.ConfigurationState;
import io.tocsin.core.collector.SourceDetail;
import io.tocsin.core.collector.SourceList;
import io.tocsin.core.collector.SourceState;
import io.tocsin.core.collector.StageState;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One collector, `syslog/tcp`, with one source.
///
/// Immutable.
final class TestCollectors implements CollectorView {
    static final String NAME = "syslog tcp";
    static final String SOURCE = "00112233aabbccdd";

    private static final SourceState STATE = new SourceState(
            SOURCE,
            "10.0.0.7",
            1_789_999_000_000L,
            1_790_000_000_000L,
            1000,
            900,
            60,
            40,
            7,
            90,
            null,
            3.5,
            List.of(new SourceState.Way("auto/syslog/sshd", 960)),
            500,
            List.of("SourceUserName"));

    @Override
    public List<CollectorState> list() {
        return List.of(new CollectorState(
                NAME,
                "tcp",
                "auto",
                "up",
                1_789_999_000_000L,
                List.of("0.0.0.0:5140"),
                List.of("storage"),
                3,
                12.5,
                7,
                false,
                1000,
                1,
                992,
                "0123456789abcdef",
                null));
    }

    @Override
    public @Nullable ConfigurationState configuration(String collector) {
        return !collector.equals(NAME)
                ? null
                : new ConfigurationState(NAME, "0123456789abcdef", Map.of("connector.listen", "01234567"));
    }

    @Override
    public @Nullable List<StageState> stages(String collector) {
        return !collector.equals(NAME)
                ? null
                : List.of(
                        new StageState(
                                "receive", "tcp", 1001, 1000, Map.of("queue full", 1L), 0, null, Map.of("bytes", 9L)),
                        new StageState("normalize", "auto", 1000, 1000, Map.of(), 40, 12.5, Map.of("partial", 60L)));
    }

    @Override
    public @Nullable SourceList sources(String collector) {
        return collector.equals(NAME) ? new SourceList(List.of(STATE), 2, 10, null) : null;
    }

    @Override
    public @Nullable SourceDetail source(String collector, String id) {
        return !collector.equals(NAME) || !id.equals(SOURCE)
                ? null
                : new SourceDetail(
                        NAME,
                        STATE,
                        List.of(new SourceDetail.Fill("SourceUserName", 80, 0, true)),
                        List.of(new SourceDetail.ErrorCount(
                                "SourcePort", "not a whole number", 60, 1_790_000_000_000L)),
                        List.of(new SourceDetail.Failure(
                                1_790_000_000_000L,
                                false,
                                "auto",
                                "auto",
                                "no normalizer understands the text",
                                1,
                                "<13>\\xFF",
                                9)),
                        List.of(new SourceDetail.Minute(1_789_999_980_000L, 20, 18)));
    }
}
