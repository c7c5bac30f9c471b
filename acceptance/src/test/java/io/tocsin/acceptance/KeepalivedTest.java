package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two hosts with a collector and a real keepalived each, and a third that sends to the address they share: the
/// address moves in time whatever happens to the collector that has it, and nothing acknowledged is lost (P26 to P32).
@Tag("acceptance")
final class KeepalivedTest {
    private static final List<String> NODES = List.of("in1", "in2");
    private static final String SENDER = "sender";
    private static final String SHARED = "10.9.0.10";
    private static final int PORT = 2514;
    private static final Duration BOUND = Duration.ofSeconds(5);
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final Pattern NUMBER = Pattern.compile(" n=([0-9]+) ");

    @TempDir
    Path folder;

    private final List<ServiceProcess> collectors = new ArrayList<>();
    private final List<FrontEndProcess> keepers = new ArrayList<>();

    @Test
    void movesTheAddressAndKeepsWhatWasAcknowledged() throws Exception {
        Path keepalived = Path.of("/usr/sbin/keepalived");
        Assumptions.assumeTrue(
                Files.exists(keepalived), "skipped: keepalived is not installed (Debian package keepalived)");
        try (NamespaceHosts hosts = NamespaceHosts.make(
                folder, Stream.concat(NODES.stream(), Stream.of(SENDER)).toList())) {
            Map<String, String> groups = spareChangeOfGroups(hosts);
            try {
                startCollectors(hosts);
                startKeepalived(hosts, keepalived, groups);
                try (Probe probe = new Probe(hosts)) {
                    probe.await("the first acknowledgement", 0);
                    List<String> times = new ArrayList<>();
                    times.add(
                            moves(probe, hosts, "SIGSTOP", node -> signal(node, "STOP"), node -> signal(node, "CONT")));
                    awaitWell();
                    times.add(moves(probe, hosts, "full disk", node -> fill(hosts, node), node -> empty(hosts, node)));
                    awaitWell();
                    times.add(moves(probe, hosts, "SIGTERM", ServiceProcess::stop, ServiceProcess::start));
                    awaitWell();
                    times.add(moves(probe, hosts, "kill -9", ServiceProcess::kill, ServiceProcess::start));
                    System.out.println("shared address: " + String.join(", ", times));
                    long masters = keepers.stream()
                            .flatMap(keeper -> keeper.output().lines())
                            .filter(line -> line.contains("Entering MASTER STATE"))
                            .count();
                    assertThat(masters)
                            .as("the address moved once for each fault, and not back")
                            .isEqualTo(1 + times.size());
                    saysWhyWhenAllAreAway(hosts);
                    losesNothing(probe);
                }
            } finally {
                keepers.forEach(FrontEndProcess::close);
                collectors.forEach(ServiceProcess::close);
            }
        }
    }

    /// keepalived changes its groups before it runs a check, which nobody may do in a namespace made without rights:
    /// there the call does nothing.
    private Map<String, String> spareChangeOfGroups(NamespaceHosts hosts) throws IOException, InterruptedException {
        if (hosts.mayChangeGroups()) {
            return Map.of();
        }
        Path source = folder.resolve("groups.c");
        Path library = folder.resolve("groups.so");
        Files.writeString(
                source,
                "#include <stddef.h>\nint setgroups(size_t n, const unsigned *all) { (void) n; (void) all; return 0; }\n");
        try {
            Process compiler = new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString())
                    .inheritIO()
                    .start();
            Assumptions.assumeTrue(compiler.waitFor() == 0, "skipped: the C compiler does not work here");
        } catch (IOException missing) {
            Assumptions.abort(
                    "skipped: keepalived may not change groups here, and no C compiler is there to spare it that");
        }
        return Map.of("LD_PRELOAD", library.toString());
    }

    private void startCollectors(NamespaceHosts hosts) throws IOException {
        Path secret = folder.resolve("secret");
        Files.writeString(secret, HexFormat.of().formatHex(new byte[32]));
        Path resources = Files.createDirectories(folder.resolve("resources"));
        Files.writeString(resources.resolve("shared.yaml"), """
                kind: destination
                name: archive
                spec: { type: file, path: "${ARCHIVE}", fileAge: 200ms }
                ---
                kind: collector
                name: shared
                spec:
                  connector: { type: relp, listen: "0.0.0.0:%d" }
                  normalizer: syslog
                  destinations: [ archive ]
                """.formatted(PORT));
        for (String node : NODES) {
            Path data = data(node);
            Files.createDirectories(data);
            hosts.run("mount", "-t", "tmpfs", "-o", "size=96m", "none", data.toString());
            collectors.add(new ServiceProcess(
                            "collector",
                            Files.createDirectories(folder.resolve("logs-" + node)),
                            Map.of("ARCHIVE", archive(node).toString()),
                            "--data",
                            data.toString(),
                            "--secret-file",
                            secret.toString(),
                            "--resources",
                            resources.toString(),
                            "--reserve-megabytes",
                            "16")
                    .within(hosts.on(node)));
        }
        collectors.forEach(ServiceProcess::begin);
        collectors.forEach(ServiceProcess::awaitReady);
    }

    private Path data(String node) {
        return folder.resolve("data-" + node);
    }

    private Path archive(String node) {
        return folder.resolve("archive-" + node);
    }

    private void startKeepalived(NamespaceHosts hosts, Path program, Map<String, String> environment)
            throws IOException {
        // keepalived runs nothing that others than root could change, and the tree may lie anywhere.
        String check = "/mnt/tocsin";
        hosts.run("cp", TocsinProcess.ROOT.resolve("tocsin").toString(), check);
        hosts.run("chmod", "755", check);
        boolean rootOwnsRoot = Integer.valueOf(0).equals(Files.getAttribute(Path.of("/"), "unix:uid"));
        for (int i = 0; i < NODES.size(); i++) {
            String node = NODES.get(i);
            Path work = Files.createDirectories(folder.resolve("keepalived-" + node));
            String configuration = FrontEndProcess.configuration(List.of(
                    "keepalived",
                    "--collector",
                    NamespaceHosts.address(0),
                    "--collector",
                    NamespaceHosts.address(1),
                    "--listen",
                    NamespaceHosts.address(i),
                    "--vip",
                    SHARED + "/24",
                    "--priority",
                    Integer.toString(100 - i),
                    "--check",
                    check + " check-listeners --address 127.0.0.1:8446"));
            if (!rootOwnsRoot) {
                configuration = configuration.replace("  enable_script_security\n", "");
            }
            Files.writeString(work.resolve("keepalived.conf"), configuration);
            List<String> command = new ArrayList<>(hosts.on(node));
            command.addAll(List.of(program.toString(), "--dont-fork", "--log-console", "--log-detail"));
            command.addAll(List.of("--use-file=" + work.resolve("keepalived.conf")));
            command.addAll(List.of("--pid=" + work.resolve("pid"), "--vrrp_pid=" + work.resolve("vrrp.pid")));
            keepers.add(FrontEndProcess.start(work, environment, command));
        }
    }

    private interface Act {
        void on(ServiceProcess collector) throws Exception;
    }

    /// Breaks the collector of the node that has the address, waits for the next acknowledgement, and mends it.
    private String moves(Probe probe, NamespaceHosts hosts, String what, Act fault, Act mend) throws Exception {
        int holder = holder(hosts);
        ServiceProcess broken = collectors.get(holder);
        long at = System.currentTimeMillis();
        fault.on(broken);
        Awaitility.await(what + ": the address moves")
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> holder(hosts) == 1 - holder);
        long moved = probe.await(what + ": an acknowledgement of the other node", System.currentTimeMillis());
        mend.on(broken);
        Duration took = Duration.ofMillis(moved - at);
        assertThat(took).as(what + ": new events are taken at the other node").isLessThanOrEqualTo(BOUND);
        return what + " " + took.toMillis() + " ms";
    }

    /// Waits until no node is in a state of fault: the address may move again.
    private void awaitWell() {
        Awaitility.await("the nodes are well again")
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> keepers.stream()
                        .noneMatch(keeper -> keeper.output()
                                .lines()
                                .filter(line -> line.contains("Entering "))
                                .reduce("", (earlier, later) -> later)
                                .contains("FAULT")));
    }

    /// The node that has the address now, or -1.
    private static int holder(NamespaceHosts hosts) {
        int holder = -1;
        for (int i = 0; i < NODES.size(); i++) {
            if (hosts.runOn(NODES.get(i), "ip", "-brief", "address", "show", "eth0")
                    .contains(SHARED + "/")) {
                holder = i;
            }
        }
        return holder;
    }

    private static void signal(ServiceProcess process, String signal) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private void fill(NamespaceHosts hosts, ServiceProcess collector) {
        Path data = data(NODES.get(collectors.indexOf(collector)));
        hosts.run("sh", "-c", "cat /dev/zero > " + data + "/ballast 2>/dev/null || true");
    }

    private void empty(NamespaceHosts hosts, ServiceProcess collector) {
        hosts.run("rm", data(NODES.get(collectors.indexOf(collector))) + "/ballast");
    }

    /// P29: the address may be anywhere then, but each node says why it takes nothing.
    private void saysWhyWhenAllAreAway(NamespaceHosts hosts) throws Exception {
        for (int i = 0; i < NODES.size(); i++) {
            signal(collectors.get(i), "STOP");
            String said = hosts.runOn(
                    NODES.get(i),
                    "sh",
                    "-c",
                    "/mnt/tocsin check-listeners --address 127.0.0.1:8446 2>&1; echo exit=$?");
            assertThat(said).contains("no answer in time").endsWith("exit=1\n");
        }
        for (ServiceProcess collector : collectors) {
            signal(collector, "CONT");
        }
    }

    private void losesNothing(Probe probe) throws IOException {
        Set<Long> acknowledged = probe.stop();
        assertThat(acknowledged).hasSizeGreaterThan(1_000);
        Awaitility.await("everything that was acknowledged is delivered")
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(250))
                .untilAsserted(() -> assertThat(missing(acknowledged)).isEmpty());
    }

    private Set<Long> missing(Set<Long> acknowledged) throws IOException {
        Set<Long> missing = new TreeSet<>(acknowledged);
        for (String node : NODES) {
            try (Stream<Path> files = Files.list(archive(node))) {
                for (Path file : files.filter(
                                each -> !each.getFileName().toString().startsWith("."))
                        .toList()) {
                    Matcher numbers = NUMBER.matcher(Files.readString(file));
                    while (numbers.find()) {
                        missing.remove(Long.valueOf(numbers.group(1)));
                    }
                }
            }
        }
        return missing;
    }

    /// The sender on the third host.
    private final class Probe implements AutoCloseable {
        private final Path out = folder.resolve("probe.out");
        private final Process process;

        Probe(NamespaceHosts hosts) throws IOException {
            List<String> command = new ArrayList<>(hosts.on(SENDER));
            command.addAll(List.of(
                    ProcessHandle.current().info().command().orElse("java"),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xmx64m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    RelpProbe.class.getName(),
                    SHARED,
                    Integer.toString(PORT),
                    "vip"));
            process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(folder.resolve("probe.err").toFile())
                    .start();
        }

        /// Waits for an acknowledgement at or after this time.
        ///
        /// @return its time, epoch milliseconds
        long await(String what, long afterMillis) {
            long[] found = {0};
            Awaitility.await(what)
                    .atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        found[0] = complete()
                                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                                .filter(time -> time >= afterMillis && time > 0)
                                .findFirst()
                                .orElse(0);
                        return found[0] > 0;
                    });
            return found[0];
        }

        private Stream<String> complete() {
            try {
                String text = Files.readString(out);
                return text.substring(0, text.lastIndexOf('\n') + 1).lines();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /// Ends it; the numbers that were acknowledged.
        Set<Long> stop() {
            close();
            Set<Long> numbers = new TreeSet<>();
            complete().forEach(line -> numbers.add(Long.valueOf(line.substring(0, line.indexOf(' ')))));
            return numbers;
        }

        @Override
        public void close() {
            process.destroyForcibly();
            try {
                process.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
