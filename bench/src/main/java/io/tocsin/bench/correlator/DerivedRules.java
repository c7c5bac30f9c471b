package io.tocsin.bench.correlator;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Makes further rules from those of a corpus, as a model of a corpus that is many times as large.
///
/// A rule that is made has the fields, the log source and the shape of its model. Texts that several rules of the
/// corpus ask for (event ids, names of programs that are often abused) stay, because further rules would ask for them
/// too. Every other text becomes the beginning of one and the end of another text that the corpus compares the same
/// field
/// with in the same way, so that its letters are as usual as those of real texts. What a rule excludes stays as it is,
/// else it would exclude nothing. Rules that would say the same as their model are left out.
///
/// Thread-safety: one thread.
final class DerivedRules {
    /// A text of so many tests stays.
    private static final int POPULAR = 5;

    private static final Pattern WORD = Pattern.compile("(?<![\\\\\\w(?])[a-z]{4,}");

    private final Random random = new Random(20261123);
    private final List<Rule> rules;
    private final Map<Filter.Test, Integer> usage = new HashMap<>();
    private final Map<Kind, List<Filter.Test>> texts = new HashMap<>();

    /// Texts that may change places.
    private record Kind(FieldReference field, Class<? extends Match> match) {}

    DerivedRules(List<Rule> rules) {
        this.rules = rules;
        for (Rule rule : rules) {
            rule.selectors().forEach(selector -> collect(selector.filter()));
        }
    }

    private void collect(Filter filter) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(this::collect);
            case Filter.Any any -> any.parts().forEach(this::collect);
            case Filter.Not not -> collect(not.part());
            case Filter.Leaf _ -> {}
            case Filter.Test test -> {
                usage.merge(test, 1, Integer::sum);
                texts.computeIfAbsent(kind(test), absent -> new ArrayList<>()).add(test);
            }
        }
    }

    private static Kind kind(Filter.Test test) {
        return new Kind(test.field(), test.match().getClass());
    }

    private static String text(Match match) {
        return switch (match) {
            case Match.Same same -> same.text();
            case Match.Contains contains -> contains.text();
            case Match.StartsWith starts -> starts.text();
            case Match.EndsWith ends -> ends.text();
            default -> "";
        };
    }

    /// The corpus and what is made of it.
    ///
    /// @param times how often as many rules are wanted
    List<Rule> times(int times) {
        List<Rule> all = new ArrayList<>(rules);
        for (int copy = 1; copy < times; copy++) {
            for (Rule rule : rules) {
                Selector selector = rule.selectors().getFirst();
                Filter changed = changed(selector.filter());
                if (rule.kind() instanceof RuleKind.Simple && !changed.equals(selector.filter())) {
                    all.add(copy(rule, rule.id() + "-" + copy, new Selector(selector.alias(), changed, 1, List.of())));
                }
            }
        }
        return all;
    }

    private Filter changed(Filter filter) {
        return switch (filter) {
            case Filter.All all ->
                Filter.all(all.parts().stream().map(this::changed).toList());
            case Filter.Any any ->
                Filter.any(any.parts().stream().map(this::changed).toList());
            case Filter.Not _, Filter.Leaf _ -> filter;
            case Filter.Test test ->
                usage.getOrDefault(test, 0) >= POPULAR ? test : new Filter.Test(test.field(), changed(test));
        };
    }

    private Match changed(Filter.Test test) {
        return switch (test.match()) {
            case Match.Same same when same.text().isEmpty() -> same;
            case Match.Same same -> new Match.Same(crossed(test, same.text()), same.ignoreCase());
            case Match.Contains contains -> new Match.Contains(crossed(test, contains.text()), contains.ignoreCase());
            case Match.StartsWith starts -> new Match.StartsWith(crossed(test, starts.text()), starts.ignoreCase());
            case Match.EndsWith ends -> new Match.EndsWith(crossed(test, ends.text()), ends.ignoreCase());
            case Match.Finds finds -> new Match.Finds(shuffled(finds.expression()), finds.ignoreCase());
            default -> test.match();
        };
    }

    /// The beginning of the text and the end of another one that is not popular either.
    private String crossed(Filter.Test test, String text) {
        List<Filter.Test> others = texts.getOrDefault(kind(test), List.of(test));
        Filter.Test other = others.get(random.nextInt(others.size()));
        for (int i = 0; i < 20 && usage.getOrDefault(other, 0) >= POPULAR; i++) {
            other = others.get(random.nextInt(others.size()));
        }
        String end = text(other.match());
        if (text.length() < 2 || end.length() < 2) {
            return text;
        }
        int cut = 1 + random.nextInt(text.length() - 1);
        return text.substring(0, cut) + end.substring(Math.max(1, end.length() * cut / text.length()));
    }

    /// The expression with other words.
    private String shuffled(String expression) {
        Matcher words = WORD.matcher(expression);
        return words.replaceAll(word -> {
            StringBuilder letters = new StringBuilder(word.group());
            for (int i = letters.length() - 1; i > 0; i--) {
                int other = random.nextInt(i + 1);
                char kept = letters.charAt(i);
                letters.setCharAt(i, letters.charAt(other));
                letters.setCharAt(other, kept);
            }
            return letters.toString();
        });
    }

    private static Rule copy(Rule rule, String id, Selector selector) {
        return new Rule(
                id,
                rule.title(),
                rule.description(),
                rule.origin(),
                rule.priority(),
                rule.level(),
                rule.kind(),
                List.of(selector),
                rule.timeField(),
                rule.identical(),
                rule.propagated(),
                rule.summary(),
                rule.tactics(),
                rule.techniques(),
                rule.references(),
                rule.falsePositives(),
                rule.contentHash(),
                rule.position(),
                rule.own());
    }
}
