package io.tocsin.app.frontend;

import java.util.List;
import java.util.stream.Collectors;

/// syslog-ng with failover servers, a disk buffer and the way back to the first.
final class SyslogNg implements FrontEnd {
    @Override
    public String name() {
        return "syslog-ng";
    }

    @Override
    public String summary() {
        return "syslog-ng over TCP with a disk buffer: next server when one is away, back to the first";
    }

    @Override
    public String configuration(FrontEndPlan plan) {
        List<Peer> collectors = plan.collectors();
        Peer first = collectors.getFirst();
        if (collectors.stream().anyMatch(peer -> peer.port() != first.port())) {
            throw new IllegalArgumentException("syslog-ng sends to one port on all servers [collectors=" + collectors
                    + "]: let them listen alike");
        }
        StringBuilder text = new StringBuilder();
        text.append("# syslog-ng to ")
                .append(collectors.size())
                .append(" collectors over TCP, for /etc/syslog-ng/conf.d/\n");
        text.append("# Plain TCP has no acknowledgement: what lies in socket buffers when a collector dies is lost.\n");
        text.append("destination d_tocsin {\n");
        text.append("  syslog(\"").append(first.host()).append("\" port(").append(first.port());
        text.append(") transport(\"tcp\")\n");
        if (collectors.size() > 1) {
            text.append("    failover(\n      servers(")
                    .append(collectors.stream()
                            .skip(1)
                            .map(peer -> "\"" + peer.host() + "\"")
                            .collect(Collectors.joining(", ")))
                    .append(")\n      failback(tcp-probe-interval(")
                    .append(plan.retrySeconds())
                    .append(") successful-probes-required(3)))\n");
        }
        text.append("    time-reopen(").append(Math.min(plan.retrySeconds(), 3)).append(")\n");
        text.append("    so-keepalive(yes) tcp-keepalive-time(10) tcp-keepalive-intvl(5) tcp-keepalive-probes(2)\n");
        text.append("    disk-buffer(reliable(yes) disk-buf-size(2147483648) mem-buf-size(10485760) dir(\"")
                .append(plan.workFolder())
                .append("\")));\n};\n");
        return text.append("# log { source(s_src); destination(d_tocsin); };\n").toString();
    }
}
