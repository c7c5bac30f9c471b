package io.tocsin.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.config.YamlWriter;
import io.tocsin.event.Field;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConditionTextTest {
    private static List<String> problemsOf(String text) {
        Problems problems = new Problems();
        assertThat(Condition.parse("c", text, problems)).isNull();
        return problems.list().stream().map(Problem::toString).toList();
    }

    @Test
    void printsWhatParsesToTheSameTree() {
        long seed = 31;
        RandomConditions random = new RandomConditions(seed);
        for (int round = 0; round < 4_000; round++) {
            Condition condition = random.condition(4);
            String text = condition.text();

            assertThat(Condition.parse(text))
                    .as("seed %d round %d: %s", seed, round, text)
                    .isEqualTo(condition);
            assertThat(Condition.parse(text).text()).isEqualTo(text);
        }
    }

    @Test
    void writesATreeThatReadsToTheSameCondition() {
        long seed = 37;
        RandomConditions random = new RandomConditions(seed);
        for (int round = 0; round < 1_000; round++) {
            Condition condition = random.condition(4);
            String yaml = YamlWriter.write(condition.tree());
            Problems problems = new Problems();
            ConfigNode node = YamlReader.read("tree", yaml, problems);
            Condition again = Condition.read(Objects.requireNonNull(node), problems);

            assertThat(problems.list())
                    .as("seed %d round %d:\n%s", seed, round, yaml)
                    .isEmpty();
            assertThat(again).as("seed %d round %d:\n%s", seed, round, yaml).isEqualTo(condition);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '^',
            value = {
                "DeviceVendor='Microsoft' AND (DeviceEventClassID = [1, 4688]) AND SourceProcessName endsWith 'a.exe' AND"
                        + " NOT (FilePath startsWith 'c:\\\\windows')"
                        + "~DeviceVendor = 'Microsoft' AND DeviceEventClassID = [1, 4688] AND SourceProcessName endsWith"
                        + " 'a.exe' AND NOT FilePath startsWith `c:\\windows`",
                "type = 1 or Type IN [1,2]~",
                "Type = 1 or Type IN [1,2]~Type = 1 OR Type = [1, 2]",
                "Type = 1 and Type = 2 or Type = 3~Type = 1 AND Type = 2 OR Type = 3",
                "Type = 1 and (Type = 2 or Type = 3)~Type = 1 AND (Type = 2 OR Type = 3)",
                "(Type = 1 and Type = 2) and Type = 3~(Type = 1 AND Type = 2) AND Type = 3",
                "not Type = 1~Type != 1",
                "not not Type = 1~NOT Type != 1",
                "Name not contains \"it's\"~NOT Name contains 'it\\'s'",
                "Name not exists~Name is empty",
                "Name is not empty~Name exists",
                "Name CONTAINS IgnoreCase 'a'~Name contains ignoreCase 'a'",
                "Name == true~Name = 'true'",
                "S.`a b` = N.count~S.'a b' = N.count",
                "Name = 'tab\\t\\u00e9'~Name = 'tab\\té'",
                "SourcePort > -1.50~SourcePort > -1.50",
                "((((Type = 1))))~Type = 1",
                "Type = 1 # a comment~Type = 1",
            })
    void printsOneCanonicalForm(String text, String canonical) {
        if (canonical == null) {
            assertThat(problemsOf(text)).isNotEmpty();
        } else {
            assertThat(Condition.parse(text).text()).isEqualTo(canonical);
        }
    }

    @Test
    void reportsEverythingAtOnceWithSuggestions() {
        assertThat(problemsOf("""
                        DeviceVendr = 'a' AND Name contain 'b'
                          AND SourcePort = 'ssh' OR (Name match '(' AND SourceAddress inSubnet '10.0.0.0/33')
                          AND Name = unquoted AND Name hasBit 64 AND Severity < [1, 2]
                        """))
                .containsExactly(
                        "c:1:1: unknown field [name=DeviceVendr]; did you mean DeviceVendor?",
                        "c:1:28: an operator is expected, found [contain]; did you mean contains?",
                        "c:2:20: field is a number, the value is not [field=SourcePort, value=ssh]",
                        "c:2:41: not a regular expression in RE2 syntax: missing closing ) [expression=(]",
                        "c:2:72: not a network such as 10.0.0.0/8 or 2001:db8::/32 [value=10.0.0.0/33]",
                        "c:3:14: text must stand in quotes [text=unquoted]",
                        "c:3:39: a bit is a number from 0 to 63 [value=64]",
                        "c:3:57: one value is expected after <, not a list");
    }

    @Test
    void showsTheLineWithACaret() {
        assertThatThrownBy(() -> Condition.parse("Name = 'a' AND\n  Nam = 'b'"))
                .isInstanceOf(InvalidConditionException.class)
                .hasMessage("""
                        condition:2:3: unknown field [name=Nam]; did you mean Name?
                            Nam = 'b'
                            ^""");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '^',
            value = {
                "Name =~c:1:7: a value is expected after =, found the end",
                "Name~c:1:5: an operator is expected, found the end",
                "Name = 'a~c:1:8: text is not closed: a ' is missing",
                "(Name = 'a'~c:1:1: parenthesis is not closed: a ) is missing",
                "Name = 'a')~c:1:11: unexpected [)]",
                "Name = 'a' Type = 1~c:1:12: AND or OR is expected before [Type]",
                "Name = 'a' AND~c:1:15: a field is expected, found the end",
                "'a' = Name~c:1:1: a field is expected, found [a]",
                "Name = ['a' 'b']~c:1:13: a comma or ] is expected in the list, found [b]",
                "Name = []~c:1:9: a value is expected in the list, found []]",
                "Name = 10.0.0.1~c:1:8: not a number [value=10.0.0.1]: put text in quotes",
                "Name = 'a\\d'~c:1:10: unknown escape [escape=\\d]: write \\\\ for a backslash, or put the text in ` quotes",
                "Name is full~c:1:9: is empty or is not empty is expected, found [full]",
                "SourcePort > ignoreCase 1~c:1:14: ignoreCase has no meaning after >: leave it out",
                "Name match Message~c:1:12: a constant is expected after match, not a field",
                "anyField = 'a'~c:1:10: anyField takes contains, match and search only [operator==]",
                "Name contains ''~c:1:15: an empty text is part of every text: use exists",
                "Extr.a = 1~c:1:1: unknown field [name=Extr.a]; did you mean Extra.a?",
                "StartTime > 'noon'~c:1:13: field is a time: write 2026-01-31T12:00:00Z or milliseconds [field=StartTime,"
                        + " value=noon]",
                "Name = 'a' § Type = 1~c:1:12: unexpected character [§]: put text in quotes",
            })
    void saysWhatIsWrong(String text, String problem) {
        assertThat(problemsOf(text)).contains(problem);
    }

    @Test
    void refusesAnEmptyText() {
        assertThat(problemsOf("  \n "))
                .containsExactly("c:2:2: condition is empty: write always if every event is meant");
    }

    @Test
    void boundsDepthLengthAndLists() {
        assertThat(problemsOf("(".repeat(100_000))).containsExactly("c:1:65: nested too deeply [maximumDepth=64]");
        assertThat(problemsOf("not ".repeat(100_000))).containsExactly("c:1:257: nested too deeply [maximumDepth=64]");
        assertThat(problemsOf(" ".repeat(Condition.MAXIMUM_TEXT_LENGTH) + "x"))
                .singleElement()
                .asString()
                .contains("condition is too long");
        assertThat(problemsOf("Name = [" + "1,".repeat(Condition.MAXIMUM_VALUES) + "1]"))
                .singleElement()
                .asString()
                .contains("list is too long");
        assertThat(problemsOf("Name = '" + "x".repeat(Condition.MAXIMUM_VALUE_LENGTH + 1) + "'"))
                .singleElement()
                .asString()
                .contains("value is too long");
        assertThat(problemsOf("Name match '((a{100}){100}){100}'"))
                .singleElement()
                .asString()
                .contains("too large");
    }

    @Test
    void neverFailsOnRandomText() {
        long seed = 41;
        Random random = new Random(seed);
        String[] pieces = {
            "Name",
            " = ",
            "'a'",
            " AND ",
            " OR ",
            "NOT ",
            "(",
            ")",
            "[",
            "]",
            ",",
            "1",
            "Extra.",
            "'",
            "\"",
            "`",
            "\\",
            " contains ",
            " ignoreCase ",
            "is ",
            "empty",
            "not ",
            "exists",
            "\n",
            "é",
            "\uD800",
            "10.",
            "always",
            "anyField ",
            " match ",
            "!",
            "<=",
            "#"
        };
        for (int round = 0; round < 10_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(15); i >= 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            Problems problems = new Problems();
            Condition condition;
            try {
                condition = Condition.parse("fuzz", text.toString(), problems);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + " round " + round + " text: " + text, e);
            }
            assertThat(condition == null)
                    .as("seed %d round %d: %s", seed, round, text)
                    .isEqualTo(!problems.isEmpty());
            if (condition != null) {
                assertThat(Condition.parse(condition.text())).isEqualTo(condition);
            }
        }
    }

    @Test
    void readsTreesWithTextsInThem() {
        String yaml = """
                and:
                  - DeviceVendor = 'Microsoft'
                  - or:
                      - {field: SourcePort, op: in, value: [22, 23]}
                      - {field: Extra.a b, op: contains, value: x, ignoreCase: true}
                  - not: {field: SourceAddress, op: "=", otherField: DestinationAddress}
                  - {field: Name, op: exists}
                """;
        Problems problems = new Problems();
        Condition condition =
                Condition.read(Objects.requireNonNull(YamlReader.read("a.yaml", yaml, problems)), problems);

        assertThat(problems.list()).isEmpty();
        assertThat(Objects.requireNonNull(condition).text())
                .isEqualTo(
                        "DeviceVendor = 'Microsoft' AND (SourcePort = [22, 23] OR Extra.'a b' contains ignoreCase 'x')"
                                + " AND SourceAddress != DestinationAddress AND Name exists");
    }

    @Test
    void reportsProblemsOfTreesWithTheirPlaces() {
        String yaml = """
                and:
                  - {field: Nam, op: "=", value: 1}
                  - {field: Name, op: equals, value: 1}
                  - {field: Name, op: "="}
                  - {field: SourcePort, op: "=", value: ssh}
                  - {feld: Name, op: exists}
                  - {and: [], or: []}
                  - Name = 'a' AND Nme = 'b'
                """;
        Problems problems = new Problems();

        assertThat(Condition.read(Objects.requireNonNull(YamlReader.read("a.yaml", yaml, problems)), problems))
                .isNull();
        assertThat(problems.list().stream().map(Problem::toString))
                .contains(
                        "a.yaml:2:13: unknown field [name=Nam]; did you mean Name?",
                        "a.yaml:3:23: unknown operator [op=equals]",
                        "a.yaml:4:5: key is missing [key=value]",
                        "a.yaml:5:41: field is a number, the value is not [field=SourcePort, value=ssh]",
                        "a.yaml:6:6: unknown key [key=feld]; did you mean field?",
                        "a.yaml:7:6: must stand alone in its mapping [key=and]",
                        """
                        a.yaml:8:5: unknown field [name=Nme]; did you mean Name?
                          Name = 'a' AND Nme = 'b'
                                         ^""");
    }

    @Test
    void listsTheFieldsItLooksAt() {
        assertThat(Condition.parse("Name = 'a' AND (SourcePort = DestinationPort OR NOT Name exists)")
                        .fields())
                .containsExactly(
                        FieldReference.of(Field.NAME),
                        FieldReference.of(Field.SOURCE_PORT),
                        FieldReference.of(Field.DESTINATION_PORT));
    }
}
