package io.tocsin.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BoundedRegexTest {
    @ParameterizedTest
    @ValueSource(strings = {"user=(?P<user>\\S+) from (?P<ip>[0-9.]+)", "user=(?<user>\\S+) from (?<ip>[0-9.]+)"})
    void givesGroupsAsPlacesInTheBytes(String expression) {
        BoundedRegex regex = BoundedRegex.compile(expression, false);
        byte[] arena = "??? login user=Jürgen😀x from 10.0.0.1 ok".getBytes(StandardCharsets.UTF_8);

        assertThat(regex.find(arena, 4, arena.length - 4)).isTrue();
        assertThat(regex.groupNames()).isEqualTo(Map.of("user", 1, "ip", 2));
        assertThat(regex.group("ip")).isEqualTo(2);
        assertThat(regex.group("none")).isEqualTo(-1);
        assertThat(regex.text(1)).isEqualTo("Jürgen😀x");
        assertThat(regex.text(2)).isEqualTo("10.0.0.1");
        assertThat(new String(arena, regex.start(2), regex.end(2) - regex.start(2), StandardCharsets.UTF_8))
                .isEqualTo("10.0.0.1");
    }

    @ParameterizedTest
    @CsvSource({
        "^a,aaab,0-1",
        "a,aaab,0-1 1-2 2-3",
        "a*,aabé,0-2 2-2 3-3 5-5",
        "(?i)b\\b,aBb b,2-3 4-5",
        "é,éaé,0-2 3-5"
    })
    void findsEachMatchOnceAndSeesTheWholeText(String expression, String text, String places) {
        BoundedRegex regex = BoundedRegex.compile(expression, false);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<String> found = new ArrayList<>();
        for (boolean more = regex.find(bytes, 0, bytes.length); more; more = regex.findNext()) {
            found.add(regex.start(0) + "-" + regex.end(0));
        }
        assertThat(String.join(" ", found)).isEqualTo(places);
    }

    @Test
    void saysWhenAGroupTookNoPart() {
        BoundedRegex regex = BoundedRegex.compile("(a)|(b)", false);
        byte[] bytes = {'b'};

        assertThat(regex.matches(bytes, 0, 1)).isTrue();
        assertThat(regex.start(1)).isEqualTo(-1);
        assertThat(regex.start(2)).isZero();
        assertThat(regex.find(bytes, 0, 0)).isFalse();
        assertThatThrownBy(() -> regex.start(0)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "abc~abc",
                "abc.*def~abc",
                "a.*defg~defg",
                "ab?cdef~cdef",
                "ab+cd~ab",
                "a(bcd)e~bcd",
                "a(bcd)?efg~efg",
                "a(bc|de)f~''",
                "abc|def~''",
                "(?i)ABC~abc",
                "(?i)task~ta",
                "ab(?i)cde~cde",
                "(?i)ab(?-i)CDE~CDE",
                "a\\.b\\\\c~a.b\\c",
                "[abc]def[^]x]gh~def",
                "x{3}yz~yz",
                "x{0,3}yz~yz",
                "\\d+foo\\b~foo",
                "\\Qa.b\\Efoo~foo",
                "\\x41foo~foo",
                "a~''",
                "^sshd\\[\\d+\\]: Failed~]: Failed",
                "a{,2}bcd~a{,2}bcd",
            })
    void findsTheTextThatEveryMatchContains(String expression, String required) {
        assertThat(RequiredText.of(expression, false)).hasToString(required);
    }

    @Test
    void theSearchBeforehandNeverChangesAnAnswer() {
        long seed = 53;
        Random random = new Random(seed);
        String[] pieces = {
            "ab",
            "abc",
            "k",
            "S",
            "x",
            "é",
            ".",
            ".*",
            "[ab]",
            "[^a]",
            "(ab|c)",
            "(?:bc)",
            "(abc)?",
            "a*",
            "b+",
            "c?",
            "(?i:ab)",
            "\\.",
            "\\w",
            "\\d",
            "x{2}",
            "(?:ab){1,2}",
            "^",
            "$",
            "|"
        };
        String[] texts = {"ab", "abc", "c", "x", "xx", "K", "s", "\u212a", "é", ".", "1", "AB", "bc", " "};
        for (int round = 0; round < 8_000; round++) {
            String expression = random(random, pieces, 6);
            String text = random(random, texts, 6);
            boolean ignoreCase = random.nextInt(3) == 0;
            byte[] bytes = ("##" + text + "#").getBytes(StandardCharsets.UTF_8);
            BoundedRegex regex = BoundedRegex.compile(expression, ignoreCase);
            // Of two alternatives nothing is known beforehand, so the library alone answers.
            BoundedRegex model = BoundedRegex.compile("(?:" + expression + "|" + expression + ")", ignoreCase);

            assertThat(regex.matches(bytes, 2, bytes.length - 3))
                    .as("seed %d round %d: %s matches %s (%s)", seed, round, expression, text, ignoreCase)
                    .isEqualTo(model.matches(bytes, 2, bytes.length - 3));
            boolean expected = model.find(bytes, 2, bytes.length - 3);
            boolean found = regex.find(bytes, 2, bytes.length - 3);
            assertThat(found)
                    .as("seed %d round %d: %s in %s (%s)", seed, round, expression, text, ignoreCase)
                    .isEqualTo(expected);
            if (found) {
                assertThat(regex.start(0) + " " + regex.end(0))
                        .as("seed %d round %d: %s in %s (%s)", seed, round, expression, text, ignoreCase)
                        .isEqualTo(model.start(0) + " " + model.end(0));
            }
        }
    }

    private static String random(Random random, String[] pieces, int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most); i >= 0; i--) {
            text.append(pieces[random.nextInt(pieces.length)]);
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((a{1000}){1000}){1000}",
                "\\x41((a{1000}){1000})",
                "(\\Qaaaaaaaaaa\\E{1000}){1000}",
                "((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9})",
                "([[:alpha:]]{900}[[:digit:]]{900}){900}"
            })
    void refusesABombQuickly(String expression) {
        Assertions.assertTimeout(
                Duration.ofSeconds(2),
                () -> assertThatThrownBy(() -> BoundedRegex.compile(expression, false))
                        .isInstanceOfSatisfying(
                                TocsinException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_PATTERN)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", ")", "[a", "a**", "*a", "(?=a)", "(?<!a)b", "\\1", "a{2,1}", "(?P<n>a)(?P<n>b)", "\\"})
    void refusesWhatIsNoExpression(String expression) {
        assertThatThrownBy(() -> BoundedRegex.compile(expression, false))
                .isInstanceOf(TocsinException.class)
                .hasMessageContaining("RE2");
    }

    /// The library would never come back from these.
    @ParameterizedTest
    @ValueSource(
            strings = {"(?i)\u1C80", "(?i)[=-\uFFFD]", "(?i:[^\\x{1c00}-\u1C85])", "(?is)x\\x{1C88}", "(?i)\\Q\u1C81\\E"
            })
    void refusesWhatCannotBeComparedWithoutCase(String expression) {
        assertThatThrownBy(() -> BoundedRegex.compile(expression, false))
                .isInstanceOf(TocsinException.class)
                .hasMessageContaining("U+1C80");
        assertThatCode(() -> BoundedRegex.compile(expression.replaceFirst("i", "s"), false))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[\u1C89-\uFFFD]",
                "\u20AC-x",
                "[^€]",
                "[\\x00-\\x{10ffff}]",
                "[[:alpha:]\\d\\-\uFFFD]",
                "\\x{41}"
            })
    void comparesOthersWithoutCase(String expression) {
        assertThatCode(() -> BoundedRegex.compile(expression, true)).doesNotThrowAnyException();
    }

    @Test
    void refusesDeepNesting() {
        assertThatThrownBy(() -> BoundedRegex.compile("(".repeat(4_000) + "a" + ")".repeat(4_000), false))
                .isInstanceOf(TocsinException.class);
    }

    @Test
    void saysWhatEveryMatchContainsByteByByte() {
        assertThat(BoundedRegex.compile("(?i)(set).*&&\\s?set.*(a|b)", false).requiredExactTexts())
                .containsExactly("&&");
        assertThat(BoundedRegex.compile("ab.*cde(f|g)x?", false).requiredExactTexts())
                .containsExactlyInAnyOrder("ab", "cde");
        assertThat(BoundedRegex.compile("a|b", false).requiredExactTexts()).isEmpty();
    }

    @Test
    void staysLinearWhereOthersExplode() {
        BoundedRegex regex = BoundedRegex.compile("(x+x+)+y", false);
        byte[] bytes = ("x".repeat(20_000) + "yy").getBytes(StandardCharsets.UTF_8);
        Assertions.assertTimeout(Duration.ofSeconds(5), () -> regex.matches(bytes, 0, bytes.length));
    }

    @Test
    void takesBytesThatAreNoTextForReplacementCharacters() {
        byte[] bytes = {'a', (byte) 0xff, 'b', (byte) 0xc3};

        assertThat(BoundedRegex.compile("a.b.", false).matches(bytes, 0, 4)).isTrue();
        assertThat(BoundedRegex.compile("a\uFFFDb\uFFFD", false).matches(bytes, 0, 4))
                .isTrue();
    }
}
