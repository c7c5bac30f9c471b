package io.tocsin.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DemoScenarioTest {
    private static final Instant START = Instant.parse("2026-11-22T09:00:00Z");

    @Test
    void tellsAnHourInOrderWithTheAttackInIt() {
        List<DemoScenario.Line> lines = DemoScenario.lines(START, 1);
        assertThat(lines).hasSizeBetween(5_000, 20_000);
        assertThat(lines).isSortedAccordingTo((a, b) -> a.at().compareTo(b.at()));
        assertThat(lines.getFirst().at()).isAfterOrEqualTo(START);
        assertThat(lines.getLast().at()).isBefore(START.plus(Duration.ofHours(1)));
        assertThat(lines).anyMatch(line -> line.text().contains("Failed password for root from 198.51.100.23"));
        assertThat(lines).anyMatch(line -> line.text().contains("Accepted password for deploy"));
        assertThat(lines).anyMatch(line -> line.text().contains("add 'support' to group 'sudo'"));
        assertThat(lines)
                .allMatch(line -> line.text().startsWith("<") && !line.text().contains("\n"));
    }

    @Test
    void repeatsItselfForTheSameSeed() {
        assertThat(DemoScenario.lines(START, 7)).isEqualTo(DemoScenario.lines(START, 7));
        assertThat(DemoScenario.lines(START, 7)).isNotEqualTo(DemoScenario.lines(START, 8));
    }
}
