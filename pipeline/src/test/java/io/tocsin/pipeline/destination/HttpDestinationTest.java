package io.tocsin.pipeline.destination;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.InvalidConfigException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpDestinationTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    /// A request gets a second to end by itself; the rest is for a machine that is busy.
    private static final Duration PROMPT = Duration.ofSeconds(5);

    @TempDir
    Path folder;

    private NumberedEvents events;
    private HttpReceiver first;
    private HttpReceiver second;
    private HttpReceiver third;

    @BeforeEach
    void open() throws Exception {
        events = new NumberedEvents(folder);
        first = new HttpReceiver();
        second = new HttpReceiver();
        third = new HttpReceiver();
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
        third.close();
        events.close();
    }

    private RunningDestination start(List<HttpReceiver> receivers, String keys) {
        String urls = String.join(
                ", ", receivers.stream().map(each -> "\"" + each.url() + "\"").toList());
        return events.start(
                "web",
                "{ type: http, urls: [" + urls + "], checkInterval: 300ms, flushInterval: 10ms, batch: 4KiB, " + keys
                        + " }");
    }

    private Set<Integer> received() {
        Set<Integer> all = new TreeSet<>(first.distinct());
        all.addAll(second.distinct());
        all.addAll(third.distinct());
        return all;
    }

    private static Set<Integer> upTo(int count) {
        return new TreeSet<>(IntStream.range(0, count).boxed().toList());
    }

    @Test
    void deliversInOrderWithPasswordAndCompression() throws Exception {
        events.append(10, 100);
        try (RunningDestination out = start(
                List.of(first), "compression: gzip, user: tocsin, password: secret, headers: { X-Site: north }")) {
            assertThat(out.drain(LONG)).isTrue();
            assertThat(first.numbers())
                    .isEqualTo(IntStream.range(0, 1_000).boxed().toList());
            assertThat(first.authorizations())
                    .containsOnly("Basic " + Base64.getEncoder().encodeToString("tocsin:secret".getBytes(UTF_8)));
        }
    }

    @Test
    void compressesWithZstdAndRefusesWhatHttpDoesNotKnow() throws Exception {
        events.append(10, 100);
        try (RunningDestination out = start(List.of(first), "compression: zstd")) {
            assertThat(out.drain(LONG)).isTrue();
            assertThat(first.numbers())
                    .isEqualTo(IntStream.range(0, 1_000).boxed().toList());
        }
        for (String unknown : List.of("lz4", "snappy")) {
            assertThatThrownBy(() -> start(List.of(first), "compression: " + unknown))
                    .isInstanceOf(InvalidConfigException.class)
                    .hasMessageContaining("use gzip or zstd");
        }
    }

    /// S13: outstanding answers say which peer is slow; it gets less and does not hold up the
    /// whole.
    @Test
    void balancedSendsLessToASlowPeer() throws Exception {
        second.slow(300);
        events.append(30, 100);
        try (RunningDestination out = start(List.of(first, second, third), "policy: balanced, workers: 4")) {
            long before = System.nanoTime();
            assertThat(out.drain(LONG)).isTrue();
            assertThat(received()).isEqualTo(upTo(3_000));
            // With every third batch at the slow peer it would take 20 s.
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
            assertThat(second.numbers().size()).isLessThan(3_000 / 6);
        }
    }

    @Test
    void peerThatAnswersWithErrorsIsLeftUntilItIsHealthy() throws Exception {
        first.answerWith(500);
        first.healthy(false);
        events.append(5, 100);
        try (RunningDestination out = start(List.of(first, second), "policy: prefer-first, healthPath: /health")) {
            assertThat(out.drain(LONG)).isTrue();
            assertThat(second.distinct()).isEqualTo(upTo(500));
            assertThat(out.figures().peers().getFirst().up()).isFalse();
            first.answerWith(200);
            first.healthy(true);
            await().atMost(LONG).until(() -> out.figures().peers().getFirst().up());
            events.append(1, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(first.distinct()).hasSize(100);
        }
    }

    @Test
    void silentPeerIsGivenUpAfterTheTimeLimit() throws Exception {
        first.slow(30_000);
        events.append(1, 100);
        try (RunningDestination out = start(List.of(first, second), "timeout: 1s")) {
            long before = System.nanoTime();
            await().atMost(LONG).until(() -> second.distinct().size() == 100);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
            assertThat(out.drain(LONG)).isTrue();
        }
    }

    @Test
    void closingDoesNotWaitForAPeerThatNeverAnswers() throws Exception {
        events.append(1, 100);
        try (ServerSocket silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            RunningDestination out = events.start(
                    "web",
                    "{ type: http, urls: [\"http://127.0.0.1:" + silent.getLocalPort()
                            + "/events\"], flushInterval: 10ms, timeout: 10m }");
            try (Socket taken = silent.accept()) {
                assertThat(taken.getInputStream().read()).isEqualTo('P');
                long before = System.nanoTime();
                out.close();
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(PROMPT);
            }
        }
    }

    @Test
    void eventThatIsRefusedForGoodIsPutAsideAndNothingElse() throws Exception {
        first.refuse(37);
        events.append(1, 100);
        try (RunningDestination out = start(List.of(first), "format: json")) {
            assertThat(out.drain(LONG)).isTrue();
            Set<Integer> expected = upTo(100);
            expected.remove(37);
            assertThat(first.distinct()).isEqualTo(expected);
            assertThat(out.figures().deadLetters()).isEqualTo(1);
            assertThat(out.figures().backlogEvents()).isZero();
        }
        try (Stream<Path> aside = Files.list(folder.resolve("dead-letters").resolve("web"))) {
            assertThat(aside.toList())
                    .singleElement()
                    .satisfies(file -> assertThat(Files.readString(file)).contains("n=37;"));
        }
    }

    @Test
    void busyPeerIsAskedAgainAndNothingIsLost() throws Exception {
        first.answerWith(503);
        events.append(5, 100);
        try (RunningDestination out = start(List.of(first), "format: json")) {
            await().atMost(LONG).until(() -> out.figures().retries() > 2);
            first.answerWith(200);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(first.numbers())
                    .isEqualTo(IntStream.range(0, 500).boxed().toList());
        }
    }

    /// The cursor never passes what is not acknowledged, whatever is acknowledged behind it (P35).
    @Test
    void restartRepeatsOnlyWhatWasOnItsWay() throws Exception {
        events.append(40, 50);
        try (RunningDestination out = start(List.of(first, second), "policy: balanced, workers: 4, buffer: 64KiB")) {
            await().atMost(LONG).until(() -> received().size() > 500);
            first.answerWith(500);
            second.answerWith(500);
            assertThat(out.figures().deliveredEvents()).isLessThan(2_000);
        }
        first.answerWith(200);
        second.answerWith(200);
        try (RunningDestination again = start(List.of(first, second), "policy: balanced, workers: 4, buffer: 64KiB")) {
            assertThat(again.drain(LONG)).isTrue();
            assertThat(received()).isEqualTo(upTo(2_000));
            int repeated = first.numbers().size() + second.numbers().size() - 2_000;
            // 64 KiB are less than 400 events, and at most what was committed late.
            assertThat(repeated).isLessThan(800);
        }
    }
}
