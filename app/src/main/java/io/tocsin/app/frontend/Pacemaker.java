package io.tocsin.app.frontend;

import java.util.stream.Collectors;

/// pacemaker: an address that stays with a node whose collectors can take events.
final class Pacemaker implements FrontEnd {
    @Override
    public String name() {
        return "pacemaker";
    }

    @Override
    public String summary() {
        return "pacemaker: as keepalived, for clusters that have it (pcs commands, our resource agent)";
    }

    @Override
    public String configuration(FrontEndPlan plan) {
        String address = plan.sharedAddress();
        if (address == null || address.indexOf('/') < 0) {
            throw new IllegalArgumentException("name the address that moves: --vip 10.0.0.10/24");
        }
        int slash = address.indexOf('/');
        String[] check = plan.checkCommand().split(" ", -1);
        String endpoint = check.length > 0 && check[check.length - 1].indexOf(':') > 0
                ? check[check.length - 1]
                : "127.0.0.1:8446";
        return """
                # pacemaker, once for the cluster, as root. Before, on each node (%s):
                # copy app/dist/ocf-listeners of the installation to /usr/lib/ocf/resource.d/tocsin/listeners.
                # The collectors are started by the machine, not by the cluster.
                # A recovered node does not take the address back: no flapping. Connections do not move with the address.
                pcs resource create tocsin ocf:tocsin:listeners tocsin=%s address=%s \\
                    op monitor interval=2s timeout=2s op start timeout=30s meta migration-threshold=1 failure-timeout=30s clone
                pcs resource create tocsin-address ocf:heartbeat:IPaddr2 ip=%s cidr_netmask=%s nic=%s op monitor interval=10s
                pcs constraint colocation add tocsin-address with tocsin-clone INFINITY
                pcs constraint order tocsin-clone then tocsin-address
                pcs resource defaults update resource-stickiness=100
                """.formatted(
                        plan.collectors().stream().map(Peer::host).collect(Collectors.joining(", ")),
                        check[0],
                        endpoint,
                        address.substring(0, slash),
                        address.substring(slash + 1),
                        plan.networkInterface());
    }
}
