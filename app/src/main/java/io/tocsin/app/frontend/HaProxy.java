package io.tocsin.app.frontend;

import java.util.List;

/// HAProxy as a balancer for connections, with checks of its own.
final class HaProxy implements FrontEnd {
    @Override
    public String name() {
        return "haproxy";
    }

    @Override
    public String summary() {
        return "HAProxy as a balancer for TCP with checks every second; tells the sender's address (PROXY v2)";
    }

    @Override
    public String configuration(FrontEndPlan plan) {
        if (plan.udp()) {
            throw new IllegalArgumentException(
                    "HAProxy does not balance datagrams: use nginx for them, without --udp here");
        }
        StringBuilder text = new StringBuilder();
        text.append("# HAProxy before ").append(plan.collectors().size()).append(" collectors\n");
        text.append(
                "# When a collector dies its connections are closed towards the senders, who connect again; what the sockets\n");
        text.append("# hold is lost on plain TCP, and nothing with RELP or Beats.\n");
        text.append("global\n    maxconn 20000\n\n");
        text.append("defaults\n    mode tcp\n    timeout connect 3s\n    timeout client 10m\n    timeout server 10m\n");
        text.append("    option clitcpka\n    option srvtcpka\n    retries 2\n    option redispatch\n\n");
        text.append("frontend tocsin_in\n    bind ").append(plan.listen()).append("\n    default_backend tocsin\n\n");
        text.append("backend tocsin\n    balance leastconn\n");
        String check = "check inter 1s fall 2 rise 2";
        Integer healthPort = plan.healthPort();
        if (healthPort == null) {
            text.append("    # Only whether the port accepts is looked at; --health-port asks the collector itself.\n");
        } else {
            text.append("    option httpchk GET /healthz/listeners\n");
            check += " port " + healthPort;
        }
        text.append("    default-server ").append(check).append(" on-marked-down shutdown-sessions");
        text.append(plan.proxyProtocol() ? " send-proxy-v2\n" : "\n");
        List<Peer> collectors = plan.collectors();
        for (int i = 0; i < collectors.size(); i++) {
            text.append("    server ")
                    .append(FrontEndPlan.label(i))
                    .append(' ')
                    .append(collectors.get(i))
                    .append('\n');
        }
        return text.toString();
    }
}
