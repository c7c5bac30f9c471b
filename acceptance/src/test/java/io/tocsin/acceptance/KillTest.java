package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The first promise: no event that was taken over is lost or doubled, whatever dies.
@Tag("acceptance")
final class KillTest {
    private static final long LINES = 1_000_000;
    private static final String NUMBER = "toUInt64OrZero(extract(Message, ' n=([0-9]+)'))";

    @TempDir
    Path folder;

    @Test
    void storesEveryLineOnceWhileStorageIsKilledThriceAndEverythingOnce() {
        try (TocsinProcess tocsin = new TocsinProcess(folder.resolve("data"))
                .with("JDK_JAVA_OPTIONS", "")
                .start()) {
            NumberedSender sender = new NumberedSender(tocsin.syslogPort, "kill");
            CompletableFuture<Boolean> sending = CompletableFuture.supplyAsync(() -> sender.sendUntil(LINES * 7 / 10));
            for (int kill = 1; kill <= 3; kill++) {
                long mark = LINES * kill / 6;
                Awaitility.await()
                        .atMost(Duration.ofMinutes(3))
                        .until(() -> sender.written() >= mark || sending.isDone());
                Awaitility.await("storage is back")
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> tocsin.storage().isPresent());
                tocsin.killStorage();
            }
            // Whether the connection was still open when everything was killed is left to chance: both must hold.
            Awaitility.await()
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> sender.written() >= LINES * 6 / 10 || sending.isDone());
            tocsin.kill();
            sending.join();
            long breakAt = sender.written();

            tocsin.start();
            assertThat(sender.sendUntil(LINES))
                    .as("rest is taken after the restart")
                    .isTrue();

            long[] last = {-1};
            Awaitility.await("all stored")
                    .atMost(Duration.ofMinutes(4))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        long now = tocsin.count("SELECT count() FROM events WHERE Message LIKE '%run=kill%'");
                        boolean settled = now > 0 && now == last[0] && inFlight(tocsin) == 0;
                        last[0] = now;
                        return settled;
                    });
            JsonNode row = tocsin.search(
                            "SELECT count(), uniqExact(n), uniqExactIf(n, n < " + breakAt + "), maxIf(n, n < " + breakAt
                                    + "), uniqExactIf(n, n >= " + breakAt + ") FROM (SELECT " + NUMBER
                                    + " AS n FROM events WHERE Message LIKE '%run=kill%')")
                    .path(0);
            long stored = row.path(0).asLong();
            long distinct = row.path(1).asLong();
            long before = row.path(2).asLong();
            long highestBefore = row.path(3).asLong();
            long after = row.path(4).asLong();
            System.out.println("sent " + LINES + ", stored " + stored + ", doubles " + (stored - distinct)
                    + ", not read from plain TCP when the process died " + (breakAt - before));
            assertThat(stored - distinct).as("stored twice").isZero();
            assertThat(before)
                    .as("no hole before what the dead process had not read")
                    .isEqualTo(highestBefore + 1);
            assertThat(after).as("everything after the restart").isEqualTo(LINES - breakAt);
            JsonNode ledger = tocsin.ledger();
            assertThat(ledger.path("balance").asLong(-1))
                    .as(ledger.path("totals").toString())
                    .isZero();
            assertThat(ledger.path("totals").path("stored").asLong()).isGreaterThanOrEqualTo(stored);
            assertThat(tocsin.stop()).isZero();
        }
    }

    private static long inFlight(TocsinProcess tocsin) {
        return tocsin.ledger().path("totals").path("inFlight").asLong(-1);
    }
}
