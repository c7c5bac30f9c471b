package io.tocsin.correlator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Rules that change tables and order events of the same second by a number, with unique fields,
/// recovery, timeout and each way of keeping events: what they tell and do is that of one walk through
/// the events in order, done once.
class OrderedStrictRulesTest {
    private static final long START = 1_700_000_000_000L;
    private static final long LATENESS = 5_000;
    private static final long WINDOW = 40_000;
    private static final int CROWD = 104;

    private static final String RULES = """
            kind: active-list
            name: done
            spec: { ttl: 20h }
            ---
            kind: rule
            name: few
            spec:
              type: standard
              description: three users fail and none succeeds
              lateness: 5s
              orderBy: DeviceCustomNumber1
              selectors:
                - { alias: tries, filter: "EventOutcome = 'failure'", threshold: 3, unique: [DestinationUserName] }
                - { alias: cleared, filter: "EventOutcome = 'success'", recovery: true }
              window: 40s
              identical: [SourceAddress]
              actions:
                onEveryThreshold:
                  activeLists:
                    - { list: done, operation: sum, key: [SourceAddress], values: { few: 1 } }
                onTimeout:
                  activeLists:
                    - { list: done, operation: sum, key: [SourceAddress], values: { ended: 1 } }
            ---
            kind: rule
            name: crowd
            spec:
              type: standard
              description: many events
              lateness: 5s
              orderBy: DeviceCustomNumber1
              keepEvents: KEEP
              selectors:
                - { filter: "DestinationUserName != ''", threshold: 104 }
              window: 40s
              identical: [SourceAddress]
              actions:
                onEveryThreshold:
                  activeLists:
                    - { list: done, operation: sum, key: [SourceAddress], values: { crowd: 1 } }
            ---
            kind: rule
            name: single
            spec:
              type: simple
              description: the first success in the order of its second is the one that is told
              lateness: 5s
              orderBy: DeviceCustomNumber1
              variables: { told: "active_list('done', 'second', SourceAddress)" }
              selectors:
                - { filter: "EventOutcome = 'success' AND $told != DeviceCustomNumber2" }
              actions:
                onEveryEvent:
                  activeLists:
                    - list: done
                      operation: set
                      key: [SourceAddress]
                      values: { second: DeviceCustomNumber2 }
            """;

    private record Sample(long second, int order, int number, String address, String user, boolean success) {
        long millis() {
            return START + second * 1_000;
        }

        String id() {
            return EventIds.text(7, number);
        }
    }

    private static RuleSet rules(String keep) {
        LoadedRules loaded = RuleLoader.read("rules", RULES.replace("KEEP", keep), SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        return loaded.ruleSet();
    }

    @Test
    void doesOnceWhatTheModelDoesInEveryOrderBatchAndRestart() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("OrderedStrictRulesTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        Map<String, Integer> told = new TreeMap<>();
        Map<String, RuleSet> sets = new HashMap<>();
        int ended = 0;
        for (int round = 0; round < Integer.getInteger("rounds", 45); round++) {
            String keep = List.of("first", "last", "all").get(round % 3);
            RuleSet rules = sets.computeIfAbsent(keep, OrderedStrictRulesTest::rules);
            List<Sample> samples = samples(random);
            Model model = new Model(keep, samples);
            for (Engine.Mode mode : Engine.Mode.values()) {
                Found found = run(rules, mode, samples, random);
                assertThat(found.lines)
                        .as("%s, %s, seed %d round %d", mode, keep, seed, round)
                        .isEqualTo(model.lines);
                assertThat(found.done)
                        .as("actions, %s, %s, seed %d round %d", mode, keep, seed, round)
                        .isEqualTo(model.done);
            }
            ended += (int) model.done.keySet().stream()
                    .filter(name -> name.endsWith("ended"))
                    .count();
            model.lines.forEach(line -> told.merge(line.substring(0, line.indexOf(' ')), 1, Integer::sum));
        }
        assertThat(told.keySet()).containsExactlyInAnyOrder("few", "crowd", "single");
        assertThat(told.values()).allMatch(count -> count > 5);
        assertThat(ended).isGreaterThan(10);
    }

    private static List<Sample> samples(Random random) {
        List<Sample> samples = new ArrayList<>();
        long second = 0;
        int count = 150 + random.nextInt(300);
        int pace = 4 + random.nextInt(26);
        for (int i = 0; i < count; i++) {
            second += random.nextInt(pace) == 0 ? 1 + random.nextInt(4) : 0;
            samples.add(new Sample(
                    second,
                    random.nextInt(6),
                    i,
                    "10.0.0." + random.nextInt(2),
                    "user" + random.nextInt(5),
                    random.nextInt(30) == 0));
        }
        return samples;
    }

    /// @param lines what was told
    /// @param done what the table holds at the end
    private record Found(List<String> lines, Map<String, String> done) {}

    private static Found run(RuleSet rules, Engine.Mode mode, List<Sample> samples, Random random) {
        List<Sample> order = new ArrayList<>(samples);
        Collections.shuffle(order, random);
        if (mode == Engine.Mode.STREAM) {
            Map<Sample, Long> arrival = new HashMap<>();
            samples.forEach(each -> arrival.put(each, each.millis() + random.nextLong(LATENESS)));
            order.sort(Comparator.comparing(arrival::get));
        }
        Engine engine = new Engine(rules, mode);
        List<String> lines = new ArrayList<>();
        int at = 0;
        while (at < order.size()) {
            int end = Math.min(order.size(), at + 1 + random.nextInt(20));
            EventBatch batch = new EventBatch();
            order.subList(at, end).forEach(each -> add(batch, each));
            Correlations found = new Correlations();
            engine.process(batch, found);
            collect(found, lines);
            at = end;
            if (mode == Engine.Mode.STREAM && random.nextInt(6) == 0) {
                StateWriter out = new StateWriter();
                engine.write(out);
                engine = new Engine(rules, mode);
                engine.read(new StateReader(out.toBytes()));
            }
        }
        Correlations last = new Correlations();
        engine.finish(last);
        collect(last, lines);
        Map<String, String> done = new TreeMap<>();
        Objects.requireNonNull(engine.tables().records("done"))
                .forEach(record -> record.values()
                        .forEach((field, values) ->
                                done.put(record.key().getFirst() + " " + field, String.join(",", values))));
        return new Found(lines.stream().sorted().toList(), done);
    }

    private static void add(EventBatch batch, Sample sample) {
        EventBuilder event = batch.builder();
        byte[] raw = {};
        EntryOrigin origin = EntryOrigin.local("test", "test", "");
        event.begin(origin, 7, sample.number(), sample.millis() * 1_000_000, 0, raw, 0, 0);
        event.setInteger(Field.TYPE, 1);
        event.setInteger(Field.DEVICE_RECEIPT_TIME, sample.millis());
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, sample.order());
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_2, sample.second());
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
            String address = event.text(Field.SOURCE_ADDRESS);
            lines.add(line(
                    hit.ruleId(),
                    address == null ? "" : address,
                    hit.endMillis(),
                    hit.baseEventCount(),
                    hit.baseEventIds()));
        }
    }

    private static String line(String rule, String address, long end, int total, List<String> ids) {
        return rule + " " + (rule.equals("single") ? "" : address + " ") + (end - START) + " " + total + " " + ids;
    }

    /// The same rules, written for clarity: one walk through the events in order.
    private static final class Model {
        final List<String> lines = new ArrayList<>();
        final Map<String, String> done = new TreeMap<>();
        private final String keep;

        Model(String keep, List<Sample> samples) {
            this.keep = keep;
            List<Sample> sorted = samples.stream()
                    .sorted(Comparator.comparingLong(Sample::second)
                            .thenComparingInt(Sample::order)
                            .thenComparingInt(Sample::number))
                    .toList();
            for (String address : Set.of("10.0.0.0", "10.0.0.1")) {
                List<Sample> mine = sorted.stream()
                        .filter(each -> each.address().equals(address))
                        .toList();
                few(address, mine, sorted.getLast().millis());
                crowd(address, mine);
                single(address, mine);
            }
            Collections.sort(lines);
        }

        private void count(String address, String field) {
            done.merge(address + " " + field, "1", (old, one) -> String.valueOf(Long.parseLong(old) + 1));
        }

        private void few(String address, List<Sample> events, long endOfTime) {
            long start = -1;
            List<Sample> members = new ArrayList<>();
            Set<String> users = new HashSet<>();
            List<Sample> standing = new ArrayList<>();
            for (Sample each : events) {
                if (start >= 0 && each.millis() >= start + WINDOW) {
                    ended(address, start, standing, endOfTime);
                    start = -1;
                    members.clear();
                    users.clear();
                    standing.clear();
                }
                if (each.success()) {
                    members.clear();
                    users.clear();
                    standing.clear();
                } else if (users.add(each.user())) {
                    start = start < 0 ? each.millis() : start;
                    members.add(each);
                    if (members.size() == 3) {
                        lines.add(line("few", address, each.millis(), 3, ids(members)));
                        count(address, "few");
                        standing.addAll(members);
                        members.clear();
                        users.clear();
                    }
                }
            }
            if (start >= 0) {
                ended(address, start, standing, endOfTime);
            }
        }

        private void ended(String address, long start, List<Sample> standing, long endOfTime) {
            if (!standing.isEmpty() && start + WINDOW <= endOfTime) {
                List<Sample> kept = standing.subList(0, Math.min(100, standing.size()));
                String line = line("few", address, start + WINDOW, standing.size(), ids(kept));
                lines.add(line);
                count(address, "ended");
            }
        }

        private void crowd(String address, List<Sample> events) {
            long start = -1;
            List<Sample> members = new ArrayList<>();
            for (Sample each : events) {
                if (start >= 0 && each.millis() >= start + WINDOW) {
                    start = -1;
                    members.clear();
                }
                start = start < 0 ? each.millis() : start;
                members.add(each);
                if (members.size() == CROWD) {
                    List<Sample> kept = switch (keep) {
                        case "first" -> members.subList(0, 100);
                        case "last" -> members.subList(CROWD - 100, CROWD);
                        default -> members;
                    };
                    lines.add(line("crowd", address, each.millis(), CROWD, ids(kept)));
                    count(address, "crowd");
                    members.clear();
                }
            }
        }

        private void single(String address, List<Sample> events) {
            long second = -1;
            for (Sample each : events) {
                if (each.success() && each.second() != second) {
                    second = each.second();
                    lines.add(line("single", address, each.millis(), 1, List.of(each.id())));
                    done.put(address + " second", String.valueOf(second));
                }
            }
        }

        private static List<String> ids(List<Sample> samples) {
            return samples.stream().map(Sample::id).toList();
        }
    }
}
