package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.aggregate.AggregateConfig;
import io.tocsin.pipeline.aggregate.AggregatePlan;
import io.tocsin.pipeline.aggregate.Aggregator;
import io.tocsin.pipeline.assemble.AssembleConfig;
import io.tocsin.pipeline.assemble.Assembler;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.stage.Hops;
import io.tocsin.pipeline.stage.StageMeter;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a held event knows of its way is that of what comes out, also when another process has written down what was
/// held.
class HeldStepsTest {
    private static final long START_NANOS = 1_700_000_000_000_000_000L;
    private static final EntryOrigin ORIGIN = new EntryOrigin(
                    "t1", "edge", "tls", "10.0.0.7", 40001, "192.0.2.7", 514, "")
            .through("10.0.0.1", 4711, "CN=host7");
    private static final AggregatePlan USERS = AggregateConfig.SPEC
            .config()
            .require(Objects.requireNonNull(YamlReader.read(
                    "test", "{ name: users, threshold: 9, lifetime: 1h, identical: [ Message ] }", new Problems())))
            .plan();

    private static HeldSteps steps(@Nullable Assembler assembler, List<Aggregator> aggregators) {
        List<HeldSteps.Segment> segments = aggregators.stream()
                .map(aggregator -> new HeldSteps.Segment(new StageChain(List.of()), aggregator, null))
                .toList();
        return new HeldSteps(
                "test",
                SystemClock.process(),
                assembler,
                new StageMeter("assemble", "assemble"),
                null,
                segments,
                new StageCounters(),
                new AtomicLong());
    }

    private static Event event(String raw, String message) {
        EventBatch batch = new EventBatch();
        EventBuilder builder = batch.builder();
        byte[] bytes = raw.getBytes(UTF_8);
        builder.begin(ORIGIN, 1, 2, START_NANOS, 1, bytes, 0, bytes.length);
        builder.setText(Field.MESSAGE, message);
        builder.addText(Field.HOPS, "relay 1 2");
        builder.addText(Field.HOPS, "site 3 4");
        builder.commit();
        return new Event().moveTo(batch, 0);
    }

    /// The state as a file carries it to the next process.
    private static HeldSteps restarted(HeldSteps before, HeldSteps after) throws IOException {
        byte[] state = HeldParts.bytes(new HeldParts("test", "way", before).write());
        new HeldParts("test", "way", after).takeOver(HeldParts.read(state));
        return after;
    }

    private static void check(HeldSteps steps) {
        assertThat(steps.heldEvents()).isPositive();
        steps.releaseAll();
        assertThat(steps.output().batch().count()).isEqualTo(1);
        Event out = new Event().moveTo(steps.output().batch(), 0);
        assertThat(out.origin()).isEqualTo(ORIGIN);
        assertThat(Hops.of(out)).containsExactly("relay 1 2", "site 3 4");
    }

    @Test
    void givesJoinedLinesTheWayOfTheLastOfThem() throws IOException {
        HeldSteps before = steps(AssembleConfig.AUDITD.create(), List.of());
        before.accept(event("type=SYSCALL msg=audit(10.000:1): items=0", ""), true);
        check(restarted(before, steps(AssembleConfig.AUDITD.create(), List.of())));
    }

    @Test
    void givesAnAggregateTheWayOfTheLastOfItsEvents() throws IOException {
        HeldSteps before = steps(null, List.of(USERS.create()));
        before.accept(event("x", "login"), false);
        check(restarted(before, steps(null, List.of(USERS.create()))));
    }
}
