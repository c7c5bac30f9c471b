package io.tocsin.correlator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.correlator.table.TableChange;
import io.tocsin.correlator.table.TableRecord;
import io.tocsin.correlator.table.Tables;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Changes of tables by people among the events of rules that read and write the same tables.
final class TableChangesTest {
    private static final long START = 1_000_000_000L;
    private static final long LATENESS = 5_000;
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");

    private static final String SHARING = """
        kind: active-list
        name: seen
        spec: { ttl: 1h, scope: shared }
        ---
        kind: rule
        name: count
        spec:
          type: operational
          description: counts events by address
          lateness: 5s
          selectors: [ { filter: EventOutcome = 'failure' } ]
          actions:
            onEveryEvent:
              activeLists: [ { list: seen, operation: sum, key: [SourceAddress], values: { count: 1 } } ]
        """;

    private static final String RULES = """
        kind: active-list
        name: allowed
        spec: { ttl: 8s }
        ---
        kind: active-list
        name: seen
        spec: { ttl: 0s }
        ---
        kind: rule
        name: count
        spec:
          type: operational
          description: counts events by address
          lateness: 5s
          selectors: [ { filter: EventOutcome = 'failure' } ]
          actions:
            onEveryEvent:
              activeLists: [ { list: seen, operation: sum, key: [SourceAddress], values: { count: 1 } } ]
        ---
        kind: rule
        name: not-allowed
        spec:
          type: simple
          description: an address that nobody allowed
          lateness: 5s
          variables:
            count: active_list('seen', 'count', SourceAddress)
          selectors: [ { filter: "EventOutcome = 'failure' AND NOT inActiveList('allowed', SourceAddress)" } ]
          actions: { onEveryEvent: { enrichment: [ { field: DeviceCustomString1, value: $count } ] } }
          propagated: [SourceAddress]
        """;

    /// @param change null for an event
    private record Step(long time, int number, String address, TableChange.@Nullable Operation change, long at) {}

    private static RuleSet rules() {
        LoadedRules loaded = RuleLoader.read("rules", RULES, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        return loaded.ruleSet();
    }

    private static List<Step> steps(Random random, boolean timed) {
        List<Step> steps = new ArrayList<>();
        long time = START;
        int count = 30 + random.nextInt(120);
        long unit = random.nextInt(3) == 0 ? 1_000 : 1;
        for (int i = 0; i < count; i++) {
            time += random.nextInt(10) == 0 ? random.nextInt(9_000) : random.nextInt(900);
            long at = time / unit * unit;
            String address = "10.0.0." + random.nextInt(3);
            TableChange.@Nullable Operation change = switch (random.nextInt(9)) {
                case 0, 1 -> TableChange.Operation.PUT;
                case 2 -> TableChange.Operation.DELETE;
                case 3 -> random.nextInt(3) == 0 ? TableChange.Operation.CLEAR : TableChange.Operation.PUT;
                default -> null;
            };
            steps.add(new Step(at, i, address, change, timed ? at : 0));
        }
        return steps;
    }

    private static void add(EventBatch batch, Step step) {
        if (step.change() != null) {
            List<TableChange.Row> rows = step.change() == TableChange.Operation.CLEAR
                    ? List.of()
                    : List.of(new TableChange.Row(
                            List.of(step.address()), Map.of("by", List.of("number " + step.number()))));
            new TableChange("allowed", step.change(), rows, step.time(), step.at(), "somebody")
                    .addTo(batch, ORIGIN, 7, step.number(), step.time() * 1_000_000);
            return;
        }
        EventBuilder event = batch.builder();
        byte[] raw = {};
        event.begin(ORIGIN, 7, step.number(), step.time() * 1_000_000, 0, raw, 0, 0);
        event.setInteger(Field.TYPE, 1);
        event.setInteger(Field.DEVICE_RECEIPT_TIME, step.time());
        event.setText(Field.SOURCE_ADDRESS, step.address());
        event.setText(Field.EVENT_OUTCOME, "failure");
        event.commit();
    }

    private static List<String> run(RuleSet rules, List<Step> steps, Random random, boolean restarts) {
        Engine engine = new Engine(rules, Engine.Mode.STREAM);
        List<String> lines = new ArrayList<>();
        int at = 0;
        while (at < steps.size()) {
            int end = Math.min(steps.size(), at + 1 + random.nextInt(9));
            EventBatch batch = new EventBatch();
            steps.subList(at, end).forEach(each -> add(batch, each));
            Correlations found = new Correlations();
            engine.process(batch, found);
            collect(found, lines);
            at = end;
            if (restarts && random.nextInt(4) == 0) {
                StateWriter out = new StateWriter();
                engine.write(out);
                StateReader in = new StateReader(out.toBytes());
                engine = new Engine(rules, Engine.Mode.STREAM);
                engine.read(in);
                assertThat(in.isExhausted()).isTrue();
            }
        }
        Correlations last = new Correlations();
        engine.finish(last);
        collect(last, lines);
        lines.sort(null);
        for (TableRecord record : Objects.requireNonNull(engine.tables().records("allowed"))) {
            lines.add("record " + record);
        }
        return lines;
    }

    private static void collect(Correlations found, List<String> lines) {
        Event event = new Event();
        for (int i = 0; i < found.hits().size(); i++) {
            event.moveTo(found.events(), i);
            lines.add(found.hits().get(i).endMillis() + " " + event.text(Field.SOURCE_ADDRESS) + " "
                    + event.text(Field.DEVICE_CUSTOM_STRING_1));
        }
    }

    /// The same, written for clarity: one walk through everything by time; at one time changes come before events.
    private static List<String> model(List<Step> steps) {
        List<String> lines = new ArrayList<>();
        Map<String, Long> allowed = new HashMap<>();
        Map<String, Integer> seen = new TreeMap<>();
        List<Step> sorted = steps.stream()
                .sorted(Comparator.comparingLong(Step::time)
                        .thenComparing(each -> each.change() == null)
                        .thenComparingInt(Step::number))
                .toList();
        for (Step each : sorted) {
            allowed.values().removeIf(until -> until <= each.time());
            TableChange.@Nullable Operation change = each.change();
            if (change == null) {
                int count = seen.merge(each.address(), 1, Integer::sum);
                if (!allowed.containsKey(each.address())) {
                    lines.add(each.time() + " " + each.address() + " " + count);
                }
            } else if (change == TableChange.Operation.PUT) {
                allowed.put(each.address(), each.time() + 8_000);
            } else if (change == TableChange.Operation.DELETE) {
                allowed.remove(each.address());
            } else {
                allowed.clear();
            }
        }
        return lines.stream().sorted().toList();
    }

    private static List<Step> delayed(List<Step> steps, Random random) {
        Map<Step, Long> arrival = new HashMap<>();
        steps.forEach(each -> arrival.put(each, each.time() + random.nextLong(LATENESS)));
        List<Step> order = new ArrayList<>(steps);
        Collections.shuffle(order, random);
        order.sort(Comparator.comparing(arrival::get));
        return order;
    }

    @Test
    void takesTimedChangesAtTheirPlaceInEveryOrderBatchAndRestart() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("TableChangesTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        RuleSet rules = rules();
        for (int round = 0; round < Integer.getInteger("rounds", 60); round++) {
            List<Step> steps = steps(random, true);
            List<String> found = run(rules, delayed(steps, random), random, true);
            found.removeIf(line -> line.startsWith("record"));
            assertThat(found).as("seed %d round %d", seed, round).isEqualTo(model(steps));
        }
    }

    @Test
    void takesOtherChangesAtTheirPlaceInTheLogWhateverRestarts() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("TableChangesTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        RuleSet rules = rules();
        for (int round = 0; round < Integer.getInteger("rounds", 60); round++) {
            List<Step> log = delayed(steps(random, false), random);
            List<String> once = run(rules, log, random, false);
            assertThat(run(rules, log, random, true))
                    .as("seed %d round %d", seed, round)
                    .isEqualTo(once);
        }
    }

    private static Engine engine(String tables) {
        LoadedRules loaded = RuleLoader.read("tables", tables, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        return new Engine(loaded.ruleSet(), Engine.Mode.STREAM);
    }

    private static void change(
            Engine engine, TableChange.Operation operation, long time, String table, List<TableChange.Row> rows) {
        EventBatch batch = new EventBatch();
        new TableChange(table, operation, rows, time, 0, "somebody").addTo(batch, ORIGIN, 8, time, time * 1_000_000);
        engine.process(batch, new Correlations());
    }

    private static TableChange.Row row(String key, String... values) {
        return new TableChange.Row(List.of(key), values.length == 0 ? Map.of() : Map.of("v", List.of(values)));
    }

    private static List<String> keys(Engine engine, String table) {
        return Objects.requireNonNull(engine.tables().records(table)).stream()
                .map(record -> record.key().getFirst())
                .sorted()
                .toList();
    }

    @Test
    void replacesWhatAFileDoesNotNameWithoutAnEmptyMoment() {
        Engine engine = engine("kind: active-list\nname: a\nspec: { ttl: 0s }\n");
        change(engine, TableChange.Operation.PUT, START, "a", List.of(row("old", "1"), row("both", "1")));
        change(engine, TableChange.Operation.PUT, START + 10, "a", List.of(row("both", "2")));
        change(engine, TableChange.Operation.PUT, START + 10, "a", List.of(row("new", "2")));
        assertThat(keys(engine, "a")).containsExactly("both", "new", "old");
        change(engine, TableChange.Operation.KEEP_SINCE, START + 10, "a", List.of());
        assertThat(keys(engine, "a")).containsExactly("both", "new");
        change(engine, TableChange.Operation.CLEAR, START + 11, "a", List.of());
        assertThat(keys(engine, "a")).isEmpty();
        assertThat(engine.tables().bytes()).isZero();
        change(engine, TableChange.Operation.CLEAR, START + 12, "gone", List.of());
        assertThat(engine.tables().unknownChanges()).isOne();
    }

    @Test
    void forgetsRecordsInTheOrderOfTheirEndsWhereNoRuleReadsThem() {
        Engine engine = engine("kind: active-list\nname: a\nspec: { ttl: 10s }\n");
        change(engine, TableChange.Operation.PUT, START + 9_000, "a", List.of(row("written first, goes last")));
        change(engine, TableChange.Operation.PUT, START, "a", List.of(row("goes first")));
        EventBatch batch = new EventBatch();
        add(batch, new Step(START + 10_000, 1, "10.0.0.1", null, 0));
        engine.process(batch, new Correlations());
        add(batch, new Step(START + 10_001, 2, "10.0.0.1", null, 0));
        engine.process(batch, new Correlations());
        assertThat(keys(engine, "a")).containsExactly("written first, goes last");
        assertThat(engine.tables().figures().getFirst().expired()).isOne();
    }

    @Test
    void readsNoDamagedChangeAndNeverFails() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("TableChangesTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        Engine engine = engine("kind: active-list\nname: a\nspec: { maximumRecords: 100 }\n");
        for (int round = 0; round < 3_000; round++) {
            EventBatch whole = new EventBatch();
            new TableChange(
                            "a",
                            TableChange.Operation.PUT,
                            List.of(row("key", "x", "y"), row("k".repeat(random.nextInt(50) + 1))),
                            START,
                            0,
                            "somebody")
                    .addTo(whole, ORIGIN, 1, 1, 0);
            Event event = new Event().moveTo(whole, 0);
            byte[] raw = java.util.Arrays.copyOfRange(
                    event.arena(), event.rawOffset(), event.rawOffset() + event.rawLength());
            assertThat(TableChange.of(event)).isNotNull();
            for (int i = random.nextInt(4); i >= 0; i--) {
                raw[random.nextInt(raw.length)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(4) == 0 ? random.nextInt(raw.length) : raw.length;
            EventBatch damaged = new EventBatch();
            EventBuilder builder = damaged.builder();
            builder.begin(ORIGIN, 1, 2, 0, 0, raw, 0, length);
            builder.setFlag(EventBatch.FLAG_TABLE_CHANGE);
            builder.commit();
            engine.process(damaged, new Correlations());
            assertThat(engine.tables().records("a"))
                    .as("seed %d round %d", seed, round)
                    .hasSizeLessThanOrEqualTo(100);
        }
    }

    @Test
    void boundsTheMemoryOfTablesAndSaysWhatItCost() {
        Engine engine = engine("kind: active-list\nname: a\nspec: { maximumRecords: 1000000 }\n");
        engine.limitMemory(1 << 20);
        for (int i = 0; i < 100; i++) {
            List<TableChange.Row> rows = new ArrayList<>();
            for (int k = 0; k < 100; k++) {
                rows.add(row("key " + i + " " + k, "value " + k));
            }
            change(engine, TableChange.Operation.PUT, START + i, "a", rows);
            assertThat(engine.heldBytes()).isLessThanOrEqualTo(1 << 20);
        }
        Tables.Figures figures = engine.tables().figures().getFirst();
        assertThat(figures.evicted() + figures.records()).isEqualTo(10_000);
        assertThat(figures.records()).isBetween(1_000, 9_000);
        assertThat(keys(engine, "a")).contains("key 99 99").doesNotContain("key 0 0");
    }

    @Test
    void tellsOtherCorrelatorsWhatItsRulesWriteAndCountsItOnceWhenItComesBack() {
        LoadedRules loaded = RuleLoader.read("rules", SHARING, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        Engine writer = new Engine(loaded.ruleSet(), Engine.Mode.STREAM);
        writer.share(1);
        Engine other = new Engine(loaded.ruleSet(), Engine.Mode.STREAM);
        other.share(2);
        EventBatch batch = new EventBatch();
        for (int i = 0; i < 3; i++) {
            add(batch, new Step(START + i, i, "10.0.0.1", null, 0));
        }
        add(batch, new Step(START + 60_000, 3, "10.0.0.2", null, 0));
        Correlations found = new Correlations();
        writer.process(batch, found);

        assertThat(found.hits()).isEmpty();
        assertThat(found.isEmpty()).isFalse();
        assertThat(found.events().count()).isEqualTo(3);
        Event event = new Event().moveTo(found.events(), 2);
        assertThat(event.text(Field.DEVICE_EVENT_CLASS_ID)).isEqualTo("table-changed");
        assertThat(event.text(Field.DEVICE_PAYLOAD_ID)).isEqualTo("10.0.0.1");
        for (Engine engine : List.of(other, writer)) {
            engine.process(found.events(), new Correlations());
            TableRecord record = engine.tables().record("seen", List.of("10.0.0.1"));
            assertThat(Objects.requireNonNull(record).values()).containsEntry("count", List.of("3"));
            assertThat(record.updatedMillis()).isEqualTo(START + 2);
            assertThat(record.expiresMillis()).isEqualTo(START + 2 + 3_600_000);
        }
        assertThat(writer.tables().openWrites()).isZero();
    }
}
