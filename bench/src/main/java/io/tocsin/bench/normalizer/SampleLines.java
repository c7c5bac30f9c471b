package io.tocsin.bench.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Lines that look like those of real devices but come from a seed.
final class SampleLines {
    private static final String[] ACTIONS = {"accept", "deny", "close", "timeout"};
    private static final String[] APPLICATIONS = {"HTTPS", "DNS", "SSH", "SMTP", "QUIC"};
    private static final String[] MONTH_DAYS = {"Nov 20", "Nov 21", "Nov 22"};

    private SampleLines() {}

    /// CEF of a firewall behind an RFC 3164 header: 18 extension keys, about 393 bytes.
    static List<byte[]> cef(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> lines = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String action = ACTIONS[random.nextInt(ACTIONS.length)];
            String line = "<189>" + MONTH_DAYS[random.nextInt(3)] + " " + time(random) + " edge-fw-0"
                    + random.nextInt(1, 10) + " CEF:0|Northgate|BorderWall|v7.4.2|" + (13000 + random.nextInt(100))
                    + "|traffic:forward " + action + "|3|deviceExternalId=BW60F" + random.nextInt(100_000, 999_999)
                    + " cat=traffic:forward act=" + action + " src=10.20." + random.nextInt(256) + "."
                    + random.nextInt(1, 255) + " spt=" + random.nextInt(1024, 65_000) + " shost=ws-"
                    + random.nextInt(100, 999) + " dst=203.0.113." + random.nextInt(1, 255) + " dpt="
                    + random.nextInt(1, 9999) + " proto=TCP app=" + APPLICATIONS[random.nextInt(5)]
                    + " in=" + random.nextInt(10, 99_999) + " out=" + random.nextInt(10, 99_999)
                    + " deviceInboundInterface=port" + random.nextInt(1, 9) + " deviceOutboundInterface=wan1"
                    + " externalId=" + random.nextInt(10_000_000, 99_999_999) + " cs1=policy-" + random.nextInt(100)
                    + " cs1Label=Policy cn1=" + random.nextInt(1, 600) + " cn1Label=Duration";
            lines.add(line.getBytes(UTF_8));
        }
        return lines;
    }

    /// JSON of a network sensor, nested two levels, 19 leaves, about 600 bytes.
    static List<byte[]> json(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> lines = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String line = "{\"@timestamp\":\"2026-11-22T" + time(random)
                    + ".250Z\",\"event\":{\"action\":\"connection\","
                    + "\"category\":\"network\",\"outcome\":\"success\"},\"source\":{\"ip\":\"10.20."
                    + random.nextInt(256)
                    + "." + random.nextInt(256) + "\",\"port\":" + random.nextInt(1024, 65_000)
                    + ",\"mac\":\"52:54:00:aa:bb:cc\",\"bytes\":" + random.nextInt(1_000_000)
                    + "},\"destination\":{\"ip\":\"203.0.113." + random.nextInt(256) + "\",\"port\":443,\"bytes\":"
                    + random.nextInt(1_000_000) + ",\"domain\":\"cdn-" + random.nextInt(1000)
                    + ".example.org\"},\"network\":{\"transport\":\"tcp\",\"protocol\":\"tls\"},\"host\":{\"name\":\"sensor-"
                    + random.nextInt(10) + "\",\"ip\":\"10.0.0.5\"},\"http\":{\"request\":{\"method\":\"GET\"}},"
                    + "\"user_agent\":{\"original\":\"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0\"},"
                    + "\"message\":\"flow " + random.nextInt(1_000_000) + " of policy \\\"default\\\" ended\"}";
            lines.add(line.getBytes(UTF_8));
        }
        return lines;
    }

    /// Lines of an OpenSSH server under attack.
    static List<byte[]> sshd(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> lines = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String peer = "198.51.100." + random.nextInt(1, 255) + " port " + random.nextInt(1024, 65_000);
            String text = switch (random.nextInt(4)) {
                case 0 -> "Failed password for invalid user admin" + random.nextInt(100) + " from " + peer + " ssh2";
                case 1 -> "Failed password for root from " + peer + " ssh2";
                case 2 -> "Connection closed by authenticating user root " + peer + " [preauth]";
                default -> "Accepted publickey for deploy from " + peer + " ssh2: ED25519 SHA256:c2FtcGxl";
            };
            lines.add(("<86>" + MONTH_DAYS[random.nextInt(3)] + " " + time(random) + " bastion sshd["
                            + random.nextInt(1000, 99_999) + "]: " + text)
                    .getBytes(UTF_8));
        }
        return lines;
    }

    private static String time(SplittableRandom random) {
        return String.format("%02d:%02d:%02d", random.nextInt(24), random.nextInt(60), random.nextInt(60));
    }
}
