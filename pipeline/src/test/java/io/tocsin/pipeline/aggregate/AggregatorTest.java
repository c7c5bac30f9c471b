package io.tocsin.pipeline.aggregate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventJson;
import io.tocsin.event.Field;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AggregatorTest {
    private static final long START_NANOS = 1_700_000_000_000_000_000L;
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "tcp", "");

    /// An event of a test.
    private record Base(long nanos, String user, long port, long bytes, String text) {}

    private static AggregatePlan plan(String yaml) {
        return AggregateConfig.SPEC
                .config()
                .require(Objects.requireNonNull(YamlReader.read("test", yaml, new Problems())))
                .plan();
    }

    private static final AggregatePlan PLAN = plan("""
            name: logins
            where: "Message != 'skip'"
            threshold: 7
            lifetime: 3s
            identical: [ SourceUserName ]
            unique: [ DestinationPort, Message ]
            sum: [ BytesIn, Extra.text ]
            """);

    private static final AggregatePlan LOGINS = plan("""
            name: logins
            threshold: 7
            lifetime: 3s
            identical: [ SourceUserName ]
            """);
    /// Two events of a user in one group of [#LOGINS], as version 2 wrote them.
    private static final String STATE_OF_VERSION_2 =
            "AgAAAAEADlNvdXJjZVVzZXJOYW1lAAAAAAAAAAAXl5z+NioAAAAAAAAAAAABAAAACwAAAAAAAAADYWRhF5ec/jYqAAAAAAAB"
                    + "AAAAAAAAAAAAAAAB/wAAAANhZGEAAAABAAAAAAGwVRUAAAAIMTAuMC4wLjcAAAAAAAAAAgAAAAJ0MQAAAARlZGdlAAAAA3Rj"
                    + "cAAAAAgxMC4wLjAuNwAAnEEAAAAJMTkyLjAuMi43AAACAgAAAAAXl5z+NioAAAAAAAAAAAAAAAAAAgAAAYvP5WgAAAABi8/l"
                    + "aAA=";

    private final EventBatch batch = new EventBatch();
    private final OpenEvent open = new OpenEvent();

    private Outcome feed(Aggregator aggregator, Base base) {
        batch.clear();
        EventBuilder builder = batch.builder();
        builder.begin(ORIGIN, 1, 2, base.nanos(), 1, new byte[0], 0, 0);
        builder.setText(Field.SOURCE_USER_NAME, base.user());
        builder.setInteger(Field.DESTINATION_PORT, base.port());
        builder.setInteger(Field.BYTES_IN, base.bytes());
        builder.setText(Field.MESSAGE, base.text());
        byte[] key = "text".getBytes(UTF_8);
        byte[] value = base.text().getBytes(UTF_8);
        builder.addDynamicSpan(
                DynamicKind.EXTRA,
                builder.append(key, 0, key.length),
                key.length,
                builder.append(value, 0, value.length),
                value.length);
        Outcome outcome = aggregator.process(open.on(builder));
        builder.discard();
        return outcome;
    }

    private List<String> drain(Aggregator aggregator) {
        List<String> texts = new ArrayList<>();
        for (Aggregate group = aggregator.poll(); group != null; group = aggregator.poll()) {
            EventBatch result = new EventBatch();
            result.builder().begin(group.origin(), 0, 0, group.receivedNanos(), 0, new byte[0], 0, 0);
            aggregator.write(group, result.builder());
            result.builder().commit();
            texts.add(new EventJson().toText(new Event().moveTo(result, 0)));
        }
        return texts;
    }

    /// The plain model: lists of events, folded when they go out.
    private static final class Model {
        private final Map<String, List<Base>> open = new LinkedHashMap<>();
        private final List<List<Base>> out = new ArrayList<>();
        private long now = Long.MIN_VALUE;

        void feed(Base base) {
            advance(base.nanos());
            if (!base.text().equals("skip")) {
                List<Base> group = open.computeIfAbsent(base.user(), _ -> new ArrayList<>());
                group.add(base);
                if (group.size() == 7) {
                    out.add(group);
                    open.remove(base.user());
                }
            }
        }

        void advance(long nanos) {
            now = Math.max(now, nanos);
            open.values().removeIf(group -> {
                boolean due = now - group.getFirst().nanos() >= 3_000_000_000L;
                if (due) {
                    out.add(group);
                }
                return due;
            });
        }

        static Map<String, String> fold(List<Base> group) {
            Map<String, String> values = new TreeMap<>();
            Set<String> ports = new LinkedHashSet<>();
            Set<String> texts = new LinkedHashSet<>();
            List<String> all = new ArrayList<>();
            long sum = 0;
            for (Base base : group) {
                ports.add(String.valueOf(base.port()));
                texts.add(base.text());
                all.add(base.text());
                sum += base.bytes();
            }
            values.put("user", group.getFirst().user());
            values.put("count", String.valueOf(group.size()));
            values.put("ports", String.join(",", ports));
            values.put("texts", String.join(",", texts));
            values.put("all", String.join(",", all));
            values.put("sum", String.valueOf(sum));
            values.put("start", String.valueOf(group.getFirst().nanos() / 1_000_000));
            values.put("end", String.valueOf(group.getLast().nanos() / 1_000_000));
            return values;
        }
    }

    private static Map<String, String> values(Aggregator aggregator, Aggregate group) {
        EventBatch result = new EventBatch();
        result.builder().begin(group.origin(), 0, 0, group.receivedNanos(), 0, new byte[0], 0, 0);
        aggregator.write(group, result.builder());
        result.builder().commit();
        Event event = new Event().moveTo(result, 0);
        assertThat(event.integer(Field.TYPE, 0)).isEqualTo(2);
        assertThat(event.text(Field.AGGREGATION_RULE_NAME)).isEqualTo("logins");
        Map<String, String> values = new TreeMap<>();
        values.put("user", String.valueOf(event.text(Field.SOURCE_USER_NAME)));
        values.put("count", String.valueOf(event.text(Field.BASE_EVENT_COUNT)));
        String port = event.text(Field.DESTINATION_PORT);
        values.put("ports", port != null ? port : extra(event, "DestinationPort"));
        values.put("texts", String.valueOf(event.text(Field.MESSAGE)));
        values.put("all", extra(event, "text"));
        values.put("sum", String.valueOf(event.text(Field.BYTES_IN)));
        values.put("start", String.valueOf(event.text(Field.START_TIME)));
        values.put("end", String.valueOf(event.text(Field.END_TIME)));
        return values;
    }

    private static String extra(Event event, String key) {
        int slot = event.dynamicSlot(DynamicKind.EXTRA, key.getBytes(UTF_8));
        return slot < 0 ? "" : event.text(event.slotValue(slot));
    }

    @Test
    void foldsLikeThePlainModelAlsoOverRestarts() throws IOException {
        for (long seed = 1; seed <= 30; seed++) {
            Random random = new Random(seed);
            Aggregator aggregator = PLAN.create();
            Model model = new Model();
            List<Map<String, String>> found = new ArrayList<>();
            long nanos = START_NANOS;
            for (int i = 0; i < 3000; i++) {
                nanos += random.nextInt(5) == 0 ? random.nextLong(400_000_000L) : 0;
                Base base = new Base(
                        nanos,
                        "user" + random.nextInt(12),
                        random.nextInt(3),
                        random.nextInt(1000),
                        random.nextInt(9) == 0 ? "skip" : "text" + random.nextInt(4));
                model.feed(base);
                Outcome outcome = feed(aggregator, base);
                assertThat(outcome).isEqualTo(base.text().equals("skip") ? Outcome.PASS : Outcome.HELD);
                if (random.nextInt(50) == 0) {
                    ByteArrayOutputStream state = new ByteArrayOutputStream();
                    aggregator.write(new DataOutputStream(state));
                    aggregator = PLAN.create();
                    assertThat(aggregator.read(new DataInputStream(new ByteArrayInputStream(state.toByteArray()))))
                            .isTrue();
                }
                for (Aggregate group = aggregator.poll(); group != null; group = aggregator.poll()) {
                    found.add(values(aggregator, group));
                }
            }
            model.advance(nanos + 3_000_000_000L);
            aggregator.advance(nanos + 3_000_000_000L);
            for (Aggregate group = aggregator.poll(); group != null; group = aggregator.poll()) {
                found.add(values(aggregator, group));
            }
            assertThat(found)
                    .as("seed " + seed)
                    .isEqualTo(model.out.stream().map(Model::fold).toList());
            assertThat(aggregator.heldEvents()).isZero();
        }
    }

    @Test
    void passesAggregatesOfOthers() {
        Aggregator aggregator = PLAN.create();
        batch.clear();
        batch.builder().begin(ORIGIN, 1, 2, START_NANOS, 1, new byte[0], 0, 0);
        batch.builder().setInteger(Field.TYPE, 2);
        assertThat(aggregator.process(open.on(batch.builder()))).isEqualTo(Outcome.PASS);
    }

    @Test
    void letsTheOldestGoWhenThereAreTooMany() {
        Aggregator aggregator =
                plan("{ identical: [ SourceUserName ], maxOpen: 2 }").create();
        feed(aggregator, new Base(START_NANOS, "a", 1, 1, "x"));
        feed(aggregator, new Base(START_NANOS, "b", 1, 1, "x"));
        feed(aggregator, new Base(START_NANOS, "c", 1, 1, "x"));
        assertThat(drain(aggregator)).singleElement().asString().contains("\"SourceUserName\":\"a\"");
        assertThat(aggregator.openGroups()).isEqualTo(2);
    }

    @Test
    void hasTheDefaultsOfTheManual() {
        AggregatePlan plan = plan("{ identical: SourceUserName }");
        assertThat(plan.threshold()).isEqualTo(100);
        assertThat(plan.lifetime()).isEqualTo(Duration.ofSeconds(60));
        assertThat(plan.name()).isEqualTo("aggregate");
    }

    @Test
    void refusesAFieldTwiceAndFieldsOfTheProduct() {
        assertThatThrownBy(() -> plan("{ identical: [ SourceUserName ], sum: [ SourceUserName ] }"))
                .hasMessageContaining("SourceUserName");
        assertThatThrownBy(() -> plan("{ identical: [ ID ] }")).hasMessageContaining("ID");
        assertThatThrownBy(() -> plan("{ identical: [ SourceUserNam ] }")).hasMessageContaining("did you mean");
    }

    private static Aggregator restarted(AggregatePlan plan, byte[] state) throws IOException {
        Aggregator aggregator = plan.create();
        assertThat(aggregator.read(new DataInputStream(new ByteArrayInputStream(state))))
                .isTrue();
        aggregator.releaseAll();
        return aggregator;
    }

    @Test
    void keepsProxyCertificateAndHopsOfAGroupOverARestart() throws IOException {
        EntryOrigin proxied = new EntryOrigin("t1", "edge", "tls", "10.0.0.7", 40001, "192.0.2.7", 514, "")
                .through("10.0.0.1", 4711, "CN=host7");
        Aggregator aggregator = LOGINS.create();
        EventBuilder builder = batch.builder();
        builder.begin(proxied, 1, 2, START_NANOS, 1, new byte[0], 0, 0);
        builder.setText(Field.SOURCE_USER_NAME, "ada");
        builder.addText(Field.HOPS, "relay 1 2");
        builder.addText(Field.HOPS, "site 3 4");
        assertThat(aggregator.process(open.on(builder))).isEqualTo(Outcome.HELD);
        builder.discard();
        ByteArrayOutputStream state = new ByteArrayOutputStream();
        aggregator.write(new DataOutputStream(state));
        Aggregate group =
                Objects.requireNonNull(restarted(LOGINS, state.toByteArray()).poll());
        assertThat(group.origin()).isEqualTo(proxied);
        assertThat(group.hops()).containsExactly("relay 1 2", "site 3 4");
    }

    @Test
    void readsAStateThatDoesNotKnowProxiesAndHops() throws IOException {
        Aggregator aggregator = restarted(LOGINS, Base64.getDecoder().decode(STATE_OF_VERSION_2));
        Aggregate group = Objects.requireNonNull(aggregator.poll());
        assertThat(group.count()).isEqualTo(2);
        assertThat(group.origin())
                .isEqualTo(new EntryOrigin("t1", "edge", "tcp", "10.0.0.7", 40001, "192.0.2.7", 514, ""));
        assertThat(group.hops()).isEmpty();
        assertThat(aggregator.poll()).isNull();
    }

    @Test
    void refusesAStateOfAVersionToCome() {
        assertThatThrownBy(() -> PLAN.create().read(new DataInputStream(new ByteArrayInputStream(new byte[] {99}))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version=99");
    }
}
