package io.tocsin.correlator.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class FunctionLibraryTest {
    private static final long NOW = Instant.parse("2026-01-05T09:30:00Z").toEpochMilli();

    /// Fields and tables of the examples in the manual.
    private static final class Example implements Scope {
        final Map<FieldReference, List<String>> fields = new HashMap<>();

        Example() {
            fields.put(FieldReference.of(Field.SOURCE_USER_NAME), List.of("root"));
        }

        @Override
        public List<String> values(FieldReference field) {
            return fields.getOrDefault(field, List.of());
        }

        @Override
        public TableReader tables() {
            return new TableReader() {
                @Override
                public boolean contains(String table, List<String> key) {
                    return !rows(table, key).isEmpty();
                }

                @Override
                public List<String> values(String table, String field, List<String> key) {
                    return rows(table, key).getOrDefault(field, List.of());
                }
            };
        }

        private static Map<String, List<String>> rows(String table, List<String> key) {
            return switch (table + key) {
                case "seen[10.0.0.5]" -> Map.of("user", List.of("root"));
                case "mails[sender=eve]" -> Map.of("recipients", List.of("alice", "bob"));
                case "ports[22]" -> Map.of("value", List.of("ssh"));
                case "hosts[web-1]" -> Map.of("owner", List.of("eve"));
                case "geoip[198.51.100.0/24]" -> Map.of("country", List.of("SE"));
                default -> Map.of();
            };
        }

        @Override
        public long nowMillis() {
            return NOW;
        }

        @Override
        public void failed() {
            // The value that an example promises is empty then.
        }
    }

    private static String value(String expression) {
        return ExpressionParser.parse(expression, Map.of())
                .evaluate(new Example())
                .text();
    }

    @Test
    void givesWhatTheManualSays() {
        for (RuleFunction function : FunctionLibrary.all()) {
            assertThat(function.examples()).as(function.name()).isNotEmpty();
            for (RuleFunction.Example example : function.examples()) {
                assertThat(value(example.expression()))
                        .as("%s: %s", function.name(), example.expression())
                        .isEqualTo(example.result());
            }
        }
    }

    @Test
    void isDocumentedAsItIs() throws IOException {
        Path guide = Path.of("../docs/guides/rule-functions.md");
        String written = Files.readString(guide);
        String start = "<!-- The tables below come from the list of functions. -->\n\n";
        assertThat(written).contains(start);
        String tables = written.substring(written.indexOf(start) + start.length());
        String manual = FunctionLibrary.manual();
        if (!tables.equals(manual)) {
            Path wanted = Path.of("target/rule-functions.md");
            Files.createDirectories(wanted.getParent());
            Files.writeString(wanted, written.substring(0, written.indexOf(start) + start.length()) + manual);
        }
        assertThat(tables)
                .as("docs/guides/rule-functions.md is stale: take target/rule-functions.md")
                .isEqualTo(manual);
    }

    @Test
    void computesWithEarlierVariables() {
        Map<String, Variable> variables = new LinkedHashMap<>();
        variables.put("user", Variable.of("user", ExpressionParser.parse("to_upper(SourceUserName)", variables)));
        Expression expression = ExpressionParser.parse("len($user) + 1", variables);
        Example scope = new Example();
        scope.fields.put(variables.get("user").reference(), List.of("ROOT"));
        assertThat(expression.evaluate(scope).text()).isEqualTo("5");
        Expression decided = ExpressionParser.parse("conditional(\"$user = 'ROOT'\", 1, 2)", variables);
        assertThat(decided.evaluate(scope).text()).isEqualTo("1");
        assertThat(decided.fields()).contains(variables.get("user").reference());
    }

    @Test
    void countsWithThePrecedenceOfArithmetic() {
        assertThat(value("1 + 2 * 3 - 4 / 2")).isEqualTo("5");
        assertThat(value("(1 + 2) * 3 % 4")).isEqualTo("1");
        assertThat(value("-2 * -3")).isEqualTo("6");
        assertThat(value("1 / 0")).isEmpty();
        assertThat(value("0.1 + 0.2")).isEqualTo("0.30000000000000004");
    }

    @Test
    void saysWhatIsWrongAndWhere() {
        wrong("to_lowr(Name)", "did you mean to_lower?");
        wrong("substring('a')", "substring(text, start[, end])");
        wrong("concat('a', 'b'", "a comma or ) is expected");
        wrong("SourceUserNam", "did you mean SourceUserName?");
        wrong("$nobody", "unknown variable [variable=$nobody]");
        wrong("regexp_capture(Name, '(')", "not a regular expression");
        wrong("regexp_capture(Name, Message)", "the regular expression is a constant");
        wrong("'open", "text is not closed");
        wrong("", "a value is expected, found the end");
        wrong("1 2", "an operator or the end is expected");
        wrong("conditional('Name ~ 1', 1, 2)", "not a condition");
        wrong("(".repeat(100) + "1" + ")".repeat(100), "nested too deeply");
    }

    private static void wrong(String expression, String message) {
        assertThatThrownBy(() -> ExpressionParser.parse(expression, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    /// Whatever is put in, a value of bounded size comes out.
    @Test
    void isTotalAndBounded() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("FunctionLibraryTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        List<RuleFunction> functions = FunctionLibrary.all();
        Example scope = new Example();
        for (int round = 0; round < 20_000; round++) {
            RuleFunction function = functions.get(random.nextInt(functions.size()));
            int most = Math.min(function.maximum(), function.minimum() + 2);
            int count = function.minimum() + random.nextInt(most - function.minimum() + 1);
            List<Expression> arguments = new ArrayList<>();
            List<Value> values = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Value value = random(random);
                arguments.add(new Expression.Constant(value));
                values.add(value);
            }
            RuleFunction.Body body;
            try {
                body = function.implementation().bind(arguments);
            } catch (IllegalArgumentException refused) {
                continue;
            }
            Value result = body.apply(values, scope);
            assertThat(result.items())
                    .as("%s%s, seed %d", function.name(), values, seed)
                    .hasSizeLessThanOrEqualTo(Value.MAXIMUM_ITEMS)
                    .allMatch(item -> item.length() <= 2 * Value.MAXIMUM_LENGTH);
        }
    }

    private static Value random(Random random) {
        String[] texts = {
            "", "0", "-1", "1e308", "NaN", "12.5", "2026-01-05T09:30:00Z", "h", "yyyy", "QQQQQQ'", "Europe/Paris",
            "10.0.0.1", "::1", "10.0.0.0/8", "a,b", "\ud800", "ÄÖ", "(\\w+)", "$1${9}$", "{}{{", "\u0000", "ms"
        };
        return switch (random.nextInt(5)) {
            case 0 -> Value.of(random.nextLong());
            case 1 -> Value.of("x".repeat(random.nextInt(200)));
            case 2 -> Value.of(List.of(texts[random.nextInt(texts.length)], texts[random.nextInt(texts.length)]));
            default -> Value.of(texts[random.nextInt(texts.length)]);
        };
    }
}
