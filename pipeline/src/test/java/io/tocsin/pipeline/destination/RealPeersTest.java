package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real receivers, killed and started again while events are being sent.
@Tag("slow")
class RealPeersTest {
    private static final Path RSYSLOG = Path.of("/usr/sbin/rsyslogd");
    private static final Path NGINX = Path.of("/usr/sbin/nginx");
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Pattern NUMBER = Pattern.compile("n=(\\d+);");

    @TempDir
    Path folder;

    private static void awaitListening(int port) {
        await().atMost(LONG).ignoreExceptions().until(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
                return true;
            }
        });
    }

    private Process rsyslog(String name, int port) throws IOException {
        Path home = Files.createDirectories(folder.resolve(name));
        Path config = Files.writeString(home.resolve("rsyslog.conf"), """
            global(workDirectory="%1$s" maxMessageSize="64k")
            module(load="imtcp")
            template(name="line" type="string" string="%%rawmsg%%\\n")
            ruleset(name="all") { action(type="omfile" file="%1$s/out.log" template="line" asyncWriting="off" flushOnTXEnd="on") }
            input(type="imtcp" address="127.0.0.1" port="%2$d" ruleset="all")
            """.formatted(home, port));
        Process process = new ProcessBuilder(
                        RSYSLOG.toString(),
                        "-n",
                        "-f",
                        config.toString(),
                        "-i",
                        home.resolve("pid").toString())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("stdout").toFile())
                .start();
        awaitListening(port);
        return process;
    }

    private Set<Integer> written(String... names) {
        Set<Integer> numbers = new TreeSet<>();
        for (String name : names) {
            Path file = folder.resolve(name).resolve("out.log");
            try {
                Matcher number =
                        NUMBER.matcher(Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "");
                while (number.find()) {
                    numbers.add(Integer.parseInt(number.group(1)));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return numbers;
    }

    private static Set<Integer> upTo(int count) {
        return new TreeSet<>(IntStream.range(0, count).boxed().toList());
    }

    private static void kill(Process process) throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    /// F-NET-03 with the peer that has the bug (rsyslog 4038): what it had read, and not written, is sent to the other.
    @Test
    void rsyslogThatIsKilledCostsNothing() throws Exception {
        assumeTrue(Files.isExecutable(RSYSLOG), "rsyslogd is not installed: apt-get install rsyslog");
        int firstPort = FreePorts.next();
        int secondPort = FreePorts.next();
        Process first = rsyslog("first", firstPort);
        Process second = rsyslog("second", secondPort);
        try (NumberedEvents events = new NumberedEvents(folder.resolve("edge"));
                RunningDestination out = events.start(
                        "siem",
                        "{ type: tcp, format: json, policy: prefer-first, checkInterval: 300ms, flushInterval: 10ms,"
                                + " batch: 8KiB, holdBack: 1s, urls: [\"127.0.0.1:"
                                + firstPort + "\", \"127.0.0.1:" + secondPort + "\"] }")) {
            events.append(20, 100);
            await().atMost(LONG).until(() -> written("first").size() > 500);
            kill(first);
            events.append(20, 100);
            await().atMost(LONG).until(() -> written("first", "second").size() == 4_000);
            first = rsyslog("first", firstPort);
            await().atMost(LONG).until(() -> out.figures().peers().getFirst().up());
            events.append(20, 100);
            assertThat(out.drain(LONG)).isTrue();
            await().atMost(LONG).until(() -> written("first", "second").size() == 6_000);
            assertThat(written("first", "second")).isEqualTo(upTo(6_000));
            assertThat(out.figures().switches()).isEqualTo(2);
        } finally {
            kill(first);
            kill(second);
        }
    }

    /// An nginx in front that answers 502 because what is behind it is gone counts as failed, not as delivered.
    @Test
    void nginxWithNothingBehindItIsLeftForTheNextPeer() throws Exception {
        assumeTrue(Files.isExecutable(NGINX), "nginx is not installed: apt-get install nginx-light");
        int port = FreePorts.next();
        Path home = Files.createDirectories(folder.resolve("nginx"));
        try (HttpReceiver behind = new HttpReceiver();
                HttpReceiver other = new HttpReceiver()) {
            Path config = Files.writeString(home.resolve("nginx.conf"), """
                user root;
                daemon off;
                master_process off;
                pid %1$s/pid;
                error_log %1$s/error.log;
                events { worker_connections 64; }
                http {
                  access_log off;
                  client_body_temp_path %1$s/body;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                  server {
                    listen 127.0.0.1:%2$d;
                    client_max_body_size 16m;
                    location / { proxy_pass %3$s; }
                  }
                }
                """.formatted(
                            home, port, behind.url().replace("/events", "")));
            Process nginx = new ProcessBuilder(NGINX.toString(), "-p", home.toString(), "-c", config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(home.resolve("stdout").toFile())
                    .start();
            try (NumberedEvents events = new NumberedEvents(folder.resolve("edge"))) {
                awaitListening(port);
                try (RunningDestination out = events.start(
                        "web",
                        "{ type: http, policy: prefer-first, checkInterval: 300ms, flushInterval: 10ms, healthPath:"
                                + " /health, compression: gzip, urls: [\"http://127.0.0.1:"
                                + port + "/events\", \"" + other.url() + "\"] }")) {
                    events.append(5, 100);
                    assertThat(out.drain(LONG)).isTrue();
                    assertThat(behind.distinct()).isEqualTo(upTo(500));
                    behind.kill();
                    events.append(5, 100);
                    assertThat(out.drain(LONG)).isTrue();
                    assertThat(other.distinct()).hasSize(500);
                    behind.restore();
                    await().atMost(LONG)
                            .until(() -> out.figures().peers().getFirst().up());
                    events.append(5, 100);
                    assertThat(out.drain(LONG)).isTrue();
                    assertThat(behind.distinct()).hasSize(1_000);
                }
            } finally {
                kill(nginx);
            }
        }
    }
}
