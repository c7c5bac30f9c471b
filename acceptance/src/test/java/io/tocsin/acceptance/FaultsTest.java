package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The quick part of `bench faults`: what is acknowledged over RELP is stored once, whatever breaks.
@Tag("acceptance")
final class FaultsTest {
    @Test
    void losesAndDoublesNothingThatWasAcknowledged() {
        CommandResult faults =
                CommandResult.run(Map.of(), Duration.ofMinutes(5), "bench", "faults", "--quick", "--output", "ndjson");
        System.out.print(faults.out());
        long rows = 0;
        boolean passed = true;
        for (String line : faults.out().lines().toList()) {
            JsonNode row = TocsinProcess.JSON.readTree(line);
            rows++;
            passed &= row.path("verdict").asString("").equals("passed");
            assertThat(row.path("acknowledged").asLong()).as(line).isGreaterThan(1_000);
            assertThat(row.path("lost").asLong(-1)).as(line).isZero();
            assertThat(row.path("twice").asLong(-1)).as(line).isZero();
            assertThat(row.path("balance").asLong(-1)).as(line).isZero();
        }
        assertThat(rows).as(faults.error()).isEqualTo(4);
        // How long a start takes is up to how busy the machine is; the table says it, and the exit code follows it.
        assertThat(faults.exitCode()).as(faults.error()).isEqualTo(passed ? 0 : 1);
    }

    @Test
    void leavesNoServiceBehindWhenItIsStopped() throws IOException {
        Process bench = new ProcessBuilder(
                        TocsinProcess.ROOT.resolve("tocsin").toString(),
                        "bench",
                        "faults",
                        "--only",
                        "freeze-collector")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<ProcessHandle> services = new ArrayList<>();
        try {
            Awaitility.await("services are started")
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> {
                        services.clear();
                        services.addAll(bench.descendants().toList());
                        return services.size() > 1;
                    });
            bench.destroy();
            Awaitility.await("everything has ended")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !bench.isAlive() && services.stream().noneMatch(ProcessHandle::isAlive));
        } finally {
            services.forEach(ProcessHandle::destroyForcibly);
            bench.destroyForcibly();
        }
    }
}
