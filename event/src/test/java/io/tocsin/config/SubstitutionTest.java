package io.tocsin.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SubstitutionTest {
    private static final Map<String, String> VARIABLES = Map.of("PORT", "514", "EMPTY", "", "_A1", "x");

    private final Problems problems = new Problems();

    private String replaced(String text) {
        ConfigNode node = new ConfigNode.Scalar(new Position("a.yaml", 3, 7), text, true);
        return ((ConfigNode.Scalar) Substitution.apply(node, VARIABLES::get, problems)).text();
    }

    @ParameterizedTest
    @CsvSource(
            emptyValue = "",
            value = {
                "${PORT},514",
                "a${PORT}b${_A1}c,a514bxc",
                "${MISSING:-5140},5140",
                "${EMPTY:-5140},5140",
                "${EMPTY},''",
                "${PORT:-5140},514",
                "${MISSING:-},''",
                "${MISSING:-0.0.0.0:514},0.0.0.0:514",
                "$${PORT},${PORT}",
                "a$$b$,a$$b$",
                "${1},${1}",
                "$1,$1",
                "${},${}",
            })
    void replacesVariables(String text, String expected) {
        assertThat(replaced(text)).isEqualTo(expected);
        assertThat(problems.list()).isEmpty();
    }

    @Test
    void reportsAVariableThatIsNotSet() {
        replaced("${MISSING}");

        assertThat(problems.toString())
                .isEqualTo("a.yaml:3:7: environment variable is not set [name=MISSING]: set it, or give a default with"
                        + " ${MISSING:-default}");
    }

    @Test
    void reportsAVariableThatIsNotClosed() {
        replaced("x ${PORT y}");
        replaced("x ${PORT:-y");

        assertThat(problems.list())
                .hasSize(2)
                .allSatisfy(problem -> assertThat(problem.message()).startsWith("variable is not closed"));
    }

    @Test
    void keepsWhetherAValueIsQuotedAndLeavesNamesAlone() {
        ConfigNode node = Objects.requireNonNull(
                YamlReader.read("a.yaml", "${PORT}:\n  - ${PORT}\n  - '${PORT}'\n  - a: ${PORT}", problems));

        assertThat(JsonWriter.write(Substitution.apply(node, VARIABLES::get, problems)))
                .isEqualTo("{\"${PORT}\":[514,\"514\",{\"a\":514}]}");
    }
}
