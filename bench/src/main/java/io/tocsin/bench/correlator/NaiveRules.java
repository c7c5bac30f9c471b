package io.tocsin.bench.correlator;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Wildcards;
import io.tocsin.expression.BoundedRegex;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/// Rules evaluated one after another, each test by itself: what an engine does that has no index. Values are small
/// letters already; a value is compared anew by every rule.
///
/// Thread-safety: one thread.
final class NaiveRules {
    private final List<Predicate<Map<FieldReference, List<String>>>> rules = new ArrayList<>();

    void add(Filter filter) {
        rules.add(compile(filter));
    }

    int size() {
        return rules.size();
    }

    /// How many rules the event fulfils.
    int matches(Map<FieldReference, List<String>> event) {
        int matches = 0;
        for (Predicate<Map<FieldReference, List<String>>> rule : rules) {
            matches += rule.test(event) ? 1 : 0;
        }
        return matches;
    }

    private static Predicate<Map<FieldReference, List<String>>> compile(Filter filter) {
        return switch (filter) {
            case Filter.All all -> {
                List<Predicate<Map<FieldReference, List<String>>>> parts =
                        all.parts().stream().map(NaiveRules::compile).toList();
                yield event -> {
                    for (Predicate<Map<FieldReference, List<String>>> part : parts) {
                        if (!part.test(event)) {
                            return false;
                        }
                    }
                    return true;
                };
            }
            case Filter.Any any -> {
                List<Predicate<Map<FieldReference, List<String>>>> parts =
                        any.parts().stream().map(NaiveRules::compile).toList();
                yield event -> {
                    for (Predicate<Map<FieldReference, List<String>>> part : parts) {
                        if (part.test(event)) {
                            return true;
                        }
                    }
                    return false;
                };
            }
            case Filter.Not not -> compile(not.part()).negate();
            case Filter.Leaf _ -> event -> false;
            case Filter.Test test -> compile(test);
        };
    }

    private static Predicate<Map<FieldReference, List<String>>> compile(Filter.Test test) {
        Predicate<String> value = value(test.match());
        boolean empty = test.match() instanceof Match.Same same && same.text().isEmpty();
        if (test.field() instanceof FieldReference.AnyField) {
            return event ->
                    event.values().stream().anyMatch(values -> values.stream().anyMatch(value));
        }
        return event -> {
            List<String> values = event.get(test.field());
            if (values == null) {
                return empty;
            }
            for (String each : values) {
                if (value.test(each)) {
                    return true;
                }
            }
            return false;
        };
    }

    private static Predicate<String> value(Match match) {
        return switch (match) {
            case Match.Same same -> equal(same.text());
            case Match.Contains contains -> {
                String text = lower(contains.text());
                yield value -> value.contains(text);
            }
            case Match.StartsWith starts -> {
                String text = lower(starts.text());
                yield value -> value.startsWith(text);
            }
            case Match.EndsWith ends -> {
                String text = lower(ends.text());
                yield value -> value.endsWith(text);
            }
            case Match.Like like -> {
                Wildcards pattern = like.pattern().lowerCase();
                yield value -> {
                    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                    return pattern.matches(bytes, 0, bytes.length);
                };
            }
            case Match.Finds finds -> {
                BoundedRegex regex = BoundedRegex.compile(finds.expression(), true);
                yield value -> {
                    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                    return regex.find(bytes, 0, bytes.length);
                };
            }
            case Match.InNetwork in -> {
                byte[] scratch = new byte[16];
                yield value -> {
                    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                    return in.network().contains(bytes, 0, bytes.length, scratch);
                };
            }
            case Match.Compares compares ->
                value -> {
                    try {
                        return compares.comparison().holds(Double.parseDouble(value), compares.number());
                    } catch (NumberFormatException noNumber) {
                        return false;
                    }
                };
            case Match.Present _ -> value -> true;
            case Match.InTime _, Match.Relates _ -> value -> false;
        };
    }

    private static Predicate<String> equal(String text) {
        String wanted = lower(text);
        return wanted::equals;
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
