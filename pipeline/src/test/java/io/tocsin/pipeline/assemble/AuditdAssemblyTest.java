package io.tocsin.pipeline.assemble;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The requirements A1 to A16 for joining audit records, as far as they are the assembler's; those that are about
/// values inside the records are in `AuditdFormatTest`.
class AuditdAssemblyTest {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "file", "/var/log/audit/audit.log");
    private static final long START_NANOS = 1_700_000_000_000_000_000L;
    private static final long SECOND = 1_000_000_000L;

    /// Two open events of one line each, as version 2 wrote them.
    private static final String STATE_OF_VERSION_2 =
            "AgAAAAEKABeXnP42KgAAAAAACAAGZXZlbnRzAAAAAAAAAAAADWlkbGVfdGltZW91dHMAAAAAAAAAAAAHaWdub3JlZAAAAAAA"
                    + "AAAAAAppbmNvbXBsZXRlAAAAAAAAAAAABGxhdGUAAAAAAAAAAAAFbGluZXMAAAAAAAAAAgALc2VyaWFsX2dhcHMAAAAAAAAA"
                    + "AAAPc3RyZWFtX3RpbWVvdXRzAAAAAAAAAAAAAAABAAAACDEwLjAuMC43AAAAAAAAJxAAAAAAAAAAAgAAAAAAAAACAAAACDEw"
                    + "LjAwMDoxF5ec/jYqAAAAAAAAAAAnEAAAAE4AAAAAAAAAAAAAAAABAAAAAnQxAAAABGVkZ2UAAAADdGNwAAAACDEwLjAuMC43"
                    + "AACcQQAAAAkxOTIuMC4yLjcAAAICAAAAABeXnP42KgAAAAAATXR5cGU9U1lTQ0FMTCBtc2c9YXVkaXQoMTAuMDAwOjEpOiBh"
                    + "cmNoPWMwMDAwMDNlIHN5c2NhbGw9MiBzdWNjZXNzPXllcyBpdGVtcz0wAAAAAP//////////AAAACDEwLjAwMDoyF5ec/jYq"
                    + "AAAAAAAAAAAnEAAAAE4AAAAAAAAAAAAAAAABAAAAAnQxAAAABGVkZ2UAAAADdGNwAAAACDEwLjAuMC43AACcQQAAAAkxOTIu"
                    + "MC4yLjcAAAICAAAAABeXnP42KgAAAAAATXR5cGU9U1lTQ0FMTCBtc2c9YXVkaXQoMTAuMDAwOjIpOiBhcmNoPWMwMDAwMDNl"
                    + "IHN5c2NhbGw9MiBzdWNjZXNzPXllcyBpdGVtcz0wAAAAAP//////////";

    private Assembler assembler = AssembleConfig.AUDITD.create();
    private final List<Assembled> out = new ArrayList<>();
    private long nowNanos = START_NANOS;

    private void line(String text) {
        line(ORIGIN, text);
    }

    private void line(EntryOrigin origin, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        assembler.accept(origin, nowNanos, bytes, 0, bytes.length, 0, out::add);
    }

    private static String text(Assembled event) {
        return new String(event.text(), UTF_8);
    }

    private List<String> texts() {
        return out.stream().map(AuditdAssemblyTest::text).toList();
    }

    private static String at(double seconds, int serial) {
        return String.format(Locale.ROOT, "msg=audit(%.3f:%d): ", seconds, serial);
    }

    private static String systemCall(double seconds, int serial, int items) {
        return "type=SYSCALL " + at(seconds, serial) + "arch=c000003e syscall=2 success=yes items=" + items + " pid=1";
    }

    /// The records of an event with one path, without EOE.
    private static List<String> records(double seconds, int serial) {
        return List.of(
                systemCall(seconds, serial, 1),
                "type=CWD " + at(seconds, serial) + "cwd=\"/\"",
                "type=PATH " + at(seconds, serial) + "item=0 name=\"/etc/passwd\"",
                "type=PROCTITLE " + at(seconds, serial) + "proctitle=\"cat\"");
    }

    @Test
    void a1JoinsRecordsFromSeveralMessagesIntoOneEvent() {
        records(10, 1).forEach(this::line);
        line("type=EOE " + at(10, 1));
        assertThat(out).hasSize(2);
        assertThat(text(out.get(0))).isEqualTo(String.join("\n", records(10, 1)));
        assertThat(out.get(0).parts()).hasSize(4);
        assertThat(out.get(1).ignored()).isTrue();
    }

    @Test
    void a1JoinsRecordsFromOneMessage() {
        line(String.join("\n", records(10, 1)) + "\n" + String.join("\r\n", records(10, 2)));
        assertThat(texts()).containsExactly(String.join("\n", records(10, 1)), String.join("\n", records(10, 2)));
    }

    @Test
    void waitsForTheArgumentsOfAProgramThatWasStarted() {
        line("type=SYSCALL " + at(10, 1) + "arch=c000003e syscall=59 success=yes items=1 pid=1");
        records(10, 1).stream().skip(1).forEach(this::line);
        assertThat(out).isEmpty();
        line("type=EXECVE " + at(10, 1) + "argc=1 a0=\"id\"");
        assertThat(out).hasSize(1);
        assertThat(out.getFirst().parts()).hasSize(5);
    }

    @Test
    void a2KeepsRawLinesInTheOrderInWhichTheyArrived() {
        List<String> shuffled = new ArrayList<>(records(10, 1));
        Collections.shuffle(shuffled, new Random(5));
        shuffled.forEach(this::line);
        assertThat(texts()).containsExactly(String.join("\n", shuffled));
    }

    @Test
    void a3NeverMixesHostsWithEqualStamps() {
        List<List<String>> hosts = List.of(
                records(10, 1).stream().map(line -> "node=alpha " + line).toList(),
                records(10, 1).stream()
                        .map(line -> "<13>Nov 22 10:00:00 beta audispd: " + line)
                        .toList(),
                records(10, 1).stream()
                        .map(line -> "<13>1 2026-11-22T10:00:00Z gamma audispd - - - " + line)
                        .toList(),
                records(10, 1).stream()
                        .map(line -> "2026-11-22T10:00:00Z delta audispd: " + line)
                        .toList());
        EntryOrigin relay = new EntryOrigin("", "test", "tcp", "10.0.0.1", 1, "", -1, "");
        EntryOrigin other = new EntryOrigin("", "test", "tcp", "10.0.0.2", 1, "", -1, "");
        for (int i = 0; i < 4; i++) {
            for (List<String> host : hosts) {
                line(relay, host.get(i));
            }
            line(relay, records(10, 1).get(i));
            line(other, records(10, 1).get(i));
        }
        List<String> expected = new ArrayList<>();
        hosts.forEach(host -> expected.add(String.join("\n", host)));
        expected.add(String.join("\n", records(10, 1)));
        expected.add(String.join("\n", records(10, 1)));
        assertThat(texts()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void a3KeepsTheNodeAcrossRelays() {
        EntryOrigin first = new EntryOrigin("", "test", "tcp", "10.0.0.1", 1, "", -1, "");
        EntryOrigin second = new EntryOrigin("", "test", "tcp", "10.0.0.2", 1, "", -1, "");
        List<String> lines =
                records(10, 1).stream().map(line -> "node=alpha " + line).toList();
        for (int i = 0; i < lines.size(); i++) {
            line(i % 2 == 0 ? first : second, lines.get(i));
        }
        assertThat(texts()).containsExactly(String.join("\n", lines));
    }

    /// wazuh 35250: interleaved events were split; audit-userspace 86: not all records of one were grouped.
    @Test
    void wazuh35250AndAuditUserspace86A4JoinsTwoHundredInterleavedEvents() {
        for (int record = 0; record < 4; record++) {
            for (int serial = 0; serial < 200; serial++) {
                line(records(10 + serial / 1000.0, serial).get(record));
            }
        }
        assertThat(out).hasSize(200).noneMatch(Assembled::incomplete);
        assertThat(texts().get(7)).isEqualTo(String.join("\n", records(10.007, 7)));
    }

    /// laurel 33: the end never comes, and what came in another order must not end too early.
    @Test
    void laurel33A5EndsWithProctitleOnlyWhenThePathsAreThere() {
        List<String> lines = records(10, 1);
        line(lines.get(0));
        line(lines.get(3));
        line(lines.get(2));
        assertThat(out).isEmpty();
        line(lines.get(1));
        assertThat(out).hasSize(1);
    }

    @Test
    void a5HandsOnWhatStandsAloneAtOnce() {
        line("type=USER_LOGIN " + at(10, 1) + "pid=1 msg='op=login res=failed'");
        line("type=DAEMON_START " + at(10, 2) + "op=start");
        line("type=ANOM_LOGIN_FAILURES " + at(10, 3) + "pid=1");
        assertThat(out).hasSize(3);
    }

    /// laurel 14: events were stuck when a rule drops their end.
    @Test
    void laurel14A5EndsByStreamTime() {
        line(systemCall(10, 1, 0));
        line(systemCall(11.9, 2, 0));
        assertThat(out).isEmpty();
        line(systemCall(12.1, 3, 0));
        assertThat(out).hasSize(1);
        assertThat(out.getFirst().incomplete()).isFalse();
    }

    @Test
    void a5WaitsForAPartThatIsKnownToBeMissingWhenStreamTimeGoesOn() {
        line(systemCall(10, 1, 1));
        line(systemCall(15, 2, 0));
        line("type=CWD " + at(10, 1) + "cwd=\"/\"");
        line("type=PATH " + at(10, 1) + "item=0 name=\"/x\"");
        assertThat(out).hasSize(1);
        assertThat(out.getFirst().parts()).hasSize(3);
    }

    /// laurel 16: events were stuck when a remote host does not send their end.
    @Test
    void laurel16A5EndsByTheClockWhenAHostIsQuiet() {
        line(systemCall(10, 1, 0));
        assembler.advance(nowNanos + 5 * SECOND - 1, out::add);
        assertThat(out).isEmpty();
        assertThat(assembler.nextDeadlineNanos()).isEqualTo(nowNanos + 5 * SECOND);
        assembler.advance(nowNanos + 5 * SECOND, out::add);
        assertThat(out).hasSize(1);
        assertThat(assembler.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void a5EndsByTheClockWhenTheTimeOfAHostJumpsBack() {
        line(systemCall(1000, 1, 0));
        line(systemCall(10, 2, 0));
        assembler.advance(nowNanos + 6 * SECOND, out::add);
        assertThat(out).hasSize(2);
    }

    @Test
    void a6MarksLatePartsAndIgnoresALateEnd() {
        records(10, 1).forEach(this::line);
        line("type=EOE " + at(10, 1));
        line("type=EOE " + at(10, 1));
        line("type=PATH " + at(10, 1) + "item=1 name=\"/late\"");
        assertThat(out).hasSize(4);
        assertThat(out.get(1).ignored()).isTrue();
        assertThat(out.get(2).ignored()).isTrue();
        assertThat(out.get(3).late()).isTrue();
        assertThat(out.get(3).key()).isEqualTo(out.get(0).key());
        assertThat(assembler.counts()).containsEntry("ignored", 2L).containsEntry("late", 1L);
    }

    /// go-libaudit 127: an event without its system call was refused.
    @Test
    void goLibaudit127A7JoinsAnEventWithoutItsSystemCall() {
        records(10, 1).subList(1, 4).forEach(this::line);
        line("type=EOE " + at(10, 1));
        line(systemCall(13, 2, 0));
        assertThat(texts().getFirst())
                .isEqualTo(String.join("\n", records(10, 1).subList(1, 4)) + "\ntype=EOE " + at(10, 1));
    }

    @Test
    void a8HoldsAThousandEventsOfAHostAtMost() {
        for (int serial = 0; serial < 1500; serial++) {
            line(systemCall(10, serial, 1));
        }
        assertThat(out).hasSize(500).allMatch(Assembled::incomplete);
        assertThat(assembler.openParts()).isEqualTo(1000);
    }

    @Test
    void a8HoldsEightMebibytesOfAHostAtMost() {
        String big = "x".repeat(60_000);
        for (int serial = 0; serial < 400; serial++) {
            line(systemCall(10, serial, 1) + " comm=" + big);
        }
        assertThat(assembler.openParts()).isLessThan(140);
        assertThat(out).isNotEmpty().allMatch(Assembled::incomplete);
    }

    @Test
    void a9GoesOnAfterARestartWithItsState() throws IOException {
        Random random = new Random(11);
        List<String> lines = new ArrayList<>();
        for (int serial = 0; serial < 60; serial++) {
            lines.addAll(records(10 + serial / 100.0, serial));
        }
        Collections.shuffle(lines, random);
        List<String> undisturbed = new ArrayList<>();
        Assembler other = AssembleConfig.AUDITD.create();
        for (String text : lines) {
            byte[] bytes = text.getBytes(UTF_8);
            other.accept(ORIGIN, nowNanos, bytes, 0, bytes.length, 0, event -> undisturbed.add(text(event)));
        }
        for (String text : lines) {
            line(text);
            if (random.nextInt(10) == 0) {
                ByteArrayOutputStream state = new ByteArrayOutputStream();
                assembler.write(new DataOutputStream(state));
                assembler = AssembleConfig.AUDITD.create();
                assembler.read(new DataInputStream(new ByteArrayInputStream(state.toByteArray())));
            }
        }
        assertThat(texts()).isEqualTo(undisturbed).hasSize(60);
    }

    @Test
    void keepsProxyCertificateAndHopsOfHeldPartsOverARestart() throws IOException {
        EntryOrigin proxied = new EntryOrigin("t1", "edge", "tls", "10.0.0.7", 40001, "192.0.2.7", 514, "")
                .through("10.0.0.1", 4711, "CN=host7");
        Assembled.Line line = new Assembled.Line(proxied, nowNanos, List.of("relay 1 2", "site 3 4"));
        byte[] bytes = systemCall(10, 1, 0).getBytes(UTF_8);
        assembler.accept(line, bytes, 0, bytes.length, 0, out::add);
        ByteArrayOutputStream state = new ByteArrayOutputStream();
        assembler.write(new DataOutputStream(state));
        assembler = AssembleConfig.AUDITD.create();
        assembler.read(new DataInputStream(new ByteArrayInputStream(state.toByteArray())));
        assembler.flush(out::add);
        assertThat(out)
                .singleElement()
                .satisfies(event -> assertThat(event.parts()).containsExactly(line));
    }

    @Test
    void readsAStateThatDoesNotKnowProxiesAndHops() throws IOException {
        EntryOrigin origin = new EntryOrigin("t1", "edge", "tcp", "10.0.0.7", 40001, "192.0.2.7", 514, "");
        assembler.read(
                new DataInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(STATE_OF_VERSION_2))));
        assertThat(assembler.openParts()).isEqualTo(2);
        line(origin, "type=PROCTITLE msg=audit(10.000:2): proctitle=\"x\"");
        assertThat(texts())
                .singleElement()
                .asString()
                .startsWith("type=SYSCALL msg=audit(10.000:2)")
                .contains("\n");
        assembler.flush(out::add);
        assertThat(out.getLast().parts()).containsExactly(new Assembled.Line(origin, START_NANOS, List.of()));
    }

    @Test
    void refusesAStateOfAVersionToCome() {
        assertThatThrownBy(() -> assembler.read(new DataInputStream(new ByteArrayInputStream(new byte[] {99}))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version=99");
    }

    @Test
    void a13CountsGapsOfSerialNumbersAlsoWhereTheyWrap() {
        for (long serial : new long[] {4294967293L, 4294967295L, 1, 0, 2, 5}) {
            line("type=SYSCALL msg=audit(10.000:" + serial + "): items=0");
        }
        // 4294967294, then 3 and 4; 0 came after all.
        assertThat(assembler.counts()).containsEntry("serial_gaps", 3L);
    }

    private static Assembler config(String yaml) {
        return AssembleConfig.SPEC
                .require(Objects.requireNonNull(YamlReader.read("test", yaml, new Problems())))
                .create();
    }

    @Test
    void a15JoinsOtherSplitMessagesByNumberAndCount() {
        assembler = config("""
                        key: 'id=(\\w+)'
                        number: 'part (\\d+)'
                        count: 'of (\\d+)'
                        separator: ' | '
                        """);
        line("id=a part 3 of 3: c");
        line("id=b part 1 of 2: x");
        line("id=a part 1 of 3: a");
        line("none of these");
        line("id=b part 2 of 2: y");
        line("id=a part 2 of 3: b");
        assertThat(texts())
                .containsExactly(
                        "none of these",
                        "id=b part 1 of 2: x | id=b part 2 of 2: y",
                        "id=a part 1 of 3: a | id=a part 2 of 3: b | id=a part 3 of 3: c");
    }

    @Test
    void a15JoinsStackTracesByTheirFirstLine() {
        assembler = config("start: '^\\d{4}-'");
        line("2026-11-22 error");
        line("  at a");
        line("  at b");
        line("2026-11-22 next");
        assertThat(texts()).containsExactly("2026-11-22 error\n  at a\n  at b");
        assembler.flush(out::add);
        assertThat(texts()).last().isEqualTo("2026-11-22 next");
    }

    @Test
    void splitsAnEventAsSoonAsItHasAsManyLinesAsAllowed() {
        assembler = config("{start: '^\\d{4}-', maxLines: 3}");
        line("2026-11-22 error");
        line("  at a");
        assertThat(out).isEmpty();
        line("  at b");
        assertThat(texts()).containsExactly("2026-11-22 error\n  at a\n  at b");
    }

    @Test
    void a16CountsEventsAndTheirPartsApart() {
        records(10, 1).forEach(this::line);
        assertThat(assembler.counts()).containsEntry("lines", 4L).containsEntry("events", 1L);
    }

    @Test
    void handsOnLinesThatAreNoRecordsAndKeepsTheirMarks() {
        byte[] bytes = "Nov 22 10:00:00 host sshd[1]: hello".getBytes(UTF_8);
        assembler.accept(ORIGIN, nowNanos, bytes, 0, bytes.length, EventBatch.FLAG_CUT, out::add);
        assertThat(out)
                .singleElement()
                .satisfies(event -> assertThat(event.flags()).isEqualTo(EventBatch.FLAG_CUT));
    }

    @Test
    void losesNoLineOfGarbage() {
        long seed = 20261122;
        Random random = new Random(seed);
        List<String> words = List.of(
                "type=",
                "SYSCALL",
                " msg=audit(",
                "10",
                ".000",
                ":",
                "1",
                "): ",
                "items=",
                "node=",
                "EOE",
                "PROCTITLE",
                "<13>",
                "1 ",
                "Nov 22 10:00:00 ",
                "host",
                "\u0000",
                "é",
                "4294967299999999999",
                "UNKNOWN[1334]");
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            IntStream.range(0, 1 + random.nextInt(12))
                    .forEach(_ -> text.append(words.get(random.nextInt(words.size()))));
            line(text.toString());
            nowNanos += random.nextInt(1_000_000);
        }
        assembler.flush(out::add);
        assertThat(out.stream().mapToInt(event -> event.parts().size()).sum())
                .as("seed " + seed)
                .isEqualTo(20_000);
    }
}
