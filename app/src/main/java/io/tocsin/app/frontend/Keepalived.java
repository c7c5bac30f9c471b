package io.tocsin.app.frontend;

import java.util.List;

/// keepalived: an address that moves to the node whose collectors can take events.
final class Keepalived implements FrontEnd {
    @Override
    public String name() {
        return "keepalived";
    }

    @Override
    public String summary() {
        return "keepalived: a shared address that moves when './tocsin check-listeners' fails";
    }

    @Override
    public String configuration(FrontEndPlan plan) {
        String address = plan.sharedAddress();
        if (address == null) {
            throw new IllegalArgumentException("name the address that moves: --vip 10.0.0.10/24");
        }
        List<Peer> nodes = plan.collectors();
        StringBuilder text = new StringBuilder();
        text.append(
                "# keepalived on this node, /etc/keepalived/keepalived.conf; on the other nodes the same with their own --listen\n");
        text.append(
                "# (the node's own address) and another --priority. Connections do not move with the address: senders must notice\n");
        text.append("# (TCP_USER_TIMEOUT or keep-alive of 10 s) and connect again.\n");
        text.append("global_defs {\n  script_user root\n  enable_script_security\n}\n\n");
        text.append("vrrp_script tocsin {\n  script \"")
                .append(plan.checkCommand())
                .append("\"\n");
        text.append("  interval 1\n  timeout 1\n  fall 2\n  rise 3\n}\n\n");
        text.append("vrrp_instance tocsin {\n");
        text.append(
                "  # All nodes begin as BACKUP and a recovered node does not take the address back: no flapping.\n");
        text.append("  state BACKUP\n  nopreempt\n");
        text.append("  interface ").append(plan.networkInterface()).append('\n');
        text.append("  virtual_router_id 51\n  priority ")
                .append(plan.priority())
                .append("\n  advert_int 1\n");
        String own = plan.listen().host();
        List<String> others =
                nodes.stream().map(Peer::host).filter(host -> !host.equals(own)).toList();
        if (nodes.stream().anyMatch(node -> node.host().equals(own)) && !others.isEmpty()) {
            text.append("  unicast_src_ip ").append(own).append("\n  unicast_peer {\n");
            others.forEach(host -> text.append("    ").append(host).append('\n'));
            text.append("  }\n");
        }
        text.append("  virtual_ipaddress {\n    ").append(address).append("\n  }\n");
        return text.append("  track_script {\n    tocsin\n  }\n}\n").toString();
    }
}
