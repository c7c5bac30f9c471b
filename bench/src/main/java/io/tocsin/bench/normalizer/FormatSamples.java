package io.tocsin.bench.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Inputs of every format, from a seed.
enum FormatSamples {
    AUDITD("{kind: normalizer, name: sample, spec: {format: auditd}}"),
    CEF("cef"),
    CSV("""
            {kind: normalizer, name: sample, spec: {format: {type: csv, columns: [
              DeviceReceiptTime, SourceAddress, SourcePort, DestinationAddress, DestinationPort, DeviceAction, BytesIn, BytesOut, user, Message]}}}
            """),
    IPFIX("ipfix"),
    JSON("json"),
    KV("kv"),
    LEEF("leef"),
    NETFLOW5("netflow5"),
    NETFLOW9("netflow9"),
    PATTERN("""
            {kind: normalizer, name: sample, spec: {format: {type: pattern, patterns: [
              "Accepted {S.method:word} for {DestinationUserName:greedy} from {SourceAddress:ip} port {SourcePort:int} ssh2"]}}}
            """),
    REGEXP("""
            {kind: normalizer, name: sample, spec: {format: {type: regexp, expressions: [
              'Accepted (?P<method>\\w+) for (?P<DestinationUserName>\\S+) from (?P<SourceAddress>\\S+) port (?P<SourcePort>\\d+) ssh2']}}}
            """),
    SFLOW5("sflow5"),
    SQL("sql"),
    SYSLOG_3164("syslog"),
    SYSLOG_5424("syslog"),
    TSV("tsv"),
    XML("xml");

    /// Records of a packet of flows.
    static final int RECORDS = 25;

    private static final int SEED = 7;

    private final String normalizer;

    FormatSamples(String normalizer) {
        this.normalizer = normalizer;
    }

    /// Name of a built-in normalizer, or a normalizer as it is written.
    String normalizer() {
        return normalizer;
    }

    /// Events that one input gives.
    int eventsPerInput() {
        return switch (this) {
            case IPFIX, NETFLOW5, NETFLOW9 -> RECORDS;
            case SFLOW5 -> 5;
            default -> 1;
        };
    }

    /// What has to be read before the inputs, such as templates.
    List<byte[]> before() {
        return switch (this) {
            case NETFLOW9 -> List.of(packet(9, 1, out -> flowTemplate(out, 0)));
            case IPFIX -> List.of(packet(10, 0, out -> flowTemplate(out, 2)));
            case TSV ->
                List.of(
                        "#separator \\x09".getBytes(UTF_8),
                        ("#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p"
                                        + "\tproto\tservice\torig_bytes\tresp_bytes\tconn_state")
                                .getBytes(UTF_8));
            default -> List.of();
        };
    }

    List<byte[]> inputs(int count) {
        SplittableRandom random = new SplittableRandom(SEED);
        if (this == CEF) {
            return SampleLines.cef(count, SEED).stream()
                    .map(FormatSamples::withoutHeader)
                    .toList();
        }
        if (this == JSON) {
            return SampleLines.json(count, SEED);
        }
        List<byte[]> inputs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            inputs.add(
                    switch (this) {
                        case NETFLOW5 -> netflow5(random);
                        case NETFLOW9 -> packet(9, RECORDS, out -> flows(out, random));
                        case IPFIX -> packet(10, 0, out -> flows(out, random));
                        case SFLOW5 -> sflow(random);
                        default -> line(random).getBytes(UTF_8);
                    });
        }
        return inputs;
    }

    private static byte[] withoutHeader(byte[] line) {
        String text = new String(line, UTF_8);
        return text.substring(text.indexOf("CEF:")).getBytes(UTF_8);
    }

    private String line(SplittableRandom random) {
        String login = "Accepted publickey for deploy" + random.nextInt(100) + " from 198.51.100."
                + random.nextInt(1, 255) + " port " + random.nextInt(1024, 65_000) + " ssh2";
        return switch (this) {
            case KV ->
                "SourceAddress=10.20." + random.nextInt(256) + "." + random.nextInt(256) + " SourcePort="
                        + random.nextInt(1024, 65_000) + " DestinationAddress=203.0.113." + random.nextInt(256)
                        + " DestinationPort=443 DeviceAction=\"allow and log\" BytesIn=" + random.nextInt(100_000)
                        + " BytesOut=" + random.nextInt(100_000) + " policy=" + random.nextInt(50)
                        + " Message=\"session " + random.nextInt(1_000_000) + " ended\"";
            case SYSLOG_3164 -> "<86>Nov 22 10:11:12 bastion sshd[" + random.nextInt(100_000) + "]: " + login;
            case SYSLOG_5424 ->
                "<86>1 2026-11-22T10:11:12.25Z bastion sshd " + random.nextInt(100_000)
                        + " ID47 [login@32473 method=\"publickey\" user=\"deploy\"] " + login;
            case AUDITD -> {
                String stamp =
                        " msg=audit(1795341600." + random.nextInt(100, 1000) + ":" + random.nextInt(100_000) + "): ";
                yield "type=SYSCALL" + stamp
                        + "arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55d1 a2=55d2 a3=8"
                        + " items=1 ppid=1200 pid=" + random.nextInt(2000, 30_000)
                        + " auid=1000 uid=0 gid=0 euid=0 tty=pts0"
                        + " ses=3 comm=\"id\" exe=\"/usr/bin/id\" key=\"exec\"\ntype=EXECVE" + stamp
                        + "argc=2 a0=\"id\" a1=\"-u\"\ntype=PATH" + stamp
                        + "item=0 name=\"/usr/bin/id\" inode=131 dev=08:01 mode=0100755 ouid=0 ogid=0 nametype=NORMAL\n"
                        + "type=PROCTITLE" + stamp + "proctitle=6964002D75";
            }
            case CSV ->
                "2026-11-22T10:11:12Z,10.20." + random.nextInt(256) + "." + random.nextInt(256) + ","
                        + random.nextInt(1024, 65_000) + ",203.0.113." + random.nextInt(256)
                        + ",443,\"allow, and log\","
                        + random.nextInt(100_000) + "," + random.nextInt(100_000) + ",deploy" + random.nextInt(100)
                        + ",\"session " + random.nextInt(1_000_000) + " ended\"";
            case LEEF ->
                "LEEF:1.0|Northgate|BorderWall|7.4|traffic|src=10.20." + random.nextInt(256) + "." + random.nextInt(256)
                        + "\tsrcPort=" + random.nextInt(1024, 65_000) + "\tdst=203.0.113." + random.nextInt(256)
                        + "\tdstPort=443\tproto=TCP\tusrName=deploy" + random.nextInt(100) + "\tsrcBytes="
                        + random.nextInt(100_000) + "\tdstBytes=" + random.nextInt(100_000) + "\tsev=3\tpolicy="
                        + random.nextInt(50);
            case SQL ->
                "{\"ID\":" + random.nextInt(1_000_000)
                        + ",\"LOGGED_AT\":\"2026-11-22T10:11:12Z\",\"SOURCEADDRESS\":\"10.20."
                        + random.nextInt(256) + "." + random.nextInt(256) + "\",\"ACCOUNT\":\"deploy"
                        + random.nextInt(100)
                        + "\",\"ACTION\":\"LOGIN\",\"RESULT\":null,\"ROWS\":" + random.nextInt(100) + "}";
            case TSV ->
                "1795341600." + random.nextInt(100_000, 1_000_000) + "\tC" + random.nextInt(1_000_000) + "\t10.20."
                        + random.nextInt(256) + "." + random.nextInt(256) + "\t" + random.nextInt(1024, 65_000)
                        + "\t203.0.113." + random.nextInt(256) + "\t443\ttcp\tssl\t" + random.nextInt(100_000) + "\t"
                        + random.nextInt(100_000) + "\tSF";
            case XML ->
                "<Event><System><Provider Name=\"Security\"/><EventID>4624</EventID><Level>0</Level><TimeCreated"
                        + " SystemTime=\"2026-11-22T10:11:12Z\"/><EventRecordID>" + random.nextInt(1_000_000)
                        + "</EventRecordID><Computer>ws-" + random.nextInt(1000)
                        + ".example.org</Computer></System><EventData>"
                        + "<Data Name=\"TargetUserName\">deploy" + random.nextInt(100)
                        + "</Data><Data Name=\"LogonType\">3</Data><Data Name=\"IpAddress\">10.20."
                        + random.nextInt(256) + "."
                        + random.nextInt(256) + "</Data><Data Name=\"IpPort\">" + random.nextInt(1024, 65_000)
                        + "</Data><Data Name=\"Reason\">a &amp; b</Data></EventData></Event>";
            default -> login;
        };
    }

    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private static byte[] bytes(Writing content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            content.to(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] packet(int version, int records, Writing sets) {
        byte[] body = bytes(sets);
        return bytes(out -> {
            out.writeShort(version);
            if (version == 9) {
                out.writeShort(records);
                out.writeInt(1_000_000);
            } else {
                out.writeShort(16 + body.length);
            }
            out.writeInt(1_795_341_600);
            out.writeInt(1);
            out.writeInt(5);
            out.write(body);
        });
    }

    private static void flowTemplate(DataOutputStream out, int set) throws IOException {
        int[] fields = {8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 6, 1, 5, 1, 10, 4, 14, 4, 1, 8, 2, 8, 152, 8, 153, 8, 61, 1};
        out.writeShort(set);
        out.writeShort(8 + fields.length * 2);
        out.writeShort(256);
        out.writeShort(fields.length / 2);
        for (int field : fields) {
            out.writeShort(field);
        }
    }

    private static void flows(DataOutputStream out, SplittableRandom random) throws IOException {
        out.writeShort(256);
        out.writeShort(4 + RECORDS * 56);
        for (int i = 0; i < RECORDS; i++) {
            out.writeInt(0x0A140000 | random.nextInt(65_536));
            out.writeInt(0xCB007100 | random.nextInt(256));
            out.writeShort(random.nextInt(1024, 65_000));
            out.writeShort(443);
            out.writeByte(6);
            out.writeByte(0x1B);
            out.writeByte(0);
            out.writeInt(random.nextInt(48));
            out.writeInt(random.nextInt(48));
            out.writeLong(random.nextInt(1_000_000));
            out.writeLong(random.nextInt(1000));
            out.writeLong(1_795_341_590_000L);
            out.writeLong(1_795_341_599_000L);
            out.writeByte(1);
        }
    }

    private static byte[] netflow5(SplittableRandom random) {
        return bytes(out -> {
            out.writeShort(5);
            out.writeShort(RECORDS);
            out.writeInt(1_000_000);
            out.writeInt(1_795_341_600);
            out.writeInt(0);
            out.writeInt(1);
            out.writeInt(0);
            for (int i = 0; i < RECORDS; i++) {
                out.writeInt(0x0A140000 | random.nextInt(65_536));
                out.writeInt(0xCB007100 | random.nextInt(256));
                out.writeInt(0);
                out.writeShort(random.nextInt(48));
                out.writeShort(random.nextInt(48));
                out.writeInt(random.nextInt(1000));
                out.writeInt(random.nextInt(1_000_000));
                out.writeInt(990_000);
                out.writeInt(999_000);
                out.writeShort(random.nextInt(1024, 65_000));
                out.writeShort(443);
                out.write(new byte[] {0, 0x1B, 6, 0});
                out.writeInt(0);
                out.writeInt(0x18180000);
            }
        });
    }

    private static byte[] sflow(SplittableRandom random) {
        return bytes(out -> {
            for (int word : new int[] {5, 1, 0xC0000263, 0, 1, 1000, 5}) {
                out.writeInt(word);
            }
            for (int i = 0; i < 5; i++) {
                for (int word : new int[] {1, 112, i, 3, 1000, 5000, 0, 3, 4, 1, 1, 72, 1, 1500, 4, 54}) {
                    out.writeInt(word);
                }
                out.write(new byte[] {
                    0, 1, 2, 3, 4, 5, 0, 27, 33, 1, 2, 3, 8, 0, 0x45, 0, 5, 0, 0, 1, 0x40, 0, 63, 6, 0, 0
                });
                out.writeInt(0x0A140000 | random.nextInt(65_536));
                out.writeInt(0xCB007105);
                out.writeShort(random.nextInt(1024, 65_000));
                out.writeShort(443);
                out.writeLong(0);
                out.writeInt(0x50180100);
                out.writeInt(0);
                out.writeShort(0);
            }
        });
    }
}
