package io.tocsin.app.frontend;

/// rsyslog over TCP with a disk queue before the choice; each message is a batch of its own, so that a switch loses
/// what the kernel had taken and no batch.
final class RsyslogRuleset implements FrontEnd {
    @Override
    public String name() {
        return "rsyslog-ruleset";
    }

    @Override
    public String summary() {
        return "rsyslog over TCP with a disk queue: waits while all are away, loses little at a switch";
    }

    @Override
    public String configuration(FrontEndPlan plan) {
        return "# rsyslog to " + plan.collectors().size() + " collectors over TCP, for /etc/rsyslog.d/\n"
                + "# While all are away, messages wait in the queue (2 GB; then new ones are discarded). Plain TCP has no\n"
                + "# acknowledgement: what lies in socket buffers when a collector dies is lost. rsyslog-relp loses nothing.\n"
                + "# While all are away rsyslog waits for the last one of the list.\n"
                + RsyslogChain.ruleset(
                        plan,
                        1,
                        "omfwd",
                        "protocol=\"tcp\" TCP_Framing=\"octet-counted\" KeepAlive=\"on\" KeepAlive.Time=\"10\""
                                + " KeepAlive.Interval=\"5\" KeepAlive.Probes=\"2\"");
    }
}
