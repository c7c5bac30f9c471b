package io.tocsin.app.frontend;

import java.util.List;

/// nginx as a balancer for streams and datagrams.
final class Nginx implements FrontEnd {
    @Override
    public String name() {
        return "nginx";
    }

    @Override
    public String summary() {
        return "nginx as a balancer for TCP and UDP: new connections go to those that live (package libnginx-mod-stream)";
    }

    @Override
    public String configuration(FrontEndPlan plan) {
        StringBuilder text = new StringBuilder();
        text.append("# nginx before ").append(plan.collectors().size());
        text.append(" collectors: beside 'http', not inside it (/etc/nginx/modules-enabled holds ngx_stream_module)\n");
        text.append(
                "# A connection stays on its collector until it ends: let senders reconnect now and then (rsyslog: rebindInterval).\n");
        text.append(
                "# When a collector dies, what nginx (16 KiB each way) and the sockets hold is lost on plain TCP.\n");
        text.append("worker_rlimit_nofile 1000000;\n");
        text.append("events { worker_connections 20000; }\n");
        text.append("stream {\n");
        upstream(text, "tocsin_tcp", plan.collectors());
        text.append("  server {\n    listen ").append(plan.listen()).append(" so_keepalive=10s:5s:2;\n");
        text.append("    proxy_pass tocsin_tcp;\n    proxy_connect_timeout 3s;\n    proxy_timeout 10m;\n");
        text.append("    proxy_socket_keepalive on;\n");
        if (plan.proxyProtocol()) {
            text.append("    proxy_protocol on;\n");
        }
        text.append("  }\n");
        if (plan.udp()) {
            upstream(text, "tocsin_udp", plan.collectors());
            if (!plan.proxyProtocol()) {
                text.append(
                        "  # The collector sees nginx as the sender of datagrams; --proxy-protocol puts a PROXY header in front of each"
                                + " one.\n");
            }
            text.append("  server {\n    listen ").append(plan.listen()).append(" udp;\n");
            text.append("    proxy_pass tocsin_udp;\n    proxy_responses 0;\n    proxy_timeout 10s;\n");
            if (plan.proxyProtocol()) {
                // Without the second one only the first datagram of a session has a header.
                text.append("    proxy_protocol on;\n    proxy_requests 1;\n");
            }
            text.append("  }\n");
        }
        return text.append("}\n").toString();
    }

    private static void upstream(StringBuilder text, String name, List<Peer> collectors) {
        text.append("  upstream ").append(name).append(" {\n");
        for (Peer peer : collectors) {
            text.append("    server ").append(peer).append(" max_fails=1 fail_timeout=10s;\n");
        }
        text.append("  }\n");
    }
}
