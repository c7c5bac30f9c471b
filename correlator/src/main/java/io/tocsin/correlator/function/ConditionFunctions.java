package io.tocsin.correlator.function;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.expression.BoundedRegex;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import io.tocsin.expression.Operator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Functions that decide.
final class ConditionFunctions {
    static final String CONDITIONAL = "conditional";

    private ConditionFunctions() {}

    static final List<RuleFunction> ALL = List.of(
            RuleFunction.of(
                    CONDITIONAL,
                    "'condition', then, else",
                    3,
                    3,
                    "The second value when the condition holds, else the third. The condition is written as in a"
                            + " filter; fields and variables may stand in it.",
                    (arguments, _) -> arguments.get(2),
                    "conditional(\"SourceUserName = 'root'\", 'high', 'low')",
                    "high"),
            RuleFunction.of(
                    "compare",
                    "a, b",
                    2,
                    2,
                    "`-1` when a is less than b, `0` when they are equal, `1` when a is greater. Two numbers are"
                            + " compared as numbers, everything else as text; nothing when one of them is empty.",
                    (arguments, _) -> {
                        if (arguments.get(0).isEmpty() || arguments.get(1).isEmpty()) {
                            return Value.EMPTY;
                        }
                        return Value.of(
                                order(arguments.get(0).text(), arguments.get(1).text()));
                    },
                    "compare(9, 10)",
                    "-1",
                    "compare('b', 'a')",
                    "1"),
            RuleFunction.of(
                    "coalesce",
                    "value, …",
                    1,
                    RuleFunction.ANY,
                    "The first value that is not empty.",
                    (arguments, _) -> arguments.stream()
                            .filter(each -> !each.isEmpty())
                            .findFirst()
                            .orElse(Value.EMPTY),
                    "coalesce(DestinationUserName, 'nobody')",
                    "nobody"),
            RuleFunction.of(
                    "in_subnet",
                    "address, network, …",
                    2,
                    RuleFunction.ANY,
                    "`true` when the address lies in one of the networks, else `false`.",
                    (arguments, scope) -> {
                        String address = arguments.getFirst().text();
                        for (Value each : arguments.subList(1, arguments.size())) {
                            AddressRange network = AddressRange.parse(each.text());
                            if (network == null) {
                                scope.failed();
                            } else if (network.contains(address)) {
                                return Value.TRUE;
                            }
                        }
                        return Value.FALSE;
                    },
                    "in_subnet('10.1.2.3', '10.0.0.0/8')",
                    "true"));

    /// -1, 0 or 1.
    static int order(String left, String right) {
        double a = Numbers.parse(left);
        double b = Numbers.parse(right);
        return Double.isNaN(a) || Double.isNaN(b) ? Integer.signum(left.compareTo(right)) : Double.compare(a, b);
    }

    /// What `conditional` does for a condition that is known.
    static RuleFunction.Body body(Condition condition) {
        Map<String, BoundedRegex> expressions = new HashMap<>();
        compile(condition, expressions);
        return (arguments, scope) -> holds(condition, scope, expressions) ? arguments.get(1) : arguments.get(2);
    }

    private static void compile(Condition condition, Map<String, BoundedRegex> expressions) {
        switch (condition) {
            case Condition.And and -> and.parts().forEach(part -> compile(part, expressions));
            case Condition.Or or -> or.parts().forEach(part -> compile(part, expressions));
            case Condition.Not not -> compile(not.part(), expressions);
            case Condition.Relation _ -> {}
            case Condition.Test test -> {
                if (test.operator() == Operator.MATCH || test.operator() == Operator.SEARCH) {
                    for (String value : test.values()) {
                        expressions.put(test.ignoreCase() + value, BoundedRegex.compile(value, test.ignoreCase()));
                    }
                }
            }
        }
    }

    private static boolean holds(Condition condition, Scope scope, Map<String, BoundedRegex> expressions) {
        return switch (condition) {
            case Condition.And and -> and.parts().stream().allMatch(part -> holds(part, scope, expressions));
            case Condition.Or or -> or.parts().stream().anyMatch(part -> holds(part, scope, expressions));
            case Condition.Not not -> !holds(not.part(), scope, expressions);
            case Condition.Test test -> holds(test, scope, expressions);
            case Condition.Relation relation -> {
                List<String> right = filled(scope, relation.right());
                yield filled(scope, relation.left()).stream()
                        .anyMatch(left -> right.stream()
                                .anyMatch(each -> fits(relation.operator(), left, each, relation.ignoreCase())));
            }
        };
    }

    private static List<String> filled(Scope scope, FieldReference field) {
        List<String> filled = new ArrayList<>();
        for (String value : scope.values(field)) {
            if (!value.isEmpty()) {
                filled.add(value);
            }
        }
        return filled;
    }

    private static boolean holds(Condition.Test test, Scope scope, Map<String, BoundedRegex> expressions) {
        List<String> present = filled(scope, test.field());
        if (present.isEmpty()) {
            return test.operator() == Operator.EQUAL && test.values().contains("");
        }
        if (test.operator() == Operator.EXISTS) {
            return true;
        }
        for (String value : test.values()) {
            BoundedRegex regex = expressions.get(test.ignoreCase() + value);
            for (String left : present) {
                boolean fits = regex == null
                        ? fits(test.operator(), left, value, test.ignoreCase())
                        : fits(regex, test.operator(), left);
                if (fits) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean fits(BoundedRegex regex, Operator operator, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return operator == Operator.MATCH ? regex.matches(bytes, 0, bytes.length) : regex.find(bytes, 0, bytes.length);
    }

    private static boolean fits(Operator operator, String left, String right, boolean ignoreCase) {
        String a = ignoreCase ? left.toLowerCase(Locale.ROOT) : left;
        String b = ignoreCase ? right.toLowerCase(Locale.ROOT) : right;
        return switch (operator) {
            case EQUAL -> a.equals(b) || (!Double.isNaN(Numbers.parse(a)) && Numbers.parse(a) == Numbers.parse(b));
            case CONTAINS -> a.contains(b);
            case STARTS_WITH -> a.startsWith(b);
            case ENDS_WITH -> a.endsWith(b);
            case LESS -> order(a, b) < 0;
            case LESS_OR_EQUAL -> order(a, b) <= 0;
            case GREATER -> order(a, b) > 0;
            case GREATER_OR_EQUAL -> order(a, b) >= 0;
            case IN_SUBNET -> {
                AddressRange network = AddressRange.parse(b);
                yield network != null && network.contains(a);
            }
            case HAS_BIT -> {
                double number = Numbers.parse(a);
                double bit = Numbers.parse(b);
                yield bit >= 0 && bit < 64 && ((long) number >> (int) bit & 1) == 1;
            }
            case MATCH, SEARCH, EXISTS -> false;
        };
    }
}
