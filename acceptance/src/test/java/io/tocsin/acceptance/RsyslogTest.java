package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The first five minutes of a newcomer: a real rsyslog forwards real logs, an attack shows up as an alert in the
/// browser and is worked on there.
@Tag("acceptance")
final class RsyslogTest {
    private static final Path RSYSLOG = Path.of("/usr/sbin/rsyslogd");

    /// Two responses, and a rule that asks every event what no index can answer.
    private static final String RESOURCES = """
            kind: response
            name: note
            spec:
              description: Notes the address down.
              match: { events: none }
              action: { type: script, file: note.sh, arguments: ["--address={SourceAddress}"] }
            ---
            kind: response
            name: tell
            spec:
              match: { rules: [ssh-brute-force] }
              action: { type: script, file: note.sh, arguments: ["--rule={CorrelationRuleName}"] }
            ---
            kind: rule
            name: dear
            spec:
              type: simple
              description: Costs too much.
              selectors: [{ filter: "Message match '([a-z0-9= ]*[ox][a-z0-9= ]*){60}[#%]'" }]
            ---
            kind: rule-limits
            name: default
            spec: { corePercent: 1, over: 10s, quarantine: true }
            """;

    @TempDir
    Path folder;

    private TocsinProcess tocsin;

    @BeforeEach
    void start() throws IOException {
        Assumptions.assumeTrue(
                Files.isExecutable(RSYSLOG), "skipped: rsyslog is not installed (Debian package rsyslog)");
        Path resources = Files.createDirectories(folder.resolve("resources"));
        Files.writeString(resources.resolve("own.yaml"), RESOURCES);
        Path scripts = Files.createDirectories(folder.resolve("data").resolve("scripts"));
        Files.writeString(scripts.resolve("note.sh"), "#!/bin/sh\necho \"noted ${1#--}\"\n");
        Files.setPosixFilePermissions(scripts.resolve("note.sh"), PosixFilePermissions.fromString("rwx------"));
        tocsin = new TocsinProcess(folder.resolve("data"), "--resources", resources.toString()).start();
    }

    @AfterEach
    void stop() {
        tocsin.close();
    }

    @Test
    void storesEveryForwardedLineAndShowsTheBruteForceInTheBrowser() throws IOException, InterruptedException {
        Path ssh = SharedData.require("syslog/loghub/OpenSSH/OpenSSH_2k.log");
        Path linux = SharedData.require("syslog/loghub/Linux/Linux_2k.log");
        forward(List.of(new Forwarded(ssh, "tcp", "@@"), new Forwarded(linux, "udp", "@")));

        assertAllLines("syslog-tcp", ssh);
        assertAllLines("syslog-udp", linux);
        JsonNode row = tocsin.search(
                        "SELECT count(), uniqExact(SourceAddress) FROM events WHERE DeviceEventClassID = 'sshd-failed-password'"
                                + " AND SourceAddress != '' AND DestinationUserName != ''")
                .path(0);
        assertThat(row.path(0).asLong())
                .as("failed passwords with address and user")
                .isGreaterThan(400);
        awaitAlert("ssh-brute-force");
        assertThat(tocsin.ledger().path("balance").asLong(-1)).isZero();
        workInTheBrowser("all", "SSH brute force");
        Awaitility.await("status changed in the browser")
                .atMost(Duration.ofSeconds(10))
                .until(() -> tocsin.get("/api/v1/alerts?rule=ssh-brute-force&status=closed")
                                .path("items")
                                .size()
                        == 1);
    }

    @Test
    void showsTheDemonstrationOnAFreshMachine() throws IOException, InterruptedException {
        CommandResult demo = CommandResult.run(tocsin.environment(), "demo", "--seconds", "3");
        assertThat(demo.exitCode()).as(demo.error()).isZero();
        long sent = Long.parseLong(demo.out().replaceAll("(?s)^sent (\\d+) lines.*", "$1"));
        Awaitility.await("all stored")
                .atMost(Duration.ofSeconds(60))
                .until(() -> tocsin.count("SELECT count() FROM events WHERE ServiceName = 'syslog-tcp'") == sent);
        for (String rule : List.of(
                "ssh-brute-force",
                "ssh-success-after-brute-force",
                "user-added-to-administrators",
                "user-created",
                "port-scan",
                "web-scanner",
                "web-attack-in-url",
                "audit-trail-stopped")) {
            awaitAlert(rule);
        }
        assertThat(tocsin.command("status").exitCode()).isZero();
        CommandResult ledger = tocsin.command("ledger");
        assertThat(ledger.exitCode()).as(ledger.out()).isZero();
        assertThat(ledger.out()).contains("every event is accounted for");
        CommandResult search = tocsin.command(
                "search", "SELECT count() AS n FROM events WHERE EventOutcome = 'failure'", "--output", "ndjson");
        assertThat(search.out()).startsWith("{\"n\":");
        String alert = tocsin.get("/api/v1/alerts?rule=ssh-brute-force")
                .at("/items/0/id")
                .asString();
        CommandResult run = tocsin.command("response", "run", "--response", "note", "--alert", alert);
        assertThat(run.exitCode()).as(run.out() + run.error()).isZero();
        assertThat(run.out()).contains("note: done, exit code 0", "noted address=");
        try (PacedSender sender = new PacedSender(tocsin.syslogPort, "dear", 1_000).start()) {
            // The other flows were run in the other test, and would only look at other rows here.
            workInTheBrowser("alerts", "SSH sign-in after a brute force");
            stopsTheDearRuleWithAnAlarmAndLetsItGo();
            assertThat(sender.written()).isPositive();
        }
    }

    private JsonNode rule(String id) {
        for (JsonNode rule : tocsin.get("/api/v1/rules").path("items")) {
            if (rule.path("id").asString().equals(id)) {
                return rule;
            }
        }
        throw new AssertionError("no such rule: " + id);
    }

    private void stopsTheDearRuleWithAnAlarmAndLetsItGo() {
        Awaitility.await("quarantine of the dear rule")
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(250))
                .until(() -> rule("dear").path("quarantine").isObject());
        JsonNode stopped = rule("dear");
        assertThat(stopped.path("enabled").asBoolean()).isFalse();
        assertThat(stopped.at("/quarantine/reason").asString())
                .matches("took [0-9.]+ % of a core for 10 s, allowed are 1 %");
        assertThat(rule("ssh-brute-force").path("enabled").asBoolean()).isTrue();
        // The alarm was durable before the rule was stopped; that it is found by a search takes a moment.
        Awaitility.await("alarm")
                .atMost(Duration.ofSeconds(30))
                .until(() -> tocsin.count("SELECT count() FROM events WHERE Type = 5 AND DeviceCustomString1 = 'dear'"
                                + " AND DeviceEventClassID = 'rule-quarantined'"
                                + " AND Message LIKE '%took % of a core for 10 s%'")
                        == 1);
        assertThat(tocsin.get("/api/v1/audit").toString()).contains("\"rule-quarantined\"");
        assertThat(tocsin.send("DELETE", "/api/v1/rules/dear/quarantine", null).statusCode())
                .isEqualTo(204);
        JsonNode released = rule("dear");
        assertThat(released.path("enabled").asBoolean()).isTrue();
        assertThat(released.path("quarantine").isNull()).isTrue();
        assertThat(tocsin.get("/api/v1/audit").toString()).contains("\"rule-released\"");
        assertThat(tocsin.send("DELETE", "/api/v1/rules/dear/quarantine", null).statusCode())
                .isEqualTo(404);
    }

    private record Forwarded(Path file, String name, String at) {}

    /// Lets rsyslog read the files as they are and forward each line as a message of its own.
    private void forward(List<Forwarded> forwards) throws IOException, InterruptedException {
        Path work = Files.createDirectories(folder.resolve("rsyslog"));
        StringBuilder config = new StringBuilder("global(workDirectory=\"" + work + "\")\nmodule(load=\"imfile\")\n"
                + "template(name=\"line\" type=\"string\" string=\"<38>%msg%\\n\")\n");
        for (Forwarded forward : forwards) {
            Path input = work.resolve(forward.name() + ".log");
            // rsyslog waits for the end of a last line that has none.
            byte[] lines = Files.readAllBytes(forward.file());
            Files.write(input, lines);
            if (lines[lines.length - 1] != '\n') {
                Files.write(input, new byte[] {'\n'}, StandardOpenOption.APPEND);
            }
            config.append("input(type=\"imfile\" file=\"")
                    .append(input)
                    .append("\" tag=\"x:\" ruleset=\"")
                    .append(forward.name())
                    .append("\")\n");
            // A datagram that finds no room is lost by design of UDP: as slow as a real machine logs, none is.
            config.append("ruleset(name=\"")
                    .append(forward.name())
                    .append("\") { action(type=\"omfwd\" target=\"127.0.0.1\" port=\"")
                    .append(tocsin.syslogPort)
                    .append("\" protocol=\"")
                    .append(forward.name())
                    .append("\" template=\"line\" action.resumeRetryCount=\"-1\") }\n");
        }
        Path file = work.resolve("rsyslog.conf");
        Files.writeString(file, config);
        Process rsyslog = new ProcessBuilder(
                        RSYSLOG.toString(),
                        "-n",
                        "-f",
                        file.toString(),
                        "-i",
                        work.resolve("pid").toString())
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("out").toFile())
                .start();
        try {
            Awaitility.await("rsyslog has forwarded")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(250))
                    .until(() -> {
                        long stored = tocsin.count(
                                "SELECT count() FROM events WHERE ServiceName IN ('syslog-tcp', 'syslog-udp')");
                        long lines = 0;
                        for (Forwarded forward : forwards) {
                            lines += lines(forward.file());
                        }
                        return stored >= lines;
                    });
        } finally {
            rsyslog.destroy();
            rsyslog.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private void assertAllLines(String collector, Path file) throws IOException {
        assertThat(tocsin.count("SELECT count() FROM events WHERE ServiceName = '" + collector + "'"))
                .as(collector)
                .isEqualTo(lines(file));
    }

    private static long lines(Path file) throws IOException {
        String text = Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
        return text.lines().filter(line -> !line.isBlank()).count();
    }

    private void awaitAlert(String rule) {
        Awaitility.await("alert of " + rule)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(250))
                .until(() ->
                        tocsin.get("/api/v1/alerts?rule=" + rule).path("items").size() >= 1);
    }

    /// Runs browser flows of the web interface against this instance: all, or those of one file.
    private void workInTheBrowser(String flows, String alert) throws IOException, InterruptedException {
        Path web = TocsinProcess.ROOT.resolve("core/web");
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/chromium")),
                "skipped: chromium is not installed (Debian package chromium)");
        Path out = folder.resolve("browser.out");
        ProcessBuilder command = new ProcessBuilder("node", "e2e/" + flows + ".mjs")
                .directory(web.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        command.environment().put("TOCSIN_URL", "https://127.0.0.1:" + tocsin.httpPort);
        command.environment().put("TOCSIN_LOGIN", "admin");
        command.environment().put("TOCSIN_PASSWORD", tocsin.password());
        command.environment().put("TOCSIN_ALERT", alert);
        command.environment().put("TOCSIN_RESPONSE", "note");
        command.environment().put("TOCSIN_LEAVE_CLOSED", "1");
        command.environment().put("TOCSIN_PATIENCE_MILLIS", "60000");
        Process browser = command.start();
        boolean ended = browser.waitFor(5, TimeUnit.MINUTES);
        browser.destroyForcibly();
        assertThat(ended).as("browser flows end").isTrue();
        assertThat(browser.exitValue()).as(Files.readString(out)).isZero();
    }
}
