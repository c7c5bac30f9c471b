package io.tocsin.bench.correlator;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.event.DynamicKind;
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
/// A rule that is made has the fields, the log source and the shape of its model, because a larger corpus has more
/// rules
/// for the same sources. Texts that several rules of the corpus ask for (event ids, names of programs that are often
/// abused) stay, because further rules would ask for them too. What a rule excludes stays as it is, else it would
/// exclude nothing. Rules that would say the same as their model are left out, because a corpus has no rule twice.
///
/// Every other text becomes the beginning of itself and the end of another one that the corpus compares the same field
/// with in the same way:
///
/// - It **keeps its length**. What texts cost depends on their lengths, above all on that of the shortest one that a
/// pass
///   looks for, and a larger corpus has no reason to ask for shorter or longer texts.
/// - Words that may stand **anywhere** are crossed with those for the same product, Windows or another: those of other
///   products hardly occur in its events, so that they would be found more cheaply than words that are really asked
/// for.
/// - The **seam** is at a letter that both have, where there is one, because runs of letters that no language has would
///   make the texts easier to tell from values than real ones. Three letters across a seam may still be unusual.
///
/// Patterns with wildcards, numbers and networks stay, which makes the rules a little easier than real ones.
///
/// Thread-safety: one thread.
final class DerivedRules {
    /// A text of so many tests stays.
    private static final int POPULAR = 5;
    /// How often another text is looked for that fits.
    private static final int TRIES = 40;

    private static final Pattern WORD = Pattern.compile("(?<![\\\\\\w(?])[a-z]{4,}");

    /// What the rules for all products but Windows demand of an event as it was sent.
    private static final Filter NOT_WINDOWS = Filter.not(Filter.all(List.of(present("Channel"), present("EventID"))));

    private final Random random = new Random(20261123);
    private final List<Rule> rules;
    private final Map<Filter.Test, Integer> usage = new HashMap<>();
    private final Map<Kind, List<Filter.Test>> texts = new HashMap<>();

    /// Texts that may be crossed.
    ///
    /// @param windows true for texts that may stand anywhere in an event of Windows
    private record Kind(FieldReference field, Class<? extends Match> match, boolean windows) {}

    DerivedRules(List<Rule> rules) {
        this.rules = rules;
        for (Rule rule : rules) {
            rule.selectors().forEach(selector -> collect(selector.filter(), isForWindows(selector.filter())));
        }
    }

    private static Filter present(String field) {
        return new Filter.Test(FieldReference.of(DynamicKind.EXTRA, field), new Match.Present());
    }

    private static boolean isForWindows(Filter filter) {
        return switch (filter) {
            case Filter.All all -> all.parts().stream().allMatch(DerivedRules::isForWindows);
            default -> !filter.equals(NOT_WINDOWS);
        };
    }

    private void collect(Filter filter, boolean windows) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(part -> collect(part, windows));
            case Filter.Any any -> any.parts().forEach(part -> collect(part, windows));
            case Filter.Not not -> collect(not.part(), windows);
            case Filter.Leaf _ -> {}
            case Filter.Test test -> {
                usage.merge(test, 1, Integer::sum);
                texts.computeIfAbsent(kind(test, windows), absent -> new ArrayList<>())
                        .add(test);
            }
        }
    }

    private static Kind kind(Filter.Test test, boolean windows) {
        return new Kind(
                test.field(), test.match().getClass(), windows && test.field() instanceof FieldReference.AnyField);
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
                Filter changed = changed(selector.filter(), isForWindows(selector.filter()));
                if (rule.kind() instanceof RuleKind.Simple && !changed.equals(selector.filter())) {
                    all.add(copy(rule, rule.id() + "-" + copy, new Selector(selector.alias(), changed, 1, List.of())));
                }
            }
        }
        return all;
    }

    private Filter changed(Filter filter, boolean windows) {
        return switch (filter) {
            case Filter.All all ->
                Filter.all(
                        all.parts().stream().map(part -> changed(part, windows)).toList());
            case Filter.Any any ->
                Filter.any(
                        any.parts().stream().map(part -> changed(part, windows)).toList());
            case Filter.Not _, Filter.Leaf _ -> filter;
            case Filter.Test test ->
                usage.getOrDefault(test, 0) >= POPULAR
                        ? test
                        : new Filter.Test(test.field(), changed(test.match(), kind(test, windows)));
        };
    }

    private Match changed(Match match, Kind kind) {
        return switch (match) {
            case Match.Same same -> new Match.Same(crossed(same.text(), kind), same.ignoreCase());
            case Match.Contains contains -> new Match.Contains(crossed(contains.text(), kind), contains.ignoreCase());
            case Match.StartsWith starts -> new Match.StartsWith(crossed(starts.text(), kind), starts.ignoreCase());
            case Match.EndsWith ends -> new Match.EndsWith(crossed(ends.text(), kind), ends.ignoreCase());
            case Match.Finds finds -> new Match.Finds(shuffled(finds.expression()), finds.ignoreCase());
            default -> match;
        };
    }

    /// The beginning of the text and the end of another one that is not popular either, as long as the text; the text
    /// itself where there is no other.
    private String crossed(String text, Kind kind) {
        List<Filter.Test> others = texts.getOrDefault(kind, List.of());
        String made = text;
        for (int i = 0; i < TRIES && !others.isEmpty(); i++) {
            Filter.Test other = others.get(random.nextInt(others.size()));
            String end = text(other.match());
            if (usage.getOrDefault(other, 0) < POPULAR && text.length() > 1 && end.length() > 1) {
                // The end is no longer than the other text, without its first letter.
                int least = Math.max(1, text.length() - end.length() + 1);
                int cut = least + random.nextInt(text.length() - least);
                int from = end.length() - text.length() + cut;
                String crossing = text.substring(0, cut) + end.substring(from);
                if (!crossing.equals(text) && !crossing.equals(end)) {
                    made = crossing;
                    if (isSameLetter(text.charAt(cut - 1), end.charAt(from - 1))) {
                        return made;
                    }
                }
            }
        }
        return made;
    }

    private static boolean isSameLetter(char one, char other) {
        return Character.toLowerCase(one) == Character.toLowerCase(other);
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
