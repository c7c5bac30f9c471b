package io.tocsin.correlator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.correlator.table.TableRecord;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Rules with tables, loops, variables and rate limits: the same answer in every order, batch cut and restart, and the
/// answer that a model gives which goes through the events once.
final class StrictRulesTest {
    private static final long START = 1_000_000_000L;
    private static final long LATENESS = 5_000;

    private static final String RULES = """
            kind: active-list
            name: reported
            spec: { ttl: 20s }
            ---
            kind: active-list
            name: failures
            spec: { ttl: 10s }
            ---
            kind: context-table
            name: users
            spec:
              ttl: 30s
              fields:
                - { name: address, key: true }
                - { name: names, list: true }
                - { name: hits, type: integer }
            ---
            kind: rule-variables
            name: shared
            spec:
              variables:
                user: to_lower(DestinationUserName)
            ---
            kind: rule
            name: count-failures
            spec:
              type: operational
              description: counts failures by address
              lateness: 5s
              selectors:
                - filter: EventOutcome = 'failure'
              actions:
                onEveryEvent:
                  activeLists:
                    - { list: failures, operation: sum, key: [SourceAddress], values: { count: 1 } }
                  contextTables:
                    - table: users
                      operation: merge
                      key: { address: SourceAddress }
                      values: { names: $user }
            ---
            kind: rule
            name: success-after-failures
            spec:
              type: simple
              description: a success after three failures of which none is older than the others by much
              lateness: 5s
              variables:
                failed: active_list('failures', 'count', SourceAddress)
                known: in_active_list('reported', SourceAddress)
                names: len(distinct_items(context_table('users', 'names', 'address', SourceAddress)))
              selectors:
                - filter: EventOutcome = 'success' AND $failed >= 3 AND $known = 'false'
              propagated: [SourceAddress, $user]
              actions:
                onEveryEvent:
                  loop: true
                  activeLists:
                    - { list: reported, operation: set, key: [SourceAddress], values: { by: "'rule'" } }
                    - { list: failures, operation: get, key: [SourceAddress], into: { count: DeviceCustomNumber1 } }
                  enrichment:
                    - { field: DeviceCustomString1, value: $names }
              summary: "{$user} after {SourceAddress}"
            ---
            kind: rule
            name: after-report
            spec:
              type: standard
              description: a report and then another success of the same address
              lateness: 5s
              sequence: true
              selectors:
                - alias: report
                  filter: Type = 3 AND CorrelationRuleID = 'success-after-failures'
                - alias: again
                  filter: EventOutcome = 'success' AND Type != 3
              window: 15s
              identical: [SourceAddress]
              actions: { onEveryThreshold: { alert: true } }
            ---
            kind: rule
            name: forgotten
            spec:
              type: simple
              description: a report has expired
              lateness: 5s
              selectors:
                - filter: DeviceEventClassID = 'active-list-record-expired' AND Type = 5 AND DeviceExternalID = 'reported'
              propagated: [DevicePayloadID]
            ---
            kind: rule
            name: limited
            spec:
              type: simple
              description: tells at most two failures a second
              lateness: 5s
              rateLimit: 2
              selectors:
                - filter: EventOutcome = 'failure'
              actions: { onEveryEvent: { alert: false } }
            """;

    private record Sample(long time, int number, String address, String user, boolean success) {}

    private static RuleSet rules() {
        LoadedRules loaded = RuleLoader.read("rules", RULES, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        return loaded.ruleSet();
    }

    @Test
    void givesTheAnswerOfTheModelInEveryOrderBatchAndRestart() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("StrictRulesTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        RuleSet rules = rules();
        Map<String, Integer> found = new TreeMap<>();
        for (int round = 0; round < Integer.getInteger("rounds", 60); round++) {
            List<Sample> samples = samples(random);
            List<String> expected = model(samples);
            List<String> history = run(rules, shuffled(samples, random), Engine.Mode.HISTORY, random);
            same(history, expected, "history, seed " + seed + " round " + round);
            List<String> stream = run(rules, delayed(samples, random), Engine.Mode.STREAM, random);
            same(stream, expected, "stream, seed " + seed + " round " + round);
            expected.forEach(each -> found.merge(each.substring(0, each.indexOf(' ')), 1, Integer::sum));
        }
        assertThat(found.keySet())
                .containsExactlyInAnyOrder(
                        "success-after-failures", "after-report", "forgotten", "limited", "limited-suppressed");
    }

    private static void same(List<String> found, List<String> expected, String description) {
        List<String> missing = new ArrayList<>(expected);
        missing.removeAll(found);
        List<String> surplus = new ArrayList<>(found);
        surplus.removeAll(expected);
        assertThat(missing).as("missing: %s, surplus: %s", description, surplus).isEmpty();
        assertThat(surplus).as("surplus: %s", description).isEmpty();
        assertThat(found).as(description).isEqualTo(expected);
    }

    private static List<Sample> samples(Random random) {
        List<Sample> samples = new ArrayList<>();
        long time = START;
        int count = 50 + random.nextInt(150);
        // Sources write whole seconds: then many events are of the same time, and records expire just at it.
        long unit = random.nextInt(3) == 0 ? 1_000 : 1;
        for (int i = 0; i < count; i++) {
            time += random.nextInt(10) == 0 ? random.nextInt(12_000) : random.nextInt(700);
            samples.add(new Sample(
                    time / unit * unit,
                    i,
                    "10.0.0." + random.nextInt(3),
                    (random.nextBoolean() ? "User" : "user") + random.nextInt(4),
                    random.nextInt(4) == 0));
        }
        return samples;
    }

    private static List<Sample> shuffled(List<Sample> samples, Random random) {
        List<Sample> order = new ArrayList<>(samples);
        Collections.shuffle(order, random);
        return order;
    }

    private static List<Sample> delayed(List<Sample> samples, Random random) {
        Map<Sample, Long> arrival = new HashMap<>();
        samples.forEach(each -> arrival.put(each, each.time() + random.nextLong(LATENESS)));
        List<Sample> order = shuffled(samples, random);
        order.sort(Comparator.comparing(arrival::get));
        return order;
    }

    private static List<String> run(RuleSet rules, List<Sample> samples, Engine.Mode mode, Random random) {
        Engine engine = new Engine(rules, mode);
        List<String> lines = new ArrayList<>();
        int at = 0;
        while (at < samples.size()) {
            int end = Math.min(samples.size(), at + 1 + random.nextInt(9));
            EventBatch batch = new EventBatch();
            samples.subList(at, end).forEach(each -> add(batch, each));
            Correlations found = new Correlations();
            engine.process(batch, found);
            collect(found, lines);
            at = end;
            if (mode == Engine.Mode.STREAM && random.nextInt(6) == 0) {
                StateWriter out = new StateWriter();
                engine.write(out);
                StateReader in = new StateReader(out.toBytes());
                engine = new Engine(rules, mode);
                engine.read(in);
                assertThat(in.isExhausted()).isTrue();
            }
        }
        Correlations last = new Correlations();
        engine.finish(last);
        collect(last, lines);
        return lines.stream().sorted().toList();
    }

    private static void add(EventBatch batch, Sample sample) {
        EventBuilder event = batch.builder();
        byte[] raw = {};
        EntryOrigin origin = EntryOrigin.local("test", "test", "");
        event.begin(origin, 7, sample.number(), sample.time() * 1_000_000, 0, raw, 0, 0);
        event.setInteger(Field.TYPE, 1);
        event.setInteger(Field.DEVICE_RECEIPT_TIME, sample.time());
        event.setText(Field.SOURCE_ADDRESS, sample.address());
        event.setText(Field.DESTINATION_USER_NAME, sample.user());
        event.setText(Field.EVENT_OUTCOME, sample.success() ? "success" : "failure");
        event.commit();
    }

    private static void collect(Correlations found, List<String> lines) {
        Event event = new Event();
        for (int i = 0; i < found.hits().size(); i++) {
            event.moveTo(found.events(), i);
            Hit hit = found.hits().get(i);
            assertThat(hit.change()).isEqualTo(Hit.Change.NEW);
            String rule = hit.ruleId();
            if (hit.summary().contains("not told")) {
                lines.add(rule + "-suppressed " + hit.startMillis() + " " + hit.baseEventCount());
                continue;
            }
            String more = switch (rule) {
                case "success-after-failures" ->
                    " " + hit.summary() + " " + event.integer(Field.DEVICE_CUSTOM_NUMBER_1, -1) + " "
                            + event.text(Field.DEVICE_CUSTOM_STRING_1);
                case "forgotten" -> " " + event.text(Field.DEVICE_PAYLOAD_ID);
                case "after-report" -> " " + event.text(Field.SOURCE_ADDRESS);
                default -> "";
            };
            lines.add(rule + " " + hit.endMillis() + more);
        }
    }

    /// The same rules, written for clarity: one walk through the events in order.
    private static List<String> model(List<Sample> samples) {
        List<String> lines = new ArrayList<>();
        Map<String, long[]> failures = new HashMap<>();
        Map<String, Map.Entry<Long, List<String>>> users = new HashMap<>();
        Map<String, Long> reported = new LinkedHashMap<>();
        Map<String, long[]> reports = new HashMap<>();
        Map<Long, int[]> perSecond = new TreeMap<>();
        List<Sample> sorted = samples.stream()
                .sorted(Comparator.comparingLong(Sample::time).thenComparingInt(Sample::number))
                .toList();
        long end = sorted.getLast().time();
        for (Sample each : sorted) {
            forget(reported, each.time(), lines);
            String address = each.address();
            if (failures.containsKey(address) && failures.get(address)[1] <= each.time()) {
                failures.remove(address);
            }
            if (users.containsKey(address) && users.get(address).getKey() <= each.time()) {
                users.remove(address);
            }
            if (!each.success()) {
                long[] count = failures.computeIfAbsent(address, absent -> new long[2]);
                count[0]++;
                count[1] = each.time() + 10_000;
                List<String> names = users.containsKey(address)
                        ? new ArrayList<>(users.get(address).getValue())
                        : new ArrayList<>();
                String name = each.user().toLowerCase(java.util.Locale.ROOT);
                if (!names.contains(name)) {
                    names.add(name);
                }
                users.put(address, Map.entry(each.time() + 30_000, names));
                int[] second = perSecond.computeIfAbsent(each.time() / 1000, absent -> new int[1]);
                if (++second[0] <= 2) {
                    lines.add("limited " + each.time());
                }
                continue;
            }
            boolean reports3 = failures.containsKey(address) && failures.get(address)[0] >= 3;
            boolean isNew = reports3 && !reported.containsKey(address);
            if (isNew) {
                reported.put(address, each.time() + 20_000);
                int names = users.containsKey(address)
                        ? users.get(address).getValue().size()
                        : 0;
                lines.add("success-after-failures " + each.time() + " "
                        + each.user().toLowerCase(java.util.Locale.ROOT) + " after " + address + " "
                        + Objects.requireNonNull(failures.get(address))[0] + " " + names);
            }
            // The bucket of an address: its beginning, and 1 when a report waits for a success.
            long[] bucket = reports.get(address);
            if (bucket != null && each.time() >= bucket[0] + 15_000) {
                reports.remove(address);
                bucket = null;
            }
            if (bucket != null && bucket[1] == 1) {
                lines.add("after-report " + each.time() + " " + address);
                bucket[1] = 0;
            }
            if (isNew) {
                if (bucket == null) {
                    reports.put(address, new long[] {each.time(), 1});
                } else {
                    bucket[1] = 1;
                }
            }
        }
        forget(reported, end, lines);
        perSecond.forEach((second, count) -> {
            if (count[0] > 2) {
                lines.add("limited-suppressed " + second * 1000 + " " + (count[0] - 2));
            }
        });
        return lines.stream().sorted().toList();
    }

    private static void forget(Map<String, Long> reported, long now, List<String> lines) {
        reported.entrySet().removeIf(entry -> {
            if (entry.getValue() <= now) {
                lines.add("forgotten " + entry.getValue() + " " + entry.getKey());
                return true;
            }
            return false;
        });
    }

    @Test
    void keepsRecordsForRulesAndPeopleToSee() {
        Engine engine = new Engine(rules(), Engine.Mode.HISTORY);
        EventBatch batch = new EventBatch();
        for (int i = 0; i < 4; i++) {
            add(batch, new Sample(START + i * 1000L, i, "10.0.0.1", "User" + i % 2, false));
        }
        Correlations found = new Correlations();
        engine.process(batch, found);
        engine.finish(found);
        List<TableRecord> records = Objects.requireNonNull(engine.tables().records("failures"));
        assertThat(records).hasSize(1);
        assertThat(records.getFirst().key()).containsExactly("10.0.0.1");
        assertThat(records.getFirst().values()).containsEntry("count", List.of("4"));
        assertThat(records.getFirst().updates()).isEqualTo(3);
        assertThat(Objects.requireNonNull(engine.tables().records("users"))
                        .getFirst()
                        .values())
                .containsEntry("names", List.of("user0", "user1"));
    }
}
