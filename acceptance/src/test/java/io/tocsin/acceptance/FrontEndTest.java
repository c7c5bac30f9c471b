package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.acceptance.CollectorSite.Stored;
import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Real programs before two or three identical collectors, with the configuration that `./tocsin frontend` prints:
/// they go to the next collector when one dies and come back to it, and what was taken over is stored once.
@Tag("acceptance")
final class FrontEndTest {
    private static final int COLLECTORS = 3;
    private static final int LINES_PER_SECOND = 1_000;
    private static final Duration LIMIT = Duration.ofSeconds(40);
    /// What socket buffers and a program's own buffers may hold of lines at this rate when a collector is killed.
    private static final long LOST_AT_KILL = 2_000;

    @TempDir
    static Path folder;

    private static CollectorSite site;

    @BeforeAll
    static void start() throws IOException {
        site = new CollectorSite(folder, COLLECTORS);
    }

    @AfterAll
    static void stop() {
        if (site != null) {
            site.close();
        }
    }

    @Test
    void saysWithinASecondWhetherTrafficMayCome() throws Exception {
        Path data = site.data(0);
        CommandResult well = check("--data", data.toString());
        assertThat(well.exitCode()).as(well.error()).isZero();
        assertThat(well.out()).startsWith("ok pid=" + site.collectors.getFirst().pid() + " listeners=4");
        assertThat(check("--address", CollectorSite.host(1) + ":" + site.healthPort)
                        .exitCode())
                .isZero();

        assertThat(agent("monitor")).as("not started by the cluster").isEqualTo(7);
        assertThat(agent("start")).isZero();
        assertThat(agent("monitor")).isZero();

        // Stopped, not ended: the kernel still accepts connections for it.
        signal(site.collectors.getFirst(), "STOP");
        try {
            CommandResult stopped = check("--data", data.toString());
            assertThat(stopped.exitCode()).isEqualTo(1);
            assertThat(stopped.error()).contains("no answer in time");
        } finally {
            signal(site.collectors.getFirst(), "CONT");
        }
        site.collectors.getFirst().kill();
        CommandResult killed = check("--data", data.toString());
        assertThat(killed.exitCode()).isEqualTo(1);
        assertThat(killed.error()).contains("no collector answers");
        assertThat(agent("monitor")).isEqualTo(1);
        assertThat(agent("stop")).isZero();
        assertThat(agent("monitor")).isEqualTo(7);
        site.collectors.getFirst().start();
        assertThat(check("--data", data.toString()).exitCode()).isZero();
    }

    /// The exit code of the resource agent for pacemaker, for the first collector.
    private static int agent(String action) throws IOException, InterruptedException {
        ProcessBuilder agent = new ProcessBuilder(
                        TocsinProcess.ROOT.resolve("app/dist/ocf-listeners").toString(), action)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("agent.out").toFile());
        agent.environment()
                .putAll(Map.of(
                        "OCF_RESKEY_tocsin",
                        TocsinProcess.ROOT.resolve("tocsin").toString(),
                        "OCF_RESKEY_address",
                        CollectorSite.host(0) + ":" + site.healthPort,
                        "HA_RSCTMP",
                        folder.toString()));
        return agent.start().waitFor();
    }

    private static CommandResult check(String... arguments) {
        String[] command = Stream.concat(Stream.of("check-listeners"), Stream.of(arguments))
                .toArray(String[]::new);
        long began = System.nanoTime();
        CommandResult result = CommandResult.run(Map.of(), command);
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .as("time of check-listeners")
                .isLessThan(Duration.ofSeconds(1));
        return result;
    }

    private static void signal(ServiceProcess process, String signal) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsyslog-legacy", "rsyslog-ruleset"})
    void sendsWithRsyslogToTheNextCollectorAndBackToTheFirst(String grade) throws Exception {
        Path rsyslogd = program("/usr/sbin/rsyslogd", "rsyslog");
        Path work = Files.createDirectories(folder.resolve(grade));
        int input = FreePorts.next();
        List<String> arguments = new ArrayList<>(List.of(grade, "--retry-seconds", "2", "--spool", work.toString()));
        arguments.addAll(site.options(COLLECTORS, site.tcpPort));
        // The sender's lines as they came, whatever format the program would make of them.
        Files.writeString(
                work.resolve("rsyslog.conf"),
                "global(workDirectory=\"" + work
                        + "\")\nmodule(load=\"imptcp\")\ninput(type=\"imptcp\" address=\"127.0.0.1\" port=\"" + input
                        + "\")\n" + FrontEndProcess.configuration(arguments));
        try (FrontEndProcess rsyslog = FrontEndProcess.start(
                        work, Map.of(), List.of(rsyslogd.toString(), "-n", "-f", "rsyslog.conf", "-i", work + "/pid"));
                PacedSender sender = new PacedSender(awaitedPort(rsyslog, input), grade, LINES_PER_SECOND)) {
            sender.start();
            allGoToTheFirst(sender, grade);
            if (grade.equals("rsyslog-legacy")) {
                // A transaction of the main queue is what it loses or sends again.
                comesBackFromSigterm(sender, grade, 1_024);
            } else {
                comesBackFromSigterm(sender, grade, 1);
                goesToTheThirdWhenTwoAreKilled(sender, grade);
                // All away: what comes waits with rsyslog. It waits for the last of the list (rsyslog issue 4660).
                long before = sender.written();
                site.collectors.getLast().kill();
                awaitWritten(sender, before + 2L * LINES_PER_SECOND);
                long kept = sender.written();
                site.collectors.forEach(ServiceProcess::begin);
                site.collectors.forEach(ServiceProcess::awaitReady);
                awaitWritten(sender, kept + LINES_PER_SECOND);
                sender.stop();
                Stored stored = site.settled(grade, sender.written() - LOST_AT_KILL / 4, LIMIT);
                Stored waited = site.stored(grade, before + LINES_PER_SECOND, kept);
                System.out.println(grade + ": all away: of " + (kept - before) + " lines stored "
                        + site.stored(grade, before, kept).distinct());
                assertThat(waited.distinct())
                        .as("lines that came while all were away")
                        .isEqualTo(kept - before - LINES_PER_SECOND);
                assertThat(stored.twice()).isZero();
            }
        }
    }

    /// P33: a sender with both addresses; what comes while all are away waits on its disk.
    @Test
    void sendsWithSyslogNgToTheNextServerAndKeepsWhatNobodyTakes() throws Exception {
        String run = "syslog-ng";
        Path work = Files.createDirectories(folder.resolve(run));
        int input = FreePorts.next();
        List<String> arguments = new ArrayList<>(List.of(run, "--retry-seconds", "1", "--spool", work.toString()));
        arguments.addAll(site.options(2, site.tcpPort));
        SyslogNgProgram program = SyslogNgProgram.find();
        Files.writeString(
                work.resolve("syslog-ng.conf"),
                "@version: " + program.version()
                        + "\nsource s_in { network(ip(\"127.0.0.1\") port(" + input
                        + ") transport(\"tcp\") flags(syslog-protocol)); };\n"
                        + FrontEndProcess.configuration(arguments)
                        + "log { source(s_in); destination(d_tocsin); flags(flow-control); };\n");
        try (FrontEndProcess front = program.start(work);
                PacedSender sender = new PacedSender(awaitedPort(front, input), run, LINES_PER_SECOND)) {
            sender.start();
            allGoToTheFirst(sender, run);
            long stopAt = sender.written();
            assertThat(site.collectors.getFirst().stop()).isZero();
            awaitAt(1, sender, run);
            long stopped = sender.written();
            report(run, "SIGTERM", stopAt, stopped);
            site.collectors.get(1).kill();
            long before = sender.written();
            awaitWritten(sender, before + 2L * LINES_PER_SECOND);
            long kept = sender.written();
            site.collectors.getFirst().begin();
            site.collectors.get(1).begin();
            site.collectors.forEach(ServiceProcess::awaitReady);
            awaitAt(0, sender, run);
            sender.stop();
            site.settled(run, sender.written() - 2 * LOST_AT_KILL, LIMIT);
            Awaitility.await("lines that came while all were away")
                    .atMost(LIMIT)
                    .untilAsserted(() -> assertThat(site.stored(run, before + LINES_PER_SECOND, kept)
                                    .distinct())
                            .isEqualTo(kept - before - LINES_PER_SECOND));
            Stored stored = site.stored(run);
            System.out.println(run + ": lost " + (sender.written() - stored.distinct()) + " of " + sender.written()
                    + ", twice " + stored.twice());
            assertThat(sender.written() - stored.distinct()).isLessThanOrEqualTo(2 * LOST_AT_KILL);
        }
    }

    /// What rsyslog sends over RELP and has no answer to it keeps in memory, and forgets one message when it goes over
    /// to another collector (the guide says so); everything else of what it took is stored, at least once.
    @Test
    void losesWithRsyslogOverRelpNoMoreThanOneLineForEachKilledCollector() throws Exception {
        Path rsyslogd = program("/usr/sbin/rsyslogd", "rsyslog");
        program("/usr/lib/x86_64-linux-gnu/rsyslog/omrelp.so", "rsyslog-relp");
        String run = "rsyslog-relp";
        Path work = Files.createDirectories(folder.resolve(run));
        int input = FreePorts.next();
        List<String> arguments = new ArrayList<>(List.of(run, "--retry-seconds", "2", "--spool", work.toString()));
        arguments.addAll(site.options(2, site.relpPort));
        Files.writeString(
                work.resolve("rsyslog.conf"),
                "global(workDirectory=\"" + work + "\")\nmodule(load=\"imptcp\")\n"
                        + "input(type=\"imptcp\" address=\"127.0.0.1\" port=\"" + input + "\")\n"
                        + FrontEndProcess.configuration(arguments));
        try (FrontEndProcess rsyslog = FrontEndProcess.start(
                        work, Map.of(), List.of(rsyslogd.toString(), "-n", "-f", "rsyslog.conf", "-i", work + "/pid"));
                PacedSender sender = new PacedSender(awaitedPort(rsyslog, input), run, LINES_PER_SECOND)) {
            sender.start();
            allGoToTheFirst(sender, run);
            site.collectors.getFirst().kill();
            awaitAt(1, sender, run);
            site.collectors.getFirst().start();
            site.collectors.get(1).kill();
            site.collectors.get(1).start();
            awaitAt(0, sender, run);
            // What the second had not acknowledged waits in rsyslog's memory until the second is used again.
            site.collectors.getFirst().kill();
            awaitAt(1, sender, run);
            site.collectors.getFirst().start();
            awaitAt(0, sender, run);
            sender.stop();
            Stored stored = site.settled(run, sender.written() - 3, LIMIT);
            System.out.println(run + ": three times kill -9: lost " + (sender.written() - stored.distinct()) + " of "
                    + sender.written() + ", twice " + stored.twice());
            assertThat(site.missing(run, sender.written()))
                    .as("lines that rsyslog took, and that are not stored: " + rsyslog.output())
                    .hasSizeLessThanOrEqualTo(3);
        }
    }

    private static int awaitedPort(FrontEndProcess program, int port) {
        program.awaitListening(port);
        return port;
    }

    /// K2.
    private static void allGoToTheFirst(PacedSender sender, String run) {
        long first = 2L * LINES_PER_SECOND;
        awaitWritten(sender, first);
        Awaitility.await().atMost(LIMIT).until(() -> site.stored(run, 0, first).distinct() == first);
        assertThat(site.stored(run, 0, first).byCollector()).containsExactly(first, 0L, 0L);
    }

    /// K3 and K4: a collector that is stopped keeps what it has read; the next takes over, and the first again.
    ///
    /// @param transaction lines that the sender gives to an action at a time: when it fails in the middle, the
    ///     sender does not know which of them have arrived, and sends all again or none
    private static void comesBackFromSigterm(PacedSender sender, String run, long transaction) {
        long stopAt = sender.written();
        assertThat(site.collectors.getFirst().stop()).isZero();
        awaitAt(1, sender, run);
        long stopped = sender.written();
        site.collectors.getFirst().start();
        awaitAt(0, sender, run);
        report(run, "SIGTERM", stopAt, stopped);
        assertThat(site.stored(run, stopAt, stopped).distinct())
                .as("lines around SIGTERM")
                .isGreaterThanOrEqualTo(stopped - stopAt - transaction);
        assertThat(site.stored(run).twice()).as("lines that came twice").isLessThan(transaction);
    }

    /// K5.
    private static void goesToTheThirdWhenTwoAreKilled(PacedSender sender, String run) {
        long killAt = sender.written();
        site.collectors.getFirst().kill();
        awaitAt(1, sender, run);
        long killed = sender.written();
        site.collectors.get(1).kill();
        awaitAt(2, sender, run);
        long both = sender.written();
        report(run, "kill -9", killAt, killed);
        report(run, "kill -9 of the second", killed, both);
        assertThat(site.stored(run, killAt, both).distinct())
                .as("lines around kill -9")
                .isGreaterThanOrEqualTo(both - killAt - 2 * LOST_AT_KILL);
    }

    private static void report(String run, String what, long from, long to) {
        System.out.println(run + ": " + what + ": lost "
                + (to - from - site.stored(run, from, to).distinct()) + " of " + (to - from));
    }

    /// Waits until lines sent from now on are stored by a collector.
    private static void awaitAt(int collector, PacedSender sender, String run) {
        long from = sender.written();
        Awaitility.await("lines go to collector " + collector)
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(250))
                .until(() ->
                        site.stored(run, from, Long.MAX_VALUE).byCollector().get(collector) > 0);
    }

    private static void awaitWritten(PacedSender sender, long lines) {
        Awaitility.await().atMost(LIMIT).pollInterval(Duration.ofMillis(50)).until(() -> sender.written() >= lines);
    }

    @Test
    void balancesConnectionsAndDatagramsWithNginx() throws Exception {
        Path nginx = program("/usr/sbin/nginx", "nginx, libnginx-mod-stream");
        Path module = program("/usr/lib/nginx/modules/ngx_stream_module.so", "libnginx-mod-stream");
        int port = FreePorts.next();
        List<String> arguments = new ArrayList<>(List.of("nginx", "--listen", "127.0.0.1:" + port));
        arguments.addAll(site.options(2, site.tcpPort));
        try (FrontEndProcess front = nginx(nginx, module, "nginx", FrontEndProcess.configuration(arguments))) {
            front.awaitListening(port);
            balances(port, "nginx", 2_000, 0.05);
        }
        int udp = FreePorts.next();
        arguments = new ArrayList<>(List.of("nginx", "--listen", "127.0.0.1:" + udp, "--udp"));
        arguments.addAll(site.options(2, site.udpPort));
        try (FrontEndProcess front = nginx(nginx, module, "nginx-udp", FrontEndProcess.configuration(arguments));
                DatagramSocket socket = new DatagramSocket()) {
            front.awaitListening(udp);
            for (int i = 0; i < 1_000; i++) {
                byte[] line = PacedSender.line("datagrams", i).strip().getBytes(StandardCharsets.US_ASCII);
                socket.send(new DatagramPacket(line, line.length, InetAddress.getByName("127.0.0.1"), udp));
                LockSupport.parkNanos(500_000);
            }
            Stored stored = site.settled("datagrams", 1_000, LIMIT);
            assertThat(stored.distinct()).as(front.output()).isEqualTo(1_000);
            assertThat(stored.byCollector().getFirst()).isBetween(450L, 550L);
        }
    }

    private static FrontEndProcess nginx(Path program, Path module, String name, String configuration)
            throws IOException {
        Path work = Files.createDirectories(folder.resolve(name));
        Files.writeString(
                work.resolve("nginx.conf"),
                // Changing the user and the group needs a right that a test does not have either.
                "load_module " + module + ";\nuser root;\nmaster_process off;\ndaemon off;\npid " + work
                        + "/pid;\nerror_log stderr;\n"
                        // Raising the limit needs a right that a test does not have.
                        + configuration.replaceAll("worker_rlimit_nofile [0-9]+;\n", ""));
        return FrontEndProcess.start(
                work,
                Map.of(),
                List.of(program.toString(), "-c", work + "/nginx.conf", "-p", work.toString(), "-e", "stderr"));
    }

    @Test
    void balancesConnectionsWithHaProxy() throws Exception {
        Path haproxy = program("/usr/sbin/haproxy", "haproxy");
        Path work = Files.createDirectories(folder.resolve("haproxy"));
        int port = FreePorts.next();
        List<String> arguments = new ArrayList<>(List.of(
                "haproxy", "--listen", "127.0.0.1:" + port, "--health-port", Integer.toString(site.healthPort)));
        arguments.addAll(site.options(2, site.tcpPort));
        Files.writeString(
                work.resolve("haproxy.cfg"),
                FrontEndProcess.configuration(arguments).replaceAll("maxconn 20000", "maxconn 1000"));
        try (FrontEndProcess front =
                FrontEndProcess.start(work, Map.of(), List.of(haproxy.toString(), "-db", "-f", "haproxy.cfg"))) {
            front.awaitListening(port);
            balances(port, "haproxy", 1_000, 0.2);
        }
    }

    /// K11: the collector knows who sent, whatever stands between.
    @Test
    void keepsTheSendersAddressBehindNginxAndHaProxy() throws Exception {
        Path nginx = program("/usr/sbin/nginx", "nginx, libnginx-mod-stream");
        Path module = program("/usr/lib/nginx/modules/ngx_stream_module.so", "libnginx-mod-stream");
        Path haproxy = program("/usr/sbin/haproxy", "haproxy");
        int port = FreePorts.next();
        try (FrontEndProcess front =
                nginx(nginx, module, "nginx-proxied", FrontEndProcess.configuration(proxied("nginx", port)))) {
            front.awaitListening(port);
            keepsTheSendersAddress(port, "proxied-nginx");
        }
        port = FreePorts.next();
        Path work = Files.createDirectories(folder.resolve("haproxy-proxied"));
        List<String> arguments = proxied("haproxy", port);
        arguments.addAll(List.of("--health-port", Integer.toString(site.healthPort)));
        Files.writeString(
                work.resolve("haproxy.cfg"),
                FrontEndProcess.configuration(arguments).replaceAll("maxconn 20000", "maxconn 1000"));
        try (FrontEndProcess front =
                FrontEndProcess.start(work, Map.of(), List.of(haproxy.toString(), "-db", "-f", "haproxy.cfg"))) {
            front.awaitListening(port);
            keepsTheSendersAddress(port, "proxied-haproxy");
        }
    }

    private static List<String> proxied(String program, int port) {
        List<String> arguments = new ArrayList<>(List.of(program, "--listen", "127.0.0.1:" + port, "--proxy-protocol"));
        arguments.addAll(site.options(2, site.proxiedPort));
        return arguments;
    }

    /// A host of its own sends to the balancer and, without the header, to the collector itself.
    private static void keepsTheSendersAddress(int port, String run) throws IOException {
        InetAddress sender = InetAddress.getByName("127.0.0.77");
        int senderPort = sendFrom(sender, port, run, 1);
        sendFrom(sender, site.proxiedPort, run, 2);
        assertThat(site.settled(run, 1, LIMIT).stored()).isEqualTo(1);
        JsonNode row = site.centre
                .search("SELECT EntryAddress, EntryPort FROM events WHERE Message LIKE '%run=" + run + " n=1 %'")
                .path(0);
        assertThat(row.path(0).asString()).isEqualTo(sender.getHostAddress());
        assertThat(row.path(1).asInt()).isEqualTo(senderPort);
        assertThat(site.stored(run).stored())
                .as("nothing is believed or stored of a peer without the header")
                .isEqualTo(1);
    }

    private static int sendFrom(InetAddress from, int port, String run, long number) throws IOException {
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port, from, 0)) {
            int own = socket.getLocalPort();
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(PacedSender.line(run, number).getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            try {
                assertThat(socket.getInputStream().read()).isNegative();
            } catch (SocketException reset) {
                // Refused.
            }
            return own;
        }
    }

    /// K8: connections are shared; K13: when a collector is killed, its connections are closed towards the source, and
    /// new ones go to the other.
    private static void balances(int port, String run, int connections, double tolerance) throws IOException {
        for (int i = 0; i < connections; i++) {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                OutputStream out = socket.getOutputStream();
                out.write(PacedSender.line(run, i).getBytes(StandardCharsets.US_ASCII));
                socket.shutdownOutput();
                socket.setSoTimeout(10_000);
                assertThat(socket.getInputStream().read()).isNegative();
            }
        }
        Stored stored = site.settled(run, connections, LIMIT);
        assertThat(stored.distinct()).isEqualTo(connections);
        assertThat(stored.byCollector().getFirst().doubleValue())
                .as("lines of the first collector")
                .isBetween(connections * (0.5 - tolerance / 2), connections * (0.5 + tolerance / 2));

        String live = run + "-live";
        try (PacedSender one = new PacedSender(port, live, LINES_PER_SECOND).start();
                PacedSender two = new PacedSender(port, live + "-2", LINES_PER_SECOND).start()) {
            awaitWritten(one, LINES_PER_SECOND);
            awaitWritten(two, LINES_PER_SECOND);
            long at = one.written();
            long atTwo = two.written();
            site.collectors.getFirst().kill();
            Awaitility.await("lines go on")
                    .atMost(LIMIT)
                    .until(() ->
                            site.stored(live, at + LOST_AT_KILL, Long.MAX_VALUE).distinct() > 0
                                    && site.stored(live + "-2", atTwo + LOST_AT_KILL, Long.MAX_VALUE)
                                                    .distinct()
                                            > 0);
            assertThat(one.connects() + two.connects())
                    .as("the connection to the dead collector was closed towards its source")
                    .isGreaterThanOrEqualTo(3);
            site.collectors.getFirst().start();
            one.stop();
            two.stop();
            long sent = one.written() + two.written();
            long there = site.settled(live, one.written() - LOST_AT_KILL, LIMIT).distinct()
                    + site.settled(live + "-2", two.written() - LOST_AT_KILL, LIMIT)
                            .distinct();
            System.out.println(run + ": kill -9: lost " + (sent - there) + " of " + sent);
            assertThat(sent - there).isLessThanOrEqualTo(LOST_AT_KILL);
            assertThat(site.stored(live).twice() + site.stored(live + "-2").twice())
                    .isZero();
        }
    }

    private static Path program(String path, String debianPackage) {
        Path program = Path.of(path);
        Assumptions.assumeTrue(
                Files.exists(program), "skipped: " + path + " is not installed (Debian package " + debianPackage + ")");
        return program;
    }
}
