package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The requirements A10 to A12 for audit records, and joined events beside what other programs make of them.
class AuditdFormatTest {
    private static final String STAMP = " msg=audit(1795341600.000:7): ";
    private final Normalizer normalizer = Normalized.normalizer("""
            kind: normalizer
            name: audit
            spec: { format: auditd }
            """);

    private Map<String, String> fields(String... lines) {
        return Normalized.of(normalizer, String.join("\n", lines)).fields();
    }

    @Test
    void a10DecodesHexadecimalTextAndGivesArgumentsAsListAndLine() {
        Map<String, String> fields = fields(
                "type=EXECVE" + STAMP + "argc=3 a0=\"sh\" a1=\"-c\" a2=6563686F2068692074686572652E",
                "type=PATH" + STAMP + "item=0 name=2F746D702F6120622E747874",
                "type=SYSCALL" + STAMP + "comm=6120E9 exe=\"/bin/sh\" key=6578656301363462697401",
                "type=PROCTITLE" + STAMP + "proctitle=7368002D63006563686F206869");
        assertThat(fields)
                .containsEntry("SA.argv", "sh,-c,echo hi there.")
                .containsEntry("Extra.EXECVE.command", "sh -c 'echo hi there.'")
                .containsEntry("Extra.PATH[0].name", "/tmp/a b.txt")
                .containsEntry("Extra.SYSCALL.comm", "a %E9")
                .containsEntry("Extra.SYSCALL.key", "exec,64bit,")
                .containsEntry("Extra.PROCTITLE.proctitle", "sh -c 'echo hi'");
    }

    @Test
    void a11PutsSplitArgumentsTogetherByIndexAndMarksWhatIsMissing() {
        Map<String, String> whole = fields(
                "type=EXECVE" + STAMP + "argc=3 a0=\"x\" a1_len=8 a1[0]=6162",
                "type=EXECVE" + STAMP + "a2=\"end\"",
                "type=EXECVE" + STAMP + "a1[2]=6566 a1[1]=6364");
        assertThat(whole).containsEntry("SA.argv", "x,abcdef,end").doesNotContainKey("ParseError");
        Map<String, String> holes = fields("type=EXECVE" + STAMP + "argc=4 a0=\"x\" a1[0]=6162 a1[2]=6566 a3=\"y\"");
        // An empty element of a list is no value; the line shows it.
        assertThat(holes).containsEntry("SA.argv", "x,abef,y").containsEntry("Extra.EXECVE.command", "x abef '' y");
        assertThat(holes.get("ParseError")).contains("1[1]").contains("2");
    }

    @Test
    void anEmptyArgumentIsNotAMissingOne() {
        assertThat(fields("type=EXECVE" + STAMP + "argc=3 a0=\"x\" a1=\"\" a2=\"y\""))
                .containsEntry("SA.argv", "x,y")
                .containsEntry("Extra.EXECVE.command", "x '' y")
                .doesNotContainKey("ParseError");
    }

    @Test
    void theLastOfSeveralValuesOfAnArgumentCountsInWhateverOrderTheyCome() {
        assertThat(fields("type=EXECVE" + STAMP
                        + "argc=12 a11=\"l\" a2=\"old\" a2=\"c\" a0=\"it's\" a1=\"b\" a10=\"k\" a3=\"d\""
                        + " a4=\"e\" a5=\"f\" a6=\"g\" a7=\"h\" a8=\"i\" a9=\"j\""))
                .containsEntry("SA.argv", "it's,b,c,d,e,f,g,h,i,j,k,l")
                .containsEntry("Extra.EXECVE.command", "'it'\\''s' b c d e f g h i j k l")
                .doesNotContainKey("ParseError");
    }

    @Test
    void writesBytesThatAreNoPrintableTextReversibly() {
        Map<String, String> expected = new TreeMap<>(Map.of(
                "c3a4c39f", "äß", // printable
                "f09f9880", "😀",
                "2f25", "/%",
                "09", "%09",
                "257f", "%25%7F",
                "c0af", "%C0%AF", // too long a form
                "eda080", "%ED%A0%80", // a surrogate
                "f4908080", "%F4%90%80%80", // beyond the last character
                "c3", "%C3"));
        expected.put("e0a0", "%E0%A0");
        expected.put("f08fbfbf", "%F0%8F%BF%BF");
        expected.forEach((hex, text) -> assertThat(fields("type=PATH" + STAMP + "item=0 name=" + hex))
                .as(hex)
                .containsEntry("Extra.PATH[0].name", text)
                .containsEntry("FilePath", text));
    }

    @Test
    void a12KeepsEnrichedValuesBesideRawOnes() {
        Map<String, String> fields = fields(
                "type=SYSCALL" + STAMP
                        + "arch=c000003e syscall=59 uid=0 auid=1000\u001dARCH=x86_64 SYSCALL=execve AUID=\"meyer\" UID=\"root\"");
        assertThat(fields)
                .containsEntry("Extra.SYSCALL.uid", "0")
                .containsEntry("Extra.SYSCALL.UID", "root")
                .containsEntry("Extra.SYSCALL.syscall", "59")
                .containsEntry("Extra.SYSCALL.SYSCALL", "execve");
    }

    @Test
    void takesAddressesOfSocketsApart() {
        Map<String, String> fields = fields(
                "type=SYSCALL" + STAMP + "arch=c000003e syscall=42 success=no",
                "type=SOCKADDR" + STAMP + "saddr=0A0001BB0000000020010DB8000000000000000000000001" + "00000000");
        assertThat(fields)
                .containsEntry("DestinationAddress", "2001:db8:0:0:0:0:0:1")
                .containsEntry("DestinationPort", "443");
    }

    @Test
    void tellsTheFamiliesOfSocketsApart() {
        assertThat(fields("type=SOCKADDR" + STAMP + "saddr=01002F72756E2F6C6F6700"))
                .containsEntry("Extra.SOCKADDR.family", "local")
                .containsEntry("Extra.SOCKADDR.path", "/run/log");
        assertThat(fields("type=SOCKADDR" + STAMP + "saddr=0100006275730000"))
                .containsEntry("Extra.SOCKADDR.path", "@bus");
        assertThat(fields("type=SOCKADDR" + STAMP + "saddr=100000000000000000000000"))
                .containsEntry("Extra.SOCKADDR.family", "netlink")
                .doesNotContainKey("Extra.SOCKADDR.port");
        assertThat(fields(
                        "type=SYSCALL" + STAMP + "arch=c00000b7 syscall=202 success=yes",
                        "type=SOCKADDR" + STAMP + "saddr=0A00C3500000000000000000000000000000FFFFC633640700000000"))
                .containsEntry("Extra.SOCKADDR.family", "inet6")
                .containsEntry("SourceAddress", "198.51.100.7")
                .containsEntry("SourcePort", "50000");
        assertThat(fields("type=SOCKADDR" + STAMP + "saddr=28000100")).containsEntry("Extra.SOCKADDR.family", "40");
    }

    @Test
    void choosesThePathThatWasMadeBeforeTheOneThatWasNamed() {
        String[] records = {
            "type=PATH" + STAMP + "item=0 name=\"/srv\" nametype=PARENT",
            "type=PATH" + STAMP + "item=1 name=\"/srv/old\" nametype=NORMAL",
            "type=PATH" + STAMP + "item=2 name=\"/srv/new\" nametype=CREATE",
            "type=PATH" + STAMP + "item=3 name=\"/srv/newer\" nametype=CREATE"
        };
        assertThat(fields(records)).containsEntry("FilePath", "/srv/new");
        assertThat(fields(records[0], records[1])).containsEntry("FilePath", "/srv/old");
        assertThat(fields(records[0])).containsEntry("FilePath", "/srv");
    }

    @Test
    void numbersRecordsOfATypeAnewInEachEvent() {
        for (int i = 0; i < 2; i++) {
            assertThat(fields(
                            "type=OBJ_PID" + STAMP + "opid=1",
                            "type=1318" + STAMP + "opid=2",
                            "type=OBJ_PID" + STAMP + "opid=3"))
                    .containsEntry("Extra.OBJ_PID.opid", "1")
                    .containsEntry("Extra.OBJ_PID[1].opid", "2")
                    .containsEntry("Extra.OBJ_PID[2].opid", "3")
                    .containsEntry("Extra.types", "OBJ_PID,OBJ_PID,OBJ_PID")
                    .containsEntry("Extra.records", "3");
        }
    }

    @Test
    void remembersABoundedNumberOfKeysAndReadsTheRestAsWell() {
        StringBuilder many = new StringBuilder("type=X" + STAMP);
        for (int i = 0; i < 900; i++) {
            many.append("k").append(i).append("=").append(i).append(' ');
        }
        for (int round = 0; round < 12; round++) {
            Map<String, String> fields = fields(many.toString().replace(" k", " k" + round + "_"));
            assertThat(fields).containsEntry("Extra.X.k" + round + "_899", "899");
        }
        assertThat(fields("type=SYSCALL" + STAMP + "pid=3")).containsEntry("SourceProcessID", "3");
    }

    @Test
    void readsWordsOfSelinuxAndOfPrograms() {
        assertThat(fields("type=AVC" + STAMP + "avc:  denied  { read write } for  pid=13 comm=\"pickup\" name=\"x\""))
                .containsEntry("Extra.AVC.seresult", "denied")
                .containsEntry("Extra.AVC.seperms", "read,write")
                .containsEntry("Extra.AVC.name", "x");
        assertThat(fields("type=USER_START" + STAMP
                        + "user pid=13 uid=0 msg='PAM: session open acct=\"root\" : exe=\"/usr/sbin/crond\" (hostname=?,"
                        + " addr=?, terminal=cron res=success)'"))
                .containsEntry("Extra.USER_START.hostname", "?")
                .containsEntry("Extra.USER_START.res", "success");
    }

    @Test
    void neverFailsOnGarbage() {
        long seed = 20261122;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String head = "type="
                    + List.of("EXECVE", "SYSCALL", "PATH", "SOCKADDR", "AVC", "X")
                            .get(random.nextInt(6)) + STAMP;
            StringBuilder text = new StringBuilder(head);
            int length = random.nextInt(60);
            for (int k = 0; k < length; k++) {
                text.append("a0=\"'{}[]1_len saddr=\u001d,()avc:\n".charAt(random.nextInt(30)));
            }
            assertThat(Normalized.of(normalizer, text.toString()).understood())
                    .as("seed " + seed)
                    .isTrue();
        }
    }

    private static Path folder() {
        return TestData.folder().resolve("auditd");
    }

    @Test
    void holdsEveryValueOfTheLaurelEvents() throws IOException {
        assumeTrue(Files.isDirectory(folder()), "no test data at " + folder());
        int compared = 0;
        for (String name : List.of("record-execve", "record-weblogic", "record-anom-promiscuous")) {
            Map<String, String> fields = fields(Files.readString(folder().resolve("laurel/" + name + ".txt"))
                    .strip());
            Map<String, String> expected = new TreeMap<>();
            flatten("", parse(Files.readString(folder().resolve("laurel/" + name + ".json"))), expected);
            for (Map.Entry<String, String> entry : expected.entrySet()) {
                String key = entry.getKey();
                if (key.equals("ID")
                        || key.equals("NODE")
                        || key.endsWith(".saddr")
                        || entry.getValue().equals("null")) {
                    continue;
                }
                if (key.startsWith("EXECVE.ARGV") || key.startsWith("PROCTITLE.ARGV")) {
                    String list =
                            key.startsWith("EXECVE") ? fields.get("SA.argv") : fields.get("Extra.PROCTITLE.proctitle");
                    assertThat(list).as(name + " " + key).contains(entry.getValue());
                } else {
                    String own = key.replaceAll("^SYSCALL\\.ARGV\\[(\\d)]$", "SYSCALL.a$1");
                    own = own.startsWith("PATH") ? own : own.replace("[0]", "");
                    assertThat(plain(fields.getOrDefault("Extra." + own, "absent")))
                            .as(name + " " + key)
                            .isEqualTo(plain(entry.getValue()));
                }
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(100);
    }

    /// Numbers without the prefixes and zeros that programs write differently, texts without braces.
    private static String plain(String value) {
        String text = value.replaceAll("[{}]", "").strip().replaceFirst("^0[xo]", "");
        return text.matches("0+") ? "0" : text.matches("0[0-7]+") ? text.replaceFirst("^0+", "") : text;
    }

    private static ConfigNode parse(String json) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("golden", json, problems);
        problems.throwIfAny();
        return Objects.requireNonNull(node);
    }

    private static void flatten(String path, ConfigNode node, Map<String, String> into) {
        switch (node) {
            case ConfigNode.Mapping mapping ->
                mapping.entries()
                        .forEach(entry -> flatten(
                                path.isEmpty() ? entry.name() : path + "." + entry.name(), entry.value(), into));
            case ConfigNode.Sequence sequence -> {
                for (int i = 0; i < sequence.items().size(); i++) {
                    flatten(path + "[" + i + "]", sequence.items().get(i), into);
                }
            }
            case ConfigNode.Scalar scalar -> into.put(path, scalar.text());
        }
    }

    @Test
    void holdsTheIdentitiesProcessesAndPathsOfTheCoalescedEvents() throws IOException {
        assumeTrue(Files.isDirectory(folder()), "no test data at " + folder());
        List<String> different = new ArrayList<>();
        int compared = 0;
        for (String name : List.of("rhel-7-linux-3.10.0", "ubuntu-17.04-linux-4.10.0", "ubuntu-21.10-linux-5.13")) {
            Map<String, String> inputs = new TreeMap<>();
            flatten("", parse(Files.readString(folder().resolve("go-libaudit-coalesce/" + name + ".yaml"))), inputs);
            Map<String, String> golden = new TreeMap<>();
            flatten(
                    "",
                    parse(Files.readString(folder().resolve("go-libaudit-coalesce/" + name + ".golden.json"))),
                    golden);
            for (int i = 0; golden.containsKey("[" + i + "].test_name"); i++) {
                String prefix = "[" + i + "].event.";
                String test = golden.get("[" + i + "].test_name");
                Map<String, String> fields =
                        fields(inputs.getOrDefault("tests." + test, "").strip());
                for (Map.Entry<String, String> entry : golden.entrySet()) {
                    if (!entry.getKey().startsWith(prefix)) {
                        continue;
                    }
                    String key = ownKey(entry.getKey().substring(prefix.length()));
                    if (key == null) {
                        continue;
                    }
                    compared++;
                    String wanted = entry.getValue().equals("unset") ? "4294967295" : entry.getValue();
                    String found = fields.entrySet().stream()
                            .filter(field -> field.getKey().startsWith("Extra.")
                                    && field.getKey().endsWith(key))
                            .map(Map.Entry::getValue)
                            .collect(Collectors.joining("\n"));
                    if (!("\n" + found + "\n").contains("\n" + wanted + "\n") && !found.contains(wanted)) {
                        different.add(name + " " + test + " " + entry.getKey() + ": " + wanted + " is not " + found);
                    }
                }
            }
        }
        assertThat(different).isEmpty();
        assertThat(compared).isGreaterThan(200);
    }

    /// How the end of our name is called, null for what is not compared: names that a table of numbers gives.
    private static @Nullable String ownKey(String golden) {
        if (golden.startsWith("user.ids.")) {
            return golden.substring("user.ids".length());
        }
        if (golden.matches("paths\\[\\d+]\\.obj_.*")) {
            // The parts of a security context are kept in one.
            return golden.replace("paths", "PATH").replaceFirst("_.*", "");
        }
        return switch (golden) {
            case "process.pid" -> ".pid";
            case "process.ppid" -> ".ppid";
            case "process.name" -> ".comm";
            case "process.exe" -> ".exe";
            case "process.cwd" -> ".cwd";
            case "process.title" -> ".proctitle";
            default -> golden.startsWith("paths[") ? golden.replace("paths", "PATH") : null;
        };
    }
}
