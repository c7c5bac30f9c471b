package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairedCollectorsTest {
    private static final String ASSEMBLING = """
        kind: collector
        name: test
        spec:
          connector: { type: tcp, listen: "127.0.0.1:0" }
          assemble: { preset: auditd, idleTimeout: 1m }
          normalizer: kv
          keepRaw: true
        """;
    private static final String FOLDING = """
        kind: collector
        name: test
        spec:
          connector: { type: tcp, listen: "127.0.0.1:0" }
          normalizer: cef
          stages:
            - type: aggregate
              name: users
              where: "SourceUserName != ''"
              threshold: 10
              lifetime: 1h
              identical: [ SourceUserName ]
        """;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private static String begin(int serial) {
        return "type=SYSCALL msg=audit(10.000:" + serial + "): arch=c000003e syscall=2 success=yes items=0\n";
    }

    private static String end(int serial) {
        return "type=PROCTITLE msg=audit(10.000:" + serial + "): proctitle=\"x\"\n";
    }

    private static String whole(int serial) {
        return (begin(serial) + end(serial)).strip();
    }

    private static void awaitReceived(PairSite.Side side, long lines) {
        await().atMost(LIMIT)
                .until(() ->
                        side.topology().figures().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L) >= lines);
        await().atMost(LIMIT).until(() -> side.pair().waitingRecords() == 0);
    }

    private static void awaitPair(PairSite site) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(site.a.state() + " " + site.b.state())
                        .as("%s%n%s", site.a.pair(), site.b.pair())
                        .matches("keeper helper|helper keeper"));
    }

    private static void awaitReleased(PairSite site, int events) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(site.released())
                        .as("%s%n%s", site.a.runs() ? site.a.pair() : "", site.b.runs() ? site.b.pair() : "")
                        .hasSizeGreaterThanOrEqualTo(events));
    }

    private PairSite pair(String yaml) throws IOException {
        PairSite site = new PairSite(folder, yaml);
        site.a.start();
        site.b.start();
        awaitPair(site);
        return site;
    }

    @Test
    void joinsLinesThatComeToBoth() throws IOException {
        try (PairSite site = pair(ASSEMBLING)) {
            site.a.send(begin(1) + begin(2));
            awaitReceived(site.a, 2);
            site.b.send(begin(3) + end(2));
            awaitReceived(site.b, 2);
            site.a.send(end(1) + end(3));
            awaitReleased(site, 3);
            assertThat(site.a.released()).containsExactlyInAnyOrder(whole(1), whole(2), whole(3));
            assertThat(site.b.released()).isEmpty();
        }
    }

    @Test
    void takesOverWhatAKilledKeeperHeld() throws IOException {
        try (PairSite site = pair(ASSEMBLING)) {
            site.a.send(begin(1) + begin(2) + end(2) + begin(3));
            awaitReceived(site.a, 4);
            awaitReleased(site, 1);
            site.a.kill();
            site.b.send(end(1));
            long start = System.nanoTime();
            await().atMost(LIMIT).until(() -> site.b.released().contains(whole(1)));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
            assertThat(site.b.pair().takeovers()).isEqualTo(1);
            // The dead one is back: it forgets what was taken over, and what it gets next is joined all the same.
            site.a.start();
            awaitPair(site);
            assertThat(site.b.state()).isEqualTo("keeper");
            site.a.send(end(3));
            awaitReleased(site, 3);
            assertThat(site.released()).containsExactlyInAnyOrder(whole(1), whole(2), whole(3));
        }
    }

    @Test
    void goesOnAloneWithWhatItKeepsWhenTheHelperDies() throws IOException {
        try (PairSite site = pair(ASSEMBLING)) {
            site.b.send(begin(1));
            awaitReceived(site.b, 1);
            site.b.kill();
            site.a.send(end(1) + begin(2));
            awaitReleased(site, 1);
            await().atMost(LIMIT).until(() -> site.a.state().equals("alone"));
            site.b.start();
            awaitPair(site);
            assertThat(site.a.state()).isEqualTo("keeper");
            site.b.send(end(2));
            awaitReleased(site, 2);
            assertThat(site.a.released()).containsExactly(whole(1), whole(2));
            assertThat(site.b.released()).isEmpty();
        }
    }

    @Test
    void handsOverWhenItIsStopped() throws IOException {
        try (PairSite site = pair(ASSEMBLING)) {
            site.a.send(begin(1) + begin(2));
            awaitReceived(site.a, 2);
            long start = System.nanoTime();
            assertThat(site.a.stop()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
            assertThat(site.b.pair().takeovers()).isEqualTo(1);
            site.b.send(end(1));
            awaitReleased(site, 1);
            site.a.start();
            awaitPair(site);
            site.a.send(end(2));
            awaitReleased(site, 2);
            assertThat(site.released()).containsExactlyInAnyOrder(whole(1), whole(2));
        }
    }

    @Test
    void goesOnWithAHelperThatWasStoppedAndComesBack() throws IOException {
        try (PairSite site = pair(ASSEMBLING)) {
            boolean first = site.a.state().equals("keeper");
            PairSite.Side keeper = first ? site.a : site.b;
            PairSite.Side helper = first ? site.b : site.a;
            keeper.send(begin(1) + begin(2));
            helper.send(begin(3) + begin(4));
            awaitReceived(keeper, 2);
            awaitReceived(helper, 2);
            assertThat(helper.stop()).isTrue();
            keeper.send(end(1) + end(3));
            awaitReleased(site, 2);
            helper.start();
            awaitPair(site);
            helper.send(end(2) + end(4));
            awaitReleased(site, 4);
            assertThat(site.released()).containsExactlyInAnyOrder(whole(1), whole(2), whole(3), whole(4));
        }
    }

    @Test
    void countsExactlyOverSwitches() throws IOException {
        try (PairSite site = pair(FOLDING)) {
            for (int i = 0; i < 4; i++) {
                site.a.send("CEF:0|v|p|1|1|n|1|suser=ada\n");
            }
            awaitReceived(site.a, 4);
            site.a.kill();
            for (int i = 0; i < 3; i++) {
                site.b.send("CEF:0|v|p|1|1|n|1|suser=ada\n");
            }
            awaitReceived(site.b, 3);
            site.a.start();
            awaitPair(site);
            site.a.send("CEF:0|v|p|1|1|n|1|suser=ada\nCEF:0|v|p|1|1|n|1|suser=ada\n");
            awaitReceived(site.a, 2);
            site.b.stop();
            site.a.send("CEF:0|v|p|1|1|n|1|suser=ada\n");
            await().atMost(LIMIT).until(() -> !site.a.releasedJson().isEmpty());
            assertThat(site.a.releasedJson()).singleElement().asString().contains("\"BaseEventCount\":10");
            assertThat(site.b.releasedJson()).isEmpty();
        }
    }

    @Test
    void losesAndRepeatsNothingWhenTheLineIsCut() throws IOException {
        try (PairSite site = pair(ASSEMBLING)) {
            site.a.send(begin(1) + begin(2));
            awaitReceived(site.a, 2);
            site.cut();
            site.a.send(end(1));
            site.b.send(end(2) + begin(3) + end(3));
            await().atMost(LIMIT)
                    .until(() ->
                            site.a.state().equals("alone") && site.b.state().equals("alone"));
            await().atMost(LIMIT).until(() -> site.released().size() >= 2);
            site.heal();
            awaitPair(site);
            site.b.send(begin(4));
            awaitReceived(site.b, 4);
            site.a.send(end(4));
            await().atMost(LIMIT).until(() -> site.released().contains(whole(4)));
            site.a.stop();
            site.b.stop();
            String all = String.join("\n", site.released());
            for (String line : new String[] {begin(1), end(1), begin(2), begin(3), end(3), begin(4), end(4)}) {
                assertThat(all.split(Pattern.quote(line.strip()), -1)).as(line).hasSizeLessThanOrEqualTo(2);
            }
            assertThat(site.released()).contains(whole(3), whole(4));
        }
    }

    @Test
    void waitsForTheWitnessAndLosesNothing() throws IOException {
        try (PairSite site = pair(ASSEMBLING)) {
            site.a.send(begin(1));
            awaitReceived(site.a, 1);
            site.claims.mute = true;
            site.a.kill();
            site.b.send(end(1) + begin(2) + end(2));
            await().atMost(LIMIT).until(() -> site.b.pair().detail().contains("the witness cannot be asked"));
            // It is back, but somebody may have claimed what it holds: it waits as well.
            site.a.start();
            site.a.send(begin(5) + end(5));
            await().pollDelay(Duration.ofMillis(600)).until(() -> true);
            assertThat(site.released()).isEmpty();
            site.claims.mute = false;
            awaitReleased(site, 3);
            assertThat(site.b.released()).contains(whole(1), whole(2));
            assertThat(site.released()).containsExactlyInAnyOrder(whole(1), whole(2), whole(5));
        }
    }

    @Test
    void becomesAPairAlthoughOthersSendGarbageToItsPort() throws IOException {
        long seed = System.nanoTime();
        System.out.println("PairedCollectorsTest seed " + seed);
        Random random = new Random(seed);
        try (PairSite site = new PairSite(folder, ASSEMBLING)) {
            site.a.start();
            for (int i = 0; i < 50; i++) {
                byte[] bytes = new byte[random.nextInt(3000)];
                random.nextBytes(bytes);
                byte[] head = "TPAR\u0002".getBytes(US_ASCII);
                System.arraycopy(head, 0, bytes, 0, Math.min(bytes.length, random.nextInt(head.length + 1)));
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), site.port())) {
                    socket.getOutputStream().write(bytes);
                } catch (SocketException _) {
                    // It was refused before all was written.
                }
            }
            site.b.start();
            awaitPair(site);
            site.b.send(begin(1));
            awaitReceived(site.b, 1);
            site.a.send(end(1));
            awaitReleased(site, 1);
        }
    }

    @Test
    void isNoPairWithAnotherSecret() throws IOException {
        try (PairSite site = new PairSite(folder, ASSEMBLING)) {
            site.a.start();
            site.b.start(ASSEMBLING, "another", Map.of("stages", "1"));
            await().atMost(LIMIT).until(() -> site.b.state().equals("refused"));
            assertThat(site.b.pair().detail()).contains("secret");
            site.b.send(begin(1) + end(1));
            site.a.send(begin(2) + end(2));
            awaitReleased(site, 2);
        }
    }

    @Test
    void namesWhatIsConfiguredDifferently() throws IOException {
        try (PairSite site = new PairSite(folder, ASSEMBLING)) {
            site.a.start();
            site.b.start(ASSEMBLING, site.secret, Map.of("stages", "2", "normalizer kv", "7"));
            await().atMost(LIMIT)
                    .until(() ->
                            site.a.state().equals("refused") && site.b.state().equals("refused"));
            assertThat(site.a.pair().detail()).contains("normalizer kv, stages");
            assertThat(site.b.pair().detail()).contains("normalizer kv, stages");
            site.b.send(begin(1) + end(1));
            awaitReleased(site, 1);
        }
    }
}
