package io.tocsin.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Against a real name server: dnsmasq.
final class DnsEnrichmentTest {
    private static final Path PROGRAM = Path.of("/usr/sbin/dnsmasq");

    private static @Nullable Process server;
    private static int port;

    @BeforeAll
    static void startServer() throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "dnsmasq is not installed: apt-get install dnsmasq-base");
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            port = free.getLocalPort();
        }
        server = new ProcessBuilder(
                        PROGRAM.toString(),
                        // Keeps the user and group it has: where the test runs it may have no right to change them.
                        "--no-daemon",
                        "--conf-file=/dev/null",
                        "--port=" + port,
                        "--listen-address=127.0.0.1",
                        "--bind-interfaces",
                        "--no-resolv",
                        "--no-hosts",
                        "--local=/example/",
                        "--local=/192.in-addr.arpa/",
                        "--local-ttl=60",
                        "--host-record=gate.corp.example,192.0.2.1,2001:db8::1",
                        "--host-record=six.corp.example,2001:db8::6",
                        "--cname=www.corp.example,gate.corp.example")
                .redirectErrorStream(true)
                .start();
        // Its own word: trying the port would take it away from the server.
        BufferedReader lines = server.inputReader();
        StringBuilder said = new StringBuilder();
        String line = lines.readLine();
        while (line != null && !line.contains("started")) {
            said.append(line).append('\n');
            line = lines.readLine();
        }
        assertThat(line).as("dnsmasq ended: %s", said).isNotNull();
        Thread.ofVirtual().start(() -> {
            try {
                lines.lines().forEach(_ -> {});
            } catch (UncheckedIOException ended) {
                // Its output closes with it.
            }
        });
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.destroy();
        }
    }

    private static StageRun open(String more) {
        return StageRun.of(
                EnrichConfig.SPEC,
                "timeLimit: 5s\nrules: [ { type: dns, servers: '127.0.0.1:" + port + "'" + more + " } ]");
    }

    @Test
    void fillsNamesOfAddressesAndAddressesOfNames() {
        try (StageRun run = open("")) {
            List<String> events = run.all(List.of(
                    List.of("SourceAddress", "192.0.2.1", "DestinationHostName", "WWW.corp.example"),
                    List.of("SourceAddress", "192.0.2.1"),
                    List.of("DestinationAddress", "2001:db8::1", "SourceHostName", "six.corp.example"),
                    List.of("SourceAddress", "192.0.2.99", "DeviceHostName", "nobody.corp.example"),
                    List.of("SourceAddress", "not an address", "SourcePort", "1")));
            assertThat(events.get(0))
                    .contains("\"SourceHostName\":\"gate.corp.example\"", "\"DestinationAddress\":\"192.0.2.1\"");
            assertThat(events.get(1)).contains("\"SourceHostName\":\"gate.corp.example\"");
            assertThat(events.get(2))
                    .contains(
                            "\"DestinationHostName\":\"gate.corp.example\"",
                            "\"SourceAddress\":\"2001:db8:0:0:0:0:0:6\"");
            assertThat(events.get(3)).doesNotContain("SourceHostName", "DeviceAddress", "enrichmentError");
            assertThat(events.get(4)).isEqualTo("{\"SourceAddress\":\"not an address\",\"SourcePort\":1}");
            assertThat(run.count("dns.hits")).isEqualTo(5);
            assertThat(run.count("dns.misses")).isEqualTo(2);
            assertThat(run.count("dns.timeouts")).isZero();
        }
    }

    @Test
    void asksOnceAndRemembersThatThereIsNothing() {
        try (StageRun run = open(", names: { SourceHostName: SourceAddress }")) {
            for (int i = 0; i < 3; i++) {
                run.all(List.of(List.of("SourceAddress", "192.0.2.1"), List.of("SourceAddress", "192.0.2.98")));
            }
            assertThat(run.count("dns.asked")).isEqualTo(2);
            assertThat(run.count("dns.cache_size")).isEqualTo(2);
            assertThat(run.count("dns.hits")).isEqualTo(3);
            assertThat(run.count("dns.misses")).isEqualTo(3);
        }
    }

    @Test
    void keepsNoMoreAnswersThanAllowed() {
        try (StageRun run = open(", cacheSize: 16")) {
            List<List<String>> events = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                events.add(List.of("SourceAddress", "192.0.2." + i));
            }
            run.all(events);
            assertThat(run.count("dns.cache_size")).isLessThanOrEqualTo(16);
            assertThat(run.count("dns.evicted")).isPositive();
        }
    }

    @Test
    void goesOnWithoutAServerThatDoesNotAnswerAndSaysSo() throws IOException {
        try (DatagramSocket silent = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
                StageRun run = StageRun.of(
                        EnrichConfig.SPEC,
                        "timeLimit: 150ms\nrules: [ { type: dns, timeout: 300ms, servers: '127.0.0.1:"
                                + silent.getLocalPort()
                                + "', names: { SourceHostName: SourceAddress } }, { type: constant, set: { Message: done } } ]")) {
            List<List<String>> events = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                events.add(List.of("SourceAddress", "192.0.2." + i));
            }
            long start = System.nanoTime();
            List<String> results = run.all(events);
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(3000);
            assertThat(results)
                    .allMatch(event -> event.contains("\"enrichmentError\":\"dns: timeout\"")
                            && event.contains("\"Message\":\"done\""));
            assertThat(run.count("dns.timeouts")).isEqualTo(100);

            // After enough failures nobody waits for it any more.
            Awaitility.await().until(() -> run.count("dns.failures") >= 100);
            assertThat(run.one("SourceAddress", "192.0.2.200")).contains("\"enrichmentError\":\"dns: not asked\"");
        }
    }

    @Test
    void takesTheNextServerWhenOneFails() throws IOException {
        try (DatagramSocket silent = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
                StageRun run = StageRun.of(
                        EnrichConfig.SPEC,
                        "timeLimit: 5s\nrules: [ { type: dns, timeout: 100ms, servers: ['127.0.0.1:"
                                + silent.getLocalPort() + "', '127.0.0.1:" + port + "'] } ]")) {
            assertThat(run.one("SourceAddress", "192.0.2.1")).contains("gate.corp.example");
            assertThat(run.one("DestinationHostName", "six.corp.example")).contains("2001:db8:0:0:0:0:0:6");
        }
    }

    @Test
    void laterEnrichmentsSeeTheAnswerAndNoEventIsMixedUp() {
        try (StageRun run = StageRun.of(
                EnrichConfig.SPEC,
                "timeLimit: 5s\nrules: [ { type: dns, servers: '127.0.0.1:" + port
                        + "' }, { type: template, when: \"SourceHostName = 'gate.corp.example'\", template: '{{.SourcePort}} {{.SourceHostName}}', to: Message } ]")) {
            List<String> results = run.all(List.of(
                    List.of("SourcePort", "1", "SourceAddress", "192.0.2.1"),
                    List.of("SourcePort", "2", "SourceAddress", "192.0.2.97"),
                    List.of("SourcePort", "3", "SourceHostName", "gate.corp.example"),
                    List.of("SourcePort", "4", "SourceAddress", "192.0.2.1")));
            assertThat(results.get(0)).contains("\"Message\":\"1 gate.corp.example\"");
            assertThat(results.get(1)).doesNotContain("Message");
            assertThat(results.get(2)).contains("\"Message\":\"3 gate.corp.example\"");
            assertThat(results.get(3)).contains("\"Message\":\"4 gate.corp.example\"");
        }
    }
}
