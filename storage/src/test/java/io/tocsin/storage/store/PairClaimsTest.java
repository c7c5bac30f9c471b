package io.tocsin.storage.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairClaimsTest {
    private static final String FIRST = "00000000000000aa 0000000000000001 12/34";
    private static final String SECOND = "00000000000000aa 0000000000000002 -";

    @TempDir
    Path folder;

    @Test
    void givesASessionToTheFirstForEver() {
        try (PairClaims claims = PairClaims.open(folder, 100)) {
            assertThat(claims.claim(FIRST)).isEqualTo(FIRST);
            assertThat(claims.claim(SECOND)).isEqualTo(FIRST);
        }
        try (PairClaims claims = PairClaims.open(folder, 100)) {
            assertThat(claims.claim(SECOND + "\n")).isEqualTo(FIRST);
        }
    }

    @Test
    void passesOverALineThatWasCut() throws IOException {
        try (PairClaims claims = PairClaims.open(folder, 100)) {
            claims.claim(FIRST);
        }
        String other = "00000000000000bb 0000000000000001 -";
        Files.writeString(folder.resolve("pair-claims"), other.substring(0, 30), StandardOpenOption.APPEND);
        try (PairClaims claims = PairClaims.open(folder, 100)) {
            assertThat(claims.claim(SECOND)).isEqualTo(FIRST);
            assertThat(claims.claim(other)).isEqualTo(other);
        }
        assertThat(Files.readString(folder.resolve("pair-claims"))).isEqualTo(FIRST + "\n" + other + "\n");
    }

    @Test
    void forgetsTheOldestWhenThereAreTooMany() throws IOException {
        try (PairClaims claims = PairClaims.open(folder, 10)) {
            for (int i = 0; i < 25; i++) {
                claims.claim("%016x 0000000000000001 -".formatted(i));
            }
            assertThat(claims.claim("%016x 0000000000000002 -".formatted(24))).endsWith("1 -");
        }
        assertThat(Files.readAllLines(folder.resolve("pair-claims"))).hasSizeLessThanOrEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "00000000000000aa 0000000000000001", "00000000000000AA 0000000000000001 -"})
    void refusesWhatIsNoClaim(String text) {
        try (PairClaims claims = PairClaims.open(folder, 10)) {
            assertThatThrownBy(() -> claims.claim(text)).isInstanceOf(TocsinException.class);
        }
    }
}
