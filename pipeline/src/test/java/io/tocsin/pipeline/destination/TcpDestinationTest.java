package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.destination.DestinationFigures.State;
import io.tocsin.pipeline.tls.TestCertificates;
import io.tocsin.pipeline.transport.log.LogOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Policies, failover and what a slow or dead peer does to others, over real sockets.
class TcpDestinationTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private NumberedEvents events;
    private LineReceiver first;
    private LineReceiver second;
    private LineReceiver third;

    @BeforeEach
    void open() throws Exception {
        events = new NumberedEvents(folder);
        first = new LineReceiver();
        second = new LineReceiver();
        third = new LineReceiver();
    }

    @AfterEach
    void close() throws Exception {
        first.close();
        second.close();
        third.close();
        events.close();
    }

    private RunningDestination start(String keys) {
        return events.start(
                "out",
                "{ type: tcp, urls: [" + NumberedEvents.urls(List.of(first, second, third))
                        + "], checkInterval: 300ms, holdBack: 200ms, flushInterval: 10ms, " + keys
                        + (keys.contains("batch:") ? "" : ", batch: 4KiB") + " }");
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
    void sendsEverythingInOrderToOnePeerAndMovesTheCursor() throws Exception {
        events.append(20, 100);
        try (RunningDestination out = start("policy: any")) {
            assertThat(out.drain(LONG)).isTrue();
            assertThat(first.numbers())
                    .isEqualTo(IntStream.range(0, 2_000).boxed().toList());
            assertThat(second.numbers()).isEmpty();
            DestinationFigures figures = out.figures();
            assertThat(figures.deliveredEvents()).isEqualTo(2_000);
            assertThat(figures.backlogEvents()).isZero();
            assertThat(figures.inFlightBytes()).isZero();
            assertThat(figures.switches()).isZero();
        }
        try (RunningDestination again = start("policy: any")) {
            assertThat(again.drain(LONG)).isTrue();
            assertThat(again.figures().deliveredEvents()).isZero();
        }
    }

    /// Frames one behind the other are one stream.
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd", "lz4", "snappy"})
    void compressedStreamHoldsEverything(String compression) throws Exception {
        events.append(10, 100);
        try (LineReceiver peer = new LineReceiver(compression);
                RunningDestination out = events.start(
                        "out",
                        "{ type: tcp, urls: [ \"" + peer.address() + "\" ], batch: 4KiB, holdBack: 0s, flushInterval:"
                                + " 10ms, compression: " + compression + " }")) {
            assertThat(out.drain(LONG)).isTrue();
            await().atMost(LONG).until(() -> peer.numbers().size() == 1_000);
            assertThat(peer.numbers())
                    .isEqualTo(IntStream.range(0, 1_000).boxed().toList());
        }
    }

    /// K18: any sticks to the peer that it went to.
    @Test
    void anyGoesOnWithinASecondAndStaysThere() throws Exception {
        try (RunningDestination out = start("policy: any")) {
            events.append(5, 100);
            await().atMost(LONG).until(() -> first.distinct().size() == 500);
            first.kill();
            long before = System.nanoTime();
            events.append(5, 100);
            await().atMost(LONG)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> received().size() == 1_000);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
            first.restore();
            await().atMost(LONG).until(() -> out.figures().peers().getFirst().up());
            int atFirst = first.numbers().size();
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(received()).isEqualTo(upTo(1_500));
            assertThat(first.numbers()).hasSize(atFirst);
            assertThat(third.numbers()).isEmpty();
            assertThat(out.figures().switches()).isEqualTo(1);
        }
    }

    /// K18: prefer-first goes back.
    @Test
    void preferFirstReturnsToTheFirstAsSoonAsItIsBack() throws Exception {
        try (RunningDestination out = start("policy: prefer-first")) {
            events.append(5, 100);
            await().atMost(LONG).until(() -> first.distinct().size() == 500);
            first.kill();
            events.append(5, 100);
            await().atMost(LONG).until(() -> received().size() == 1_000);
            assertThat(second.numbers()).isNotEmpty();
            first.restore();
            await().atMost(LONG).until(() -> out.figures().peers().getFirst().up());
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(first.distinct())
                    .containsAll(IntStream.range(1_000, 1_500).boxed().toList());
            assertThat(received()).isEqualTo(upTo(1_500));
        }
    }

    /// P34: two peers share within 10 percent.
    @Test
    void balancedSharesAmongPeersThatAreEquallyQuick() throws Exception {
        try (RunningDestination out = start("policy: balanced, workers: 3")) {
            events.append(60, 200);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(received()).isEqualTo(upTo(12_000));
            for (LineReceiver receiver : List.of(first, second, third)) {
                assertThat((double) receiver.distinct().size()).isBetween(12_000 / 3 * 0.9, 12_000 / 3 * 1.1);
            }
        }
    }

    /// S12: with one peer dead the others take everything, also what was on its way to it.
    @Test
    void balancedGoesOnWithTheOthersWhenOneDies() throws Exception {
        try (RunningDestination out = start("policy: balanced, workers: 3")) {
            events.append(20, 100);
            await().atMost(LONG).until(() -> !third.numbers().isEmpty());
            third.kill();
            events.append(20, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(received()).isEqualTo(upTo(4_000));
        }
    }

    /// P36: fallback only while no member of the primary group accepts.
    @Test
    void fallbackIsUsedOnlyWhileNoPrimaryPeerWorks() throws Exception {
        String spec = "{ type: tcp, urls: [" + NumberedEvents.urls(List.of(first, second)) + "], fallbackUrls: ["
                + NumberedEvents.urls(List.of(third))
                + "], checkInterval: 300ms, holdBack: 100ms, flushInterval: 10ms, policy: balanced, workers: 2 }";
        try (RunningDestination out = events.start("out", spec)) {
            first.kill();
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(third.numbers()).isEmpty();
            second.kill();
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(third.numbers()).isNotEmpty();
            second.restore();
            await().atMost(LONG).until(() -> out.figures().peers().get(1).up());
            int atFallback = third.numbers().size();
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(third.numbers()).hasSize(atFallback);
            assertThat(received()).isEqualTo(upTo(1_500));
        }
    }

    /// F-NET-02, rsyslog 4032: the peer does not refuse, it only says nothing any more.
    @Test
    void rsyslog4032SilentPeerIsGivenUpAfterTheTimeLimit() throws Exception {
        try (RunningDestination out = start("policy: any, timeout: 2s, buffer: 8MiB, batch: 64KiB")) {
            events.append(5, 100);
            await().atMost(LONG).until(() -> first.distinct().size() == 500);
            first.fallSilent();
            long before = System.nanoTime();
            // More than the kernel takes for a peer that does not read.
            events.append(100, 500);
            await().atMost(LONG).until(() -> received().size() == 50_500);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(15));
            assertThat(out.drain(LONG)).isTrue();
        }
    }

    /// F-NET-03, rsyslog 4038: a message is lost at each switch on plain TCP.
    @Test
    void rsyslog4038LosesNothingWhenAPeerDiesAgainAndAgain() throws Exception {
        try (RunningDestination out = start("policy: prefer-first")) {
            int appended = 0;
            for (int round = 0; round < 6; round++) {
                events.append(10, 50);
                appended += 500;
                int reached = first.numbers().size();
                await().atMost(LONG).until(() -> first.numbers().size() > reached);
                first.kill();
                events.append(10, 50);
                appended += 500;
                int all = appended;
                await().atMost(LONG).until(() -> received().size() == all);
                first.restore();
                await().atMost(LONG)
                        .until(() -> out.figures().peers().getFirst().up());
            }
            assertThat(out.drain(LONG)).isTrue();
            assertThat(received()).isEqualTo(upTo(appended));
        }
    }

    /// F-FO-05, rsyslog 4660: everything waited for the second peer although the first was back.
    @Test
    void rsyslog4660FirstPeerThatComesBackIsEnough() throws Exception {
        first.kill();
        second.kill();
        third.kill();
        try (RunningDestination out = start("policy: prefer-first")) {
            events.append(5, 100);
            await().atMost(LONG).until(() -> out.figures().state() == State.RETRYING);
            first.restore();
            assertThat(out.drain(LONG)).isTrue();
            assertThat(first.distinct()).isEqualTo(upTo(500));
            assertThat(out.figures().peers().get(1).up()).isFalse();
        }
    }

    /// F-FO-04, rsyslog PR 5984: it is down only when the whole pool is.
    @Test
    void rsyslogPr5984SaysThatItIsDownOnlyWhenNoPeerWorks() throws Exception {
        first.kill();
        third.kill();
        try (RunningDestination out = start("policy: balanced")) {
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(out.figures().state()).isEqualTo(State.IDLE);
            second.kill();
            events.append(1, 1);
            await().atMost(LONG).until(() -> out.figures().state() == State.RETRYING);
            assertThat(out.figures().lastError()).isNotNull();
        }
    }

    /// K6, rsyslog 3961, 146, 5616: queueing for a dead peer always succeeds, so the other one is
    /// never chosen.
    @Test
    void rsyslog3961QueueForADeadPeerDoesNotKeepTheNextOneFromBeingChosen() throws Exception {
        first.kill();
        events.append(10, 100);
        try (RunningDestination out = start("policy: prefer-first, buffer: 64KiB")) {
            assertThat(out.drain(LONG)).isTrue();
            assertThat(second.distinct()).isEqualTo(upTo(1_000));
        }
    }

    /// K19, S14: while nobody is there, events wait on the disk and arrive later in their order.
    @Test
    void allPeersDownWaitsOnTheDiskWithBoundedMemoryAndKeepsTheOrder() throws Exception {
        first.kill();
        second.kill();
        third.kill();
        try (RunningDestination out = start("policy: any, buffer: 64KiB")) {
            events.append(20, 100);
            await().atMost(LONG).until(() -> out.figures().state() == State.RETRYING);
            assertThat(out.figures().inFlightBytes()).isLessThanOrEqualTo(64 << 10);
            assertThat(out.figures().backlogEvents()).isEqualTo(2_000);
            second.restore();
            assertThat(out.drain(LONG)).isTrue();
            assertThat(second.numbers())
                    .isEqualTo(IntStream.range(0, 2_000).boxed().toList());
        }
    }

    @Test
    void deadOrSilentDestinationDoesNotSlowAnother() throws Exception {
        first.kill();
        second.fallSilent();
        String keys = ", flushInterval: 10ms, holdBack: 0s }";
        try (RunningDestination dead = events.start("dead", "{ type: tcp, urls: [\"" + first.address() + "\"]" + keys);
                RunningDestination silent =
                        events.start("silent", "{ type: tcp, urls: [\"" + second.address() + "\"]" + keys);
                RunningDestination sound =
                        events.start("sound", "{ type: tcp, urls: [\"" + third.address() + "\"]" + keys)) {
            events.append(200, 100);
            assertThat(sound.drain(Duration.ofSeconds(5))).isTrue();
            assertThat(third.distinct()).isEqualTo(upTo(20_000));
            assertThat(dead.figures().deliveredEvents()).isZero();
            assertThat(silent.figures().backlogEvents()).isPositive();
        }
    }

    /// P9, P10: dispatch by reception port, source network and the beginning of the text.
    @Test
    void dispatchesByPortNetworkAndBeginningOfTheText() throws Exception {
        for (int i = 0; i < 400; i++) {
            events.add(i, NumberedEvents.origin(i % 4 < 2 ? "10.1.0.7" : "192.168.0.7", 1522 + i % 2));
        }
        events.append();
        String common = ", holdBack: 0s, flushInterval: 10ms, filter: { keep: \"";
        try (RunningDestination byPort = events.start(
                        "port",
                        "{ type: tcp, urls: [\"" + first.address() + "\"]" + common + "ListenPort = 1523\" } }");
                RunningDestination byNetwork = events.start(
                        "network",
                        "{ type: tcp, urls: [\"" + second.address() + "\"]" + common
                                + "EntryAddress inSubnet '10.1.0.0/16'\" } }");
                RunningDestination byText = events.start(
                        "text",
                        "{ type: tcp, urls: [\"" + third.address() + "\"]" + common + "Raw startsWith 'n=39'\" } }")) {
            assertThat(byPort.drain(LONG)).isTrue();
            assertThat(byNetwork.drain(LONG)).isTrue();
            assertThat(byText.drain(LONG)).isTrue();
            assertThat(first.distinct()).hasSize(200).allMatch(number -> number % 2 == 1);
            assertThat(second.distinct()).hasSize(200).allMatch(number -> number % 4 < 2);
            assertThat(third.distinct()).containsExactly(39, 390, 391, 392, 393, 394, 395, 396, 397, 398, 399);
            assertThat(byPort.figures().filtered()).containsEntry("filter", 200L);
        }
    }

    @Test
    void keepsTheOrderOfEachSourceWithSeveralWorkers() throws Exception {
        String spec = "{ type: tcp, workers: 4, batch: 1KiB, holdBack: 0s, flushInterval: 1ms, urls: [\""
                + first.address() + "\"] }";
        try (RunningDestination out = events.start("out", spec)) {
            events.append(100, 40);
            assertThat(out.drain(LONG)).isTrue();
            await().until(() -> first.numbers().size() == 4_000);
            for (int source = 0; source < 4; source++) {
                int rest = source;
                assertThat(first.numbers().stream().filter(number -> number % 4 == rest))
                        .isSorted();
            }
        }
    }

    @Test
    void sendsNoMoreThanItsRate() throws Exception {
        String spec = "{ type: tcp, eventsPerSecond: 500, holdBack: 0s, urls: [\"" + first.address() + "\"] }";
        try (RunningDestination out = events.start("out", spec)) {
            long before = System.nanoTime();
            events.append(10, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .isBetween(Duration.ofMillis(1_800), Duration.ofSeconds(4));
        }
    }

    @Test
    void eventsOfOtherCollectorsAreNotSent() throws Exception {
        events.add(1, NumberedEvents.origin("10.0.0.1", 1522));
        events.append("somebody-else");
        events.add(2, NumberedEvents.origin("10.0.0.1", 1522));
        events.append("edge/held");
        events.add(3, NumberedEvents.origin("10.0.0.1", 1522));
        events.append("edge/released");
        try (RunningDestination out = start("policy: any")) {
            assertThat(out.drain(LONG)).isTrue();
            assertThat(first.numbers()).containsExactly(3);
        }
    }

    @Test
    void speaksTlsAndRefusesAPeerThatItDoesNotTrust() throws Exception {
        TestCertificates certificates = new TestCertificates(Files.createDirectories(folder.resolve("tls")));
        certificates.sign("server", "IP:127.0.0.1");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null);
        TestCertificates.run(
                "pkcs12",
                "-export",
                "-out",
                folder.resolve("server.p12").toString(),
                "-passout",
                "pass:test",
                "-in",
                certificates.certificate("server").toString(),
                "-inkey",
                certificates.key("server").toString());
        try (var in = Files.newInputStream(folder.resolve("server.p12"))) {
            store.load(in, "test".toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, "test".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        events.append(5, 100);
        try (LineReceiver secure = new LineReceiver(context.getServerSocketFactory())) {
            String spec =
                    "{ type: tcp, holdBack: 0s, checkInterval: 300ms, urls: [\"" + secure.address() + "\"], tls: ";
            try (RunningDestination distrustful = events.start("distrustful", spec + "{} }")) {
                await().atMost(LONG).until(() -> distrustful.figures().retries() > 0);
                assertThat(secure.numbers()).isEmpty();
            }
            try (RunningDestination out =
                    events.start("out", spec + "{ authorities: \"" + certificates.authority() + "\" } }")) {
                assertThat(out.drain(LONG)).isTrue();
                await().atMost(LONG).until(() -> secure.numbers().size() == 500);
            }
        }
    }

    @Test
    void destinationThatIsAwayForTooLongLosesItsOldestEventsAndNobodyElseDoes() throws Exception {
        first.kill();
        String limits = "\"], holdBack: 0s, checkInterval: 300ms, buffer: 64KiB, batch: 4KiB, diskAge: 1s, whenFull:"
                + " drop-oldest }";
        LogOptions small = LogOptions.defaults().withSizes(4096, 64 << 20);
        try (NumberedEvents many = new NumberedEvents(folder.resolve("small"), small);
                RunningDestination away = many.start("away", "{ type: tcp, urls: [\"" + first.address() + limits);
                RunningDestination sound =
                        many.start("sound", "{ type: tcp, holdBack: 0s, urls: [\"" + second.address() + "\"] }")) {
            // More than a destination reads at once: what it has read is not let go.
            many.append(100, 20);
            await().atMost(LONG).until(() -> away.figures().lostEvents() > 0);
            long total = many.log.end().sequence();
            assertThat(sound.drain(LONG)).isTrue();
            assertThat(sound.figures().lostEvents()).isZero();
            assertThat(sound.figures().deliveredEvents()).isEqualTo(total);
            first.restore();
            assertThat(away.drain(LONG)).isTrue();
            assertThat(away.figures().deliveredEvents() + away.figures().lostEvents())
                    .isEqualTo(total);
        }
    }
}
