package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.OptionalKey;
import io.tocsin.config.ValueType;
import io.tocsin.config.Values;
import io.tocsin.expression.BoundedRegex;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// A condition on a part as it is written. Immutable.
///
/// @param source part, null for the whole text, `raw` for the text of the event
/// @param make the condition on a register
record ConditionSpec(@Nullable String source, IntFunction<LinkCondition> make) {
    /// One text or a list of them.
    static final ValueType<List<String>> TEXTS = ValueType.of(
            "one text or a list of them",
            ConfigNode.mapping().build(),
            (name, node, problems) -> {
                List<ConfigNode> items =
                        node instanceof ConfigNode.Sequence sequence ? sequence.items() : List.of(node);
                List<String> texts = new ArrayList<>();
                for (ConfigNode item : items) {
                    if (item instanceof ConfigNode.Scalar scalar) {
                        texts.add(scalar.text());
                    } else {
                        problems.add(item.position(), "a text is expected [key=" + name + "]");
                        return null;
                    }
                }
                return List.copyOf(texts);
            },
            String::valueOf);

    static final ConfigSpec<ConditionSpec> SPEC = ConfigSpec.of("when", "A condition on a part of the text.", keys -> {
        var source = keys.text("source", "Part to test; the whole text when left out, raw for the text of the event.")
                .optional();
        var is = keys.key("is", "The text is one of these.", TEXTS).optional();
        var startsWith = keys.key("startsWith", "The text begins with one of these.", TEXTS)
                .optional();
        var endsWith =
                keys.key("endsWith", "The text ends with one of these.", TEXTS).optional();
        var contains =
                keys.key("contains", "The text contains one of these.", TEXTS).optional();
        var matches = keys.text("matches", "A regular expression in RE2 syntax matches somewhere in the text.")
                .optional();
        var exists = keys.flag("exists", "The part is there.").optional();
        var convert = keys.key("convert", "What to do to the text before the test.", MappingRow.CONVERSIONS)
                .defaultTo(List.of());
        var not = keys.flag("not", "The opposite must hold.").defaultTo(false);
        return values -> {
            List<IntFunction<LinkCondition>> made = new ArrayList<>();
            add(made, values, is, LinkCondition.OneOf::of);
            add(
                    made,
                    values,
                    startsWith,
                    (register, texts) ->
                            new LinkCondition.StartsWith(register, new PrefixSet(LinkCondition.bytes(texts))));
            add(
                    made,
                    values,
                    endsWith,
                    (register, texts) -> new LinkCondition.EndsWith(register, LinkCondition.bytes(texts)));
            add(
                    made,
                    values,
                    contains,
                    (register, texts) -> new LinkCondition.Contains(register, LinkCondition.bytes(texts)));
            String expression = values.get(matches);
            if (expression != null) {
                BoundedRegex regex = RegexpConversions.compile(expression);
                made.add(register -> new LinkCondition.Matches(register, regex));
            }
            Boolean present = values.get(exists);
            if (present != null) {
                made.add(register -> {
                    LinkCondition condition = new LinkCondition.Exists(register);
                    return present ? condition : new LinkCondition.Not(condition);
                });
            }
            if (made.size() != 1) {
                throw new IllegalArgumentException(
                        "exactly one of is, startsWith, endsWith, contains, matches, exists is expected [found="
                                + made.size() + "]; write a list for several conditions");
            }
            List<Conversion> conversions = values.get(convert);
            IntFunction<LinkCondition> bare = made.getFirst();
            IntFunction<LinkCondition> condition = conversions.isEmpty()
                    ? bare
                    : register -> new LinkCondition.Converted(conversions, bare.apply(register));
            boolean negated = values.get(not);
            return new ConditionSpec(
                    values.get(source),
                    negated ? register -> new LinkCondition.Not(condition.apply(register)) : condition);
        };
    });

    /// Makes a condition of a register and texts.
    @FunctionalInterface
    private interface Maker {
        LinkCondition make(int register, List<String> texts);
    }

    private static void add(
            List<IntFunction<LinkCondition>> made, Values values, OptionalKey<List<String>> key, Maker maker) {
        List<String> texts = values.get(key);
        if (texts != null) {
            made.add(register -> maker.make(register, texts));
        }
    }

    LinkCondition build(int register) {
        return make.apply(register);
    }
}
