package io.tocsin.app.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// Lines of a firewall that speaks CEF over syslog: RFC 3164 header, eighteen extension keys with values that vary,
/// 393 bytes on average. The same seed gives the same lines.
public final class TrafficLines {
    private static final String[] MONTHS = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    private static final String[] PROTOCOLS = {"TCP", "UDP", "ICMP"};
    private static final String[] SERVICES = {"HTTPS", "HTTP", "DNS", "SSH", "SMTP", "NTP", "RDP"};
    private static final String[] ACTIONS = {"accept", "deny", "close", "timeout"};

    private TrafficLines() {}

    /// A direct buffer with `count` lines, each ended by LF.
    public static ByteBuffer block(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ByteBuffer block = ByteBuffer.allocateDirect(count * 440);
        StringBuilder line = new StringBuilder(440);
        for (int i = 0; i < count; i++) {
            line.setLength(0);
            append(line, random, i);
            block.put(line.toString().getBytes(StandardCharsets.US_ASCII));
        }
        return block.flip();
    }

    private static void append(StringBuilder line, SplittableRandom random, int i) {
        int second = i / 500 % 86_400;
        String action = ACTIONS[random.nextInt(ACTIONS.length)];
        String service = SERVICES[random.nextInt(SERVICES.length)];
        line.append("<189>").append(MONTHS[10]).append(' ').append(10 + i % 18).append(' ');
        two(line, second / 3600).append(':');
        two(line, second / 60 % 60).append(':');
        two(line, second % 60);
        line.append(" gate-")
                .append(random.nextInt(10, 40))
                .append(" CEF:0|Example Networks|Gate 600|v7.4.")
                .append(random.nextInt(10));
        line.append('|')
                .append(String.format("%05d", random.nextInt(13, 20_000)))
                .append("|traffic:forward ")
                .append(action)
                .append('|')
                .append(random.nextInt(1, 9));
        line.append("|src=10.")
                .append(random.nextInt(256))
                .append('.')
                .append(random.nextInt(256))
                .append('.')
                .append(random.nextInt(1, 255));
        line.append(" spt=").append(random.nextInt(1024, 65_536));
        line.append(" dst=172.16.").append(random.nextInt(256)).append('.').append(random.nextInt(1, 255));
        line.append(" dpt=").append(random.nextInt(1, 10_000));
        line.append(" proto=")
                .append(PROTOCOLS[random.nextInt(PROTOCOLS.length)])
                .append(" act=")
                .append(action)
                .append(" app=")
                .append(service);
        line.append(" in=").append(random.nextInt(1_000_000)).append(" out=").append(random.nextInt(1_000_000));
        line.append(" deviceInboundInterface=port")
                .append(random.nextInt(1, 25))
                .append(" deviceOutboundInterface=wan")
                .append(random.nextInt(1, 3));
        line.append(" cs1Label=policy cs1=").append("rule-").append(random.nextInt(1, 400));
        line.append(" suser=user")
                .append(random.nextInt(5000))
                .append(" dhost=host-")
                .append(random.nextInt(3000))
                .append(".example.org");
        line.append(" externalId=")
                .append(random.nextInt(100_000_000, 999_999_999))
                .append(" cnt=")
                .append(random.nextInt(1, 90));
        line.append(" msg=session ")
                .append(action)
                .append(" after ")
                .append(random.nextInt(1, 3600))
                .append(" seconds\n");
    }

    private static StringBuilder two(StringBuilder line, int number) {
        return line.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
    }
}
