package io.tocsin.correlator.detect;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Durations;
import io.tocsin.config.Position;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.load.FixedTableReader;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleFailure;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs the tests that stand beside rules: `NAME.tests.yaml` beside `NAME.yaml`, see `docs/guides/rules.md`.
///
/// Each test runs twice: as a stream, and as a history that is settled at the end. Both must find as much.
public final class RuleTests {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");
    private static final long START_MILLIS =
            Instant.parse("2026-01-05T08:00:00Z").toEpochMilli();
    private static final int MAXIMUM_REPEAT = 100_000;

    /// What became of one test.
    ///
    /// @param file where the test is written
    /// @param line from 1
    /// @param problem empty when it passed, else what differs
    public record Result(String file, int line, String rule, String test, String problem) {
        public boolean passed() {
            return problem.isEmpty();
        }
    }

    private record EventConfig(String at, int repeat, String every, ConfigNode set) {}

    private record ExpectConfig(int hits, List<ConfigNode> fields) {}

    private record TestConfig(String name, List<EventConfig> events, ExpectConfig expect, int line) {}

    private static final ConfigSpec<EventConfig> EVENT =
            ConfigSpec.of("event", "One event, or several alike.", keys -> {
                var at = keys.text("at", "Time after the start of the test.").defaultTo("0s");
                var repeat = keys.integer(
                                "repeat", "How many of it; {n} in a value counts them from 1.", 1, MAXIMUM_REPEAT)
                        .defaultTo(1);
                var every = keys.text("every", "Time between them.").defaultTo("1s");
                var set = keys.tree("set", "Fields of the event.").required();
                return values -> {
                    for (String key : List.of("at", "every")) {
                        String text = values.get(key.equals("at") ? at : every);
                        if (Durations.parse(text) == null) {
                            values.refuse(key, "not a duration such as 30s [" + key + "=" + text + "]");
                        }
                    }
                    return new EventConfig(values.get(at), values.get(repeat), values.get(every), values.get(set));
                };
            });

    private static final ConfigSpec<ExpectConfig> EXPECT = ConfigSpec.of("expect", "What the rule must find.", keys -> {
        var hits = keys.integer("hits", "Number of hits.", 0, MAXIMUM_REPEAT).required();
        var fields = keys.list("fields", "Fields of the correlation events, in order of the hits.", ValueTypes.TREE)
                .defaultTo(List.of());
        return values -> new ExpectConfig(values.get(hits), values.get(fields));
    });

    private static final ConfigSpec<TestConfig> TEST = ConfigSpec.of("test", "One test of the rule.", keys -> {
        var name = keys.text("name", "What the rule promises.").required();
        var events = keys.list("events", "Events in order of arrival.", ValueTypes.nested(EVENT))
                .required();
        var expect = keys.nested("expect", "What the rule must find.", EXPECT).required();
        return values -> new TestConfig(
                values.get(name),
                values.get(events),
                values.get(expect),
                values.position().line());
    });

    private RuleTests() {}

    /// The tables of the test file, for the manual.
    public static String manual() {
        return TEST.markdown() + "\n" + EVENT.markdown() + "\n" + EXPECT.markdown();
    }

    /// Runs all tests below the paths.
    ///
    /// @throws IOException when a path cannot be read
    public static List<Result> run(List<Path> paths) throws IOException {
        return run(paths, FixedTableReader.WRITTEN);
    }

    /// The same.
    ///
    /// @param reader reads dictionaries and tables
    public static List<Result> run(List<Path> paths, FixedTableReader reader) throws IOException {
        List<Result> results = new ArrayList<>();
        for (Path path : paths) {
            List<Path> files;
            try (Stream<Path> walk = Files.walk(path)) {
                files = walk.filter(RuleTests::isTestFile).sorted().toList();
            }
            for (Path file : files) {
                runFile(file, reader, results);
            }
        }
        return results;
    }

    /// True for a file with tests of a rule: a `.tests.yaml` beside a rule.
    public static boolean isTestFile(Path file) {
        Path rule = ruleOf(file);
        return rule != null && Files.isRegularFile(file) && declaresRule(rule);
    }

    private static @Nullable Path ruleOf(Path tests) {
        String name = tests.getFileName().toString();
        int suffix = name.lastIndexOf(".tests.");
        return suffix < 0 ? null : tests.resolveSibling(name.substring(0, suffix) + name.substring(suffix + 6));
    }

    private static boolean declaresRule(Path file) {
        if (!Files.exists(file)) {
            return false;
        }
        return YamlReader.readAll(file, new Problems()).stream()
                .anyMatch(document -> document instanceof ConfigNode.Mapping mapping
                        && ("rule".equals(mapping.text("kind")) || mapping.get("detection") != null));
    }

    private static void runFile(Path file, FixedTableReader reader, List<Result> results) throws IOException {
        Path ruleFile = ruleOf(file);
        if (ruleFile == null) {
            return;
        }
        LoadedRules loaded = RuleLoader.load(List.of(ruleFile), SigmaTaxonomy.schema(), reader);
        if (loaded.rules().size() != 1 || loaded.failedRules() > 0) {
            String reason = loaded.failures().stream()
                    .map(RuleFailure::toString)
                    .findFirst()
                    .orElse("the file beside the tests holds not exactly one rule [file=" + ruleFile + "]");
            results.add(new Result(file.toString(), 1, "", "", reason));
            return;
        }
        Rule rule = loaded.rules().getFirst();
        Problems problems = new Problems();
        for (ConfigNode document : YamlReader.readAll(file, problems)) {
            ConfigNode list = document instanceof ConfigNode.Mapping mapping ? mapping.get("tests") : null;
            if (!(list instanceof ConfigNode.Sequence sequence)) {
                problems.add(document.position(), "a file of tests holds a list [key=tests]");
                continue;
            }
            for (ConfigNode node : sequence.items()) {
                TestConfig test = TEST.read(node, problems);
                if (test != null) {
                    String problem = run(loaded.ruleSet(), test);
                    results.add(new Result(file.toString(), test.line(), rule.id(), test.name(), problem));
                }
            }
        }
        if (problems.isEmpty()
                && results.stream().noneMatch(result -> result.file().equals(file.toString()))) {
            problems.add(new Position(file.toString(), 1, 1), "a file of tests holds a list [key=tests]");
        }
        for (Problem problem : problems.list()) {
            results.add(new Result(file.toString(), problem.line(), rule.id(), "", problem.message()));
        }
    }

    private static String run(RuleSet rules, TestConfig test) {
        EventBatch batch = new EventBatch();
        String problem = fill(batch, test.events());
        if (problem != null) {
            return problem;
        }
        Correlations found = new Correlations();
        Engine live = new Engine(rules, Engine.Mode.STREAM);
        live.process(batch, found);
        live.finish(found);
        String different = compare(found, test.expect());
        if (!different.isEmpty()) {
            return different;
        }
        Correlations history = new Correlations();
        Engine later = new Engine(rules, Engine.Mode.HISTORY);
        later.process(batch, history);
        later.finish(history);
        different = history.hits().size() == found.hits().size()
                ? ""
                : "hits differ between live and history [live=" + found.hits().size() + ", history="
                        + history.hits().size() + "]";
        return different;
    }

    private static @Nullable String fill(EventBatch batch, List<EventConfig> events) {
        int number = 0;
        for (EventConfig config : events) {
            Duration at = Durations.parse(config.at());
            Duration every = Durations.parse(config.every());
            if (at == null || every == null || !(config.set() instanceof ConfigNode.Mapping fields)) {
                return "an event of a test has fields [key=set]";
            }
            for (int n = 1; n <= config.repeat(); n++) {
                long millis = START_MILLIS + at.toMillis() + every.toMillis() * (n - 1);
                byte[] raw = {};
                batch.builder().begin(ORIGIN, millis << 16, number, millis * 1_000_000, number, raw, 0, 0);
                number++;
                for (ConfigNode.Entry entry : fields.entries()) {
                    List<ConfigNode> values =
                            entry.value() instanceof ConfigNode.Sequence list ? list.items() : List.of(entry.value());
                    for (ConfigNode value : values) {
                        String text = value instanceof ConfigNode.Scalar scalar ? scalar.text() : "";
                        String wrong =
                                EventText.set(batch.builder(), entry.name(), text.replace("{n}", Integer.toString(n)));
                        if (wrong != null) {
                            batch.builder().discard();
                            return wrong;
                        }
                    }
                }
                batch.builder().commit();
            }
        }
        return null;
    }

    private static String compare(Correlations found, ExpectConfig expect) {
        if (found.hits().size() != expect.hits()) {
            return "number of hits differs [expected=" + expect.hits() + ", found="
                    + found.hits().size() + "]"
                    + (found.isEmpty() ? "" : ": " + found.hits().getFirst().summary());
        }
        Event event = new Event();
        for (int i = 0; i < expect.fields().size(); i++) {
            if (i >= found.hits().size() || !(expect.fields().get(i) instanceof ConfigNode.Mapping fields)) {
                return "fields are expected of a hit that is not there [hit=" + (i + 1) + "]";
            }
            event.moveTo(found.events(), i);
            for (ConfigNode.Entry entry : fields.entries()) {
                String expected = entry.value() instanceof ConfigNode.Scalar scalar ? scalar.text() : "";
                FieldReference reference = FieldReference.byName(entry.name());
                Field field = reference instanceof FieldReference.Fixed fixed ? fixed.field() : null;
                if (field == null) {
                    return "unknown field [field=" + entry.name() + "]" + FieldReference.hint(entry.name());
                }
                String actual = event.text(field);
                if (!expected.equals(actual == null ? "" : actual)) {
                    return "field of hit " + (i + 1) + " differs [field=" + entry.name() + ", expected=" + expected
                            + ", found=" + actual + "]";
                }
            }
        }
        return "";
    }

    /// Number of tests by outcome, for a summary line.
    public static Map<String, Long> count(List<Result> results) {
        long passed = results.stream().filter(Result::passed).count();
        return Map.of("passed", passed, "failed", results.size() - passed);
    }
}
