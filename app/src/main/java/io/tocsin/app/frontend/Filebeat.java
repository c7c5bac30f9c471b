package io.tocsin.app.frontend;

import java.util.stream.Collectors;

/// Filebeat's output to several collectors: one is used until it fails.
final class Filebeat implements FrontEnd {
    @Override
    public String name() {
        return "filebeat";
    }

    @Override
    public String summary() {
        return "Filebeat over the Beats protocol: acknowledged, loses nothing, may send twice at a switch";
    }

    @Override
    public String connectorType() {
        return "beats";
    }

    @Override
    public String configuration(FrontEndPlan plan) {
        return "# Filebeat to " + plan.collectors().size() + " collectors, for filebeat.yml\n"
                + "# Positions in files move on when a collector has the events on disk; without an answer the batch is sent\n"
                + "# again, to another one. loadbalance: true spreads batches over all of them instead.\n"
                + "output.logstash:\n  hosts: ["
                + plan.collectors().stream().map(peer -> "\"" + peer + "\"").collect(Collectors.joining(", "))
                + "]\n  loadbalance: false\n  worker: 1\n  pipelining: 2\n  bulk_max_size: 2048\n  compression_level: 3\n"
                + "  timeout: 15s\n  backoff.init: 1s\n  backoff.max: "
                + plan.retrySeconds() + "s\n";
    }
}
