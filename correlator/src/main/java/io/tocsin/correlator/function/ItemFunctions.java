package io.tocsin.correlator.function;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

/// Functions of lists of texts.
final class ItemFunctions {
    private ItemFunctions() {}

    private static final Comparator<String> ORDER = ConditionFunctions::order;

    static final List<RuleFunction> ALL = List.of(
            RuleFunction.of(
                    "split",
                    "text, separator",
                    2,
                    2,
                    "The parts of the text between the separators as a list; empty parts are left out.",
                    (arguments, _) -> Value.of(
                            split(arguments.get(0).text(), arguments.get(1).text())),
                    "split('a, b,,c', ',')",
                    "a, b,c"),
            RuleFunction.of(
                    "count",
                    "value",
                    1,
                    1,
                    "Number of items of a list; `1` for a text, `0` for nothing.",
                    (arguments, _) -> Value.of(arguments.getFirst().items().size()),
                    "count(SourceUserName)",
                    "1"),
            RuleFunction.of(
                    "get_item",
                    "list, number",
                    2,
                    2,
                    "The item with this number, counted from 0, or from the end when it is negative.",
                    (arguments, scope) -> {
                        List<String> items = arguments.get(0).items();
                        double number = arguments.get(1).number();
                        if (Double.isNaN(number)) {
                            scope.failed();
                            return Value.EMPTY;
                        }
                        int place = (int) (number < 0 ? items.size() + number : number);
                        return place >= 0 && place < items.size() ? Value.of(items.get(place)) : Value.EMPTY;
                    },
                    "get_item(split('a.b.c', '.'), -1)",
                    "c"),
            RuleFunction.of(
                    "list",
                    "value, …",
                    1,
                    RuleFunction.ANY,
                    "All values, and all items of lists, as one list.",
                    (arguments, _) -> Value.of(all(arguments)),
                    "list('a', split('b c', ' '))",
                    "a,b,c"),
            RuleFunction.of(
                    "distinct_items",
                    "list",
                    1,
                    1,
                    "Each different item once, in the order of its first appearance.",
                    (arguments, _) -> Value.of(
                            List.copyOf(new LinkedHashSet<>(arguments.getFirst().items()))),
                    "distinct_items(split('b a b', ' '))",
                    "b,a"),
            RuleFunction.of(
                    "sort_items",
                    "list",
                    1,
                    1,
                    "The items in order: numbers as numbers, everything else as text.",
                    (arguments, _) -> {
                        List<String> items = arguments.getFirst().items();
                        boolean numbers = items.stream().noneMatch(each -> Double.isNaN(Numbers.parse(each)));
                        return Value.of(items.stream()
                                .sorted(numbers ? ORDER : Comparator.<String>naturalOrder())
                                .toList());
                    },
                    "sort_items(split('10 9 1', ' '))",
                    "1,9,10"),
            RuleFunction.of(
                    "reverse_items",
                    "list",
                    1,
                    1,
                    "The items from the last to the first.",
                    (arguments, _) -> Value.of(arguments.getFirst().items().reversed()),
                    "reverse_items(split('a b', ' '))",
                    "b,a"),
            number(
                    "min_items",
                    "The least number of the list.",
                    numbers -> numbers.stream().min(Double::compare).orElse(Double.NaN),
                    "min_items(split('3 1 2', ' '))",
                    "1"),
            number(
                    "max_items",
                    "The greatest number of the list.",
                    numbers -> numbers.stream().max(Double::compare).orElse(Double.NaN),
                    "max_items(split('3 1 2', ' '))",
                    "3"),
            number(
                    "sum_items",
                    "The sum of the numbers of the list.",
                    ItemFunctions::sum,
                    "sum_items(split('3 1 2', ' '))",
                    "6"),
            number(
                    "avg_items",
                    "The average of the numbers of the list.",
                    numbers -> numbers.isEmpty() ? Double.NaN : sum(numbers) / numbers.size(),
                    "avg_items(split('3 1 2', ' '))",
                    "2"),
            RuleFunction.of(
                    "diff",
                    "list, list",
                    2,
                    2,
                    "The items of the first list that are not in the second, each once.",
                    (arguments, _) -> {
                        Set<String> left = new LinkedHashSet<>(arguments.get(0).items());
                        arguments.get(1).items().forEach(left::remove);
                        return Value.of(List.copyOf(left));
                    },
                    "diff(split('a b c', ' '), split('b', ' '))",
                    "a,c"),
            RuleFunction.of(
                    "sum",
                    "list, list",
                    2,
                    RuleFunction.ANY,
                    "The items of all lists, each once.",
                    (arguments, _) -> Value.of(List.copyOf(new LinkedHashSet<>(all(arguments)))),
                    "sum(split('a b', ' '), split('b c', ' '))",
                    "a,b,c"),
            RuleFunction.of(
                    "intersect",
                    "list, list",
                    2,
                    2,
                    "The items of the first list that are in the second as well, each once.",
                    (arguments, _) -> {
                        Set<String> left = new LinkedHashSet<>(arguments.get(0).items());
                        left.retainAll(new LinkedHashSet<>(arguments.get(1).items()));
                        return Value.of(List.copyOf(left));
                    },
                    "intersect(split('a b', ' '), split('b c', ' '))",
                    "b"),
            matching(
                    "any_equal",
                    "any item is equal to the text",
                    true,
                    String::equals,
                    "any_equal(split('a b', ' '), 'b')",
                    "true"),
            matching(
                    "all_equal",
                    "all items are equal to the text",
                    false,
                    String::equals,
                    "all_equal(split('a b', ' '), 'b')",
                    "false"),
            matching(
                    "any_contains",
                    "any item contains the text",
                    true,
                    String::contains,
                    "any_contains(split('abc d', ' '), 'bc')",
                    "true"),
            matching(
                    "all_contains",
                    "all items contain the text",
                    false,
                    String::contains,
                    "all_contains(split('ab bc', ' '), 'b')",
                    "true"),
            matching(
                    "any_starts_with",
                    "any item begins with the text",
                    true,
                    String::startsWith,
                    "any_starts_with(split('ab cd', ' '), 'c')",
                    "true"),
            matching(
                    "any_ends_with",
                    "any item ends with the text",
                    true,
                    String::endsWith,
                    "any_ends_with(split('a.exe b', ' '), '.exe')",
                    "true"));

    private interface Reduction {
        double of(List<Double> numbers);
    }

    private static double sum(List<Double> numbers) {
        double sum = 0;
        for (double number : numbers) {
            sum += number;
        }
        return sum;
    }

    private static RuleFunction number(
            String name, String description, Reduction reduction, String example, String result) {
        return RuleFunction.of(
                name,
                "list",
                1,
                1,
                description + " Items that are no numbers are passed over; nothing when there is no number.",
                (arguments, scope) -> {
                    List<Double> numbers = new ArrayList<>();
                    for (String item : arguments.getFirst().items()) {
                        double number = Numbers.parse(item);
                        if (Double.isNaN(number)) {
                            scope.failed();
                        } else {
                            numbers.add(number);
                        }
                    }
                    return numbers.isEmpty() ? Value.EMPTY : Value.of(reduction.of(numbers));
                },
                example,
                result);
    }

    private static RuleFunction matching(
            String name,
            String description,
            boolean any,
            BiPredicate<String, String> test,
            String example,
            String result) {
        return RuleFunction.of(
                name,
                "list, text",
                2,
                2,
                "`true` when " + description + ", else `false`; `false` for an empty list.",
                (arguments, _) -> {
                    List<String> items = arguments.get(0).items();
                    String text = arguments.get(1).text();
                    boolean holds = any
                            ? items.stream().anyMatch(item -> test.test(item, text))
                            : !items.isEmpty() && items.stream().allMatch(item -> test.test(item, text));
                    return Value.of(holds);
                },
                example,
                result);
    }

    private static List<String> all(List<Value> values) {
        List<String> all = new ArrayList<>();
        for (Value value : values) {
            all.addAll(value.items());
        }
        return all;
    }

    private static List<String> split(String text, String separator) {
        List<String> parts = new ArrayList<>();
        if (separator.isEmpty()) {
            text.codePoints().limit(Value.MAXIMUM_ITEMS).forEach(c -> parts.add(Character.toString(c)));
            return parts;
        }
        int at = 0;
        while (at <= text.length() && parts.size() < Value.MAXIMUM_ITEMS) {
            int end = text.indexOf(separator, at);
            String part = text.substring(at, end < 0 ? text.length() : end);
            if (!part.isEmpty()) {
                parts.add(part);
            }
            if (end < 0) {
                break;
            }
            at = end + separator.length();
        }
        return parts;
    }
}
