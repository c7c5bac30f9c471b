package io.tocsin.pipeline.enrich.indicator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.enrich.indicator.StixPattern.Value;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StixPatternTest {
    @Test
    void takesAlternativesApart() {
        assertThat(StixPattern.read(
                                "[ipv4-addr:value = '10.0.0.1' OR domain-name:value IN ('a.example','b.example')]"
                                        + " OR ([url:value = 'http://x/\\'y'] OR [network-traffic:dst_ref.value ISSUBSET '10.0.0.0/8'])")
                        .values())
                .containsExactlyInAnyOrder(
                        new Value(IndicatorKind.ADDRESS, "10.0.0.1"),
                        new Value(IndicatorKind.DOMAIN, "a.example"),
                        new Value(IndicatorKind.DOMAIN, "b.example"),
                        new Value(IndicatorKind.URL, "http://x/'y"),
                        new Value(IndicatorKind.ADDRESS, "10.0.0.0/8"));
    }

    @Test
    void takesEachDigestOfOneFile() {
        assertThat(StixPattern.read("[file:hashes.'SHA-256' = 'aa' AND (file:hashes.MD5 = 'bb')]")
                        .values())
                .containsExactlyInAnyOrder(new Value(IndicatorKind.HASH, "aa"), new Value(IndicatorKind.HASH, "bb"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[ipv4-addr:value = '1.1.1.1' AND domain-name:value = 'a.example']",
                "[ipv4-addr:value = '1.1.1.1'] AND [domain-name:value = 'a.example']",
                "[ipv4-addr:value = '1.1.1.1'] FOLLOWEDBY [domain-name:value = 'a.example']",
                "[ipv4-addr:value = '1.1.1.1'] REPEATS 5 TIMES WITHIN 60 SECONDS",
                "[ipv4-addr:value != '1.1.1.1']",
                "[NOT ipv4-addr:value = '1.1.1.1']",
                "[domain-name:value LIKE '%.example']",
                "[file:name = 'x' AND file:hashes.MD5 = 'bb']",
                "[file:hashes.MD5 = 'bb' AND (file:hashes.MD5 = 'cc' OR file:hashes.MD5 = 'dd')]",
                "[process:name = 'x']",
                "[ipv4-addr:value = '1.1.1.1'",
                "[ipv4-addr:value = '1.1.1.1",
                "[ipv4-addr:value = 5]",
                "[]",
                ""
            })
    void saysWhatOneValueCannotTell(String pattern) {
        StixPattern.Result result = StixPattern.read(pattern);
        assertThat(result.values()).isEmpty();
        assertThat(result.unsupported()).isNotBlank();
    }

    @Test
    void survivesAnyText() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] parts = {
            "[",
            "]",
            "(",
            ")",
            "'",
            "\\",
            "OR",
            " ",
            "AND",
            "ipv4-addr:value",
            "=",
            "'1.1.1.1'",
            "IN",
            ",",
            "file:hashes.'MD5'",
            "NOT",
            "ISSUBSET",
            ":",
            "x:y[*].z",
            "!="
        };
        for (int i = 0; i < 30_000; i++) {
            StringBuilder pattern = new StringBuilder();
            for (int j = random.nextInt(25); j > 0; j--) {
                pattern.append(parts[random.nextInt(parts.length)]).append(random.nextBoolean() ? " " : "");
            }
            try {
                StixPattern.read(pattern.toString());
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + " pattern " + pattern, e);
            }
        }
        assertThat(StixPattern.read("(".repeat(90_000)).unsupported()).isEqualTo("nested too deeply");
        assertThat(StixPattern.read("[" + "(".repeat(90_000)).unsupported()).isEqualTo("nested too deeply");
    }
}
