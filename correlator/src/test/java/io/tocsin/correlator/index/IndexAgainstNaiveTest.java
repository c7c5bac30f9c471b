package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Folding;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Wildcards;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Compares the index with evaluating every filter by itself on strings.
class IndexAgainstNaiveTest {
    /// Fewer where the tests run thousands of times.
    private static final int ROUNDS = Integer.getInteger("rounds", 60);

    private static final List<FieldReference> FIELDS = List.of(
            FieldReference.of(DynamicKind.EXTRA, "CommandLine"),
            FieldReference.of(DynamicKind.EXTRA, "Image"),
            FieldReference.of(Field.SOURCE_USER_NAME),
            FieldReference.of(Field.DESTINATION_PORT));

    private static final FieldReference CHANNEL = FieldReference.of(DynamicKind.EXTRA, "Channel");

    /// The filter, and where its events must come from, as rules say it.
    static Filter withSource(Random random, Filter filter) {
        Filter channel = new Filter.Test(
                CHANNEL,
                random.nextInt(6) == 0 ? new Match.Present() : new Match.Same(CHANNELS.get(random.nextInt(4)), true));
        return switch (random.nextInt(4)) {
            case 0 -> filter;
            case 1 -> Filter.all(List.of(Filter.not(channel), filter));
            default -> Filter.all(List.of(channel, filter));
        };
    }

    private static final List<String> CHANNELS = List.of("Security", "System", "äther", "", "other");

    /// Pieces of which values and patterns are made, so that patterns are often found.
    private static final List<String> PIECES = List.of(
            "a",
            "B",
            "ab",
            "\\cmd.exe",
            "power",
            "Shell",
            " -e",
            "/",
            "ä",
            "Ä",
            "Σ",
            "Ж",
            "İ",
            "€",
            "12",
            "x",
            "..",
            "system32",
            "TokenPriv",
            "");

    @Test
    void findsExactlyTheFiltersThatHold() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("IndexAgainstNaiveTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        int matches = 0;
        int evaluated = 0;
        int possible = 0;
        for (int round = 0; round < ROUNDS; round++) {
            List<Filter> filters = new ArrayList<>();
            FilterIndex index = new FilterIndex(new FieldTable());
            RoutedIndex routed = new RoutedIndex(new FieldTable());
            for (int i = 0; i < 100; i++) {
                Filter filter = withSource(random, filter(random, 3));
                filters.add(filter);
                index.add(filter);
                routed.add(filter);
            }
            index.build();
            routed.build();
            assertThat(routed.routingFields()).contains(CHANNEL);
            RoutedEvaluation byRoute = routed.newEvaluation();
            Evaluation evaluation = index.newEvaluation();
            // It learns from the first half of the events and is arranged anew for the second one.
            HitRates rates = index.newRates();
            Evaluation learning = index.newEvaluation();
            learning.learn(rates);
            for (int e = 0; e < 60; e++) {
                if (e == 30) {
                    learning = index.relearned(rates).newEvaluation();
                }
                Map<FieldReference, List<String>> values = new HashMap<>();
                EventBatch batch = new EventBatch();
                event(random, batch, values);
                evaluation.moveTo(batch, 0);
                List<Integer> actual = new ArrayList<>();
                for (int f = evaluation.nextMatch(0); f >= 0; f = evaluation.nextMatch(f + 1)) {
                    actual.add(f);
                }
                learning.moveTo(batch, 0);
                List<Integer> actualWhenLearned = new ArrayList<>();
                for (int f = learning.nextMatch(0); f >= 0; f = learning.nextMatch(f + 1)) {
                    actualWhenLearned.add(f);
                }
                byRoute.moveTo(batch, 0);
                List<Integer> actualByRoute = new ArrayList<>();
                for (int f = byRoute.nextMatch(0); f >= 0; f = byRoute.nextMatch(f + 1)) {
                    actualByRoute.add(f);
                }
                List<Integer> expected = new ArrayList<>();
                for (int f = 0; f < filters.size(); f++) {
                    if (holds(filters.get(f), values)) {
                        expected.add(f);
                    }
                }
                assertThat(actual)
                        .as("seed %d round %d event %s", seed, round, values)
                        .isEqualTo(expected);
                assertThat(actualWhenLearned)
                        .as("learning, seed %d round %d event %s", seed, round, values)
                        .isEqualTo(expected);
                assertThat(actualByRoute)
                        .as("by route, seed %d round %d event %s", seed, round, values)
                        .isEqualTo(expected);
                matches += expected.size();
                possible += filters.size();
            }
            evaluated += (int) evaluation.evaluatedFilters();
        }
        assertThat(matches).isPositive();
        assertThat(evaluated).isLessThan(possible);
    }

    static void event(Random random, EventBatch batch, Map<FieldReference, List<String>> values) {
        EventBuilder event = batch.builder();
        event.begin(EntryOrigin.local("t", "t", ""), 1, 2, 3, 4, new byte[0], 0, 0);
        List<FieldReference> fields = new ArrayList<>(FIELDS);
        fields.add(CHANNEL);
        for (FieldReference field : fields) {
            switch (field) {
                case FieldReference.AnyField _ -> throw new AssertionError();
                case FieldReference.Fixed fixed -> {
                    if (random.nextInt(3) > 0) {
                        boolean isNumber = fixed.field() == Field.DESTINATION_PORT;
                        String text = isNumber ? Integer.toString(random.nextInt(30) - 5) : text(random, 4);
                        if (isNumber) {
                            event.setInteger(fixed.field(), Long.parseLong(text));
                        } else {
                            event.setText(fixed.field(), text);
                        }
                        values.put(field, List.of(text));
                    }
                }
                case FieldReference.Dynamic dynamic -> {
                    List<String> several = new ArrayList<>();
                    for (int i = random.nextInt(3); i > 0; i--) {
                        String text =
                                field.equals(CHANNEL) ? CHANNELS.get(random.nextInt(CHANNELS.size())) : text(random, 5);
                        several.add(text);
                        byte[] key = dynamic.key().getBytes(StandardCharsets.UTF_8);
                        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                        int keyAt = event.append(key, 0, key.length);
                        event.addDynamicSpan(
                                DynamicKind.EXTRA,
                                keyAt,
                                key.length,
                                event.append(bytes, 0, bytes.length),
                                bytes.length);
                    }
                    if (!several.isEmpty()) {
                        values.put(field, several);
                    }
                }
            }
        }
        event.commit();
    }

    private static String text(Random random, int pieces) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(pieces + 1); i > 0; i--) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }

    static Filter filter(Random random, int depth) {
        int kind = depth == 0 ? 3 : random.nextInt(6);
        return switch (kind) {
            case 0 -> Filter.all(List.of(filter(random, depth - 1), filter(random, depth - 1)));
            case 1 -> Filter.any(List.of(filter(random, depth - 1), filter(random, depth - 1)));
            case 2 -> Filter.not(filter(random, depth - 1));
            default -> {
                FieldReference field = random.nextInt(8) == 0
                        ? new FieldReference.AnyField()
                        : FIELDS.get(random.nextInt(FIELDS.size()));
                yield new Filter.Test(field, match(random, field instanceof FieldReference.AnyField));
            }
        };
    }

    private static Match match(Random random, boolean anywhere) {
        boolean ignoreCase = random.nextBoolean();
        String text = text(random, 2);
        String some = text.isEmpty() ? "a" : text;
        return switch (random.nextInt(9)) {
            case 0 -> new Match.Same(anywhere ? some : text, ignoreCase);
            case 1 -> new Match.Contains(some, ignoreCase);
            case 2 -> new Match.StartsWith(some, ignoreCase);
            case 3 -> new Match.EndsWith(some, ignoreCase);
            case 4 -> {
                Wildcards.Builder pattern = new Wildcards.Builder();
                for (int i = random.nextInt(4); i >= 0; i--) {
                    pattern.text(text(random, 1));
                    if (random.nextBoolean()) {
                        pattern.anyRun();
                    } else if (random.nextBoolean()) {
                        pattern.anyOne();
                    }
                }
                yield Match.of(pattern.text("x").build(), ignoreCase);
            }
            case 5 -> {
                // Of the second kind the texts are known that matches contain, so that they become tests of their own.
                String begin =
                        random.nextBoolean() ? Pattern.quote(some) : "(a|B)?" + some.replaceAll("[\\\\.]", "\\\\$0");
                yield new Match.Finds(begin + "[0-9]?" + (random.nextBoolean() ? "$" : ""), false);
            }
            case 6 -> new Match.Compares(Match.Comparison.values()[random.nextInt(4)], random.nextInt(20));
            case 7 -> new Match.Present();
            default ->
                anywhere
                        ? new Match.Contains(some, true)
                        : new Match.Relates(
                                Match.Relation.values()[random.nextInt(4)],
                                FIELDS.get(random.nextInt(FIELDS.size())),
                                ignoreCase);
        };
    }

    private static boolean holds(Filter filter, Map<FieldReference, List<String>> values) {
        return switch (filter) {
            case Filter.All all -> all.parts().stream().allMatch(part -> holds(part, values));
            case Filter.Any any -> any.parts().stream().anyMatch(part -> holds(part, values));
            case Filter.Not not -> !holds(not.part(), values);
            case Filter.Leaf _ -> throw new AssertionError();
            case Filter.Test test -> {
                List<String> found = test.field() instanceof FieldReference.AnyField
                        ? values.values().stream().flatMap(List::stream).toList()
                        : values.getOrDefault(test.field(), List.of());
                if (found.isEmpty()) {
                    yield test.match() instanceof Match.Same same && same.text().isEmpty();
                }
                yield found.stream().anyMatch(value -> holds(test.match(), value, values));
            }
        };
    }

    private static boolean holds(Match match, String value, Map<FieldReference, List<String>> values) {
        return switch (match) {
            case Match.Same m -> fold(value, m.ignoreCase()).equals(fold(m.text(), m.ignoreCase()));
            case Match.Contains m -> fold(value, m.ignoreCase()).contains(fold(m.text(), m.ignoreCase()));
            case Match.StartsWith m -> fold(value, m.ignoreCase()).startsWith(fold(m.text(), m.ignoreCase()));
            case Match.EndsWith m -> fold(value, m.ignoreCase()).endsWith(fold(m.text(), m.ignoreCase()));
            case Match.Like m -> {
                Wildcards pattern = m.ignoreCase() ? m.pattern().lowerCase() : m.pattern();
                byte[] bytes = fold(value, m.ignoreCase()).getBytes(StandardCharsets.UTF_8);
                yield pattern.matches(bytes, 0, bytes.length);
            }
            case Match.Finds m -> Pattern.compile(m.expression()).matcher(value).find();
            case Match.InNetwork _, Match.InTime _ -> throw new AssertionError();
            case Match.Compares m -> {
                try {
                    yield !value.contains("x") && m.comparison().holds(Double.parseDouble(value), m.number());
                } catch (NumberFormatException notANumber) {
                    yield false;
                }
            }
            case Match.Present _ -> true;
            case Match.Relates m ->
                values.getOrDefault(m.other(), List.of()).stream().anyMatch(other -> {
                    String left = fold(value, m.ignoreCase());
                    String right = fold(other, m.ignoreCase());
                    return switch (m.relation()) {
                        case SAME -> left.equals(right);
                        case CONTAINS -> left.contains(right);
                        case STARTS_WITH -> left.startsWith(right);
                        case ENDS_WITH -> left.endsWith(right);
                    };
                });
        };
    }

    private static String fold(String text, boolean ignoreCase) {
        return ignoreCase ? Folding.lower(text) : text;
    }
}
