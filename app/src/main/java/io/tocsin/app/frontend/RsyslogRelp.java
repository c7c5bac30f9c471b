package io.tocsin.app.frontend;

/// rsyslog over RELP, which acknowledges: the only grade that keeps the promise that nothing is lost.
final class RsyslogRelp implements FrontEnd {
    @Override
    public String name() {
        return "rsyslog-relp";
    }

    @Override
    public String summary() {
        return "rsyslog over RELP with a disk queue: acknowledged, loses nothing (package rsyslog-relp)";
    }

    @Override
    public String connectorType() {
        return "relp";
    }

    @Override
    public String configuration(FrontEndPlan plan) {
        return "# rsyslog to " + plan.collectors().size()
                + " collectors over RELP, for /etc/rsyslog.d/ (Debian package rsyslog-relp)\n"
                + "# A message leaves the queue when a collector has it on disk. At a switch some may be sent twice; while all\n"
                + "# are away they wait in the queue (2 GB; then new ones are discarded), and rsyslog waits for the last one of\n"
                + "# the list.\n"
                + "module(load=\"omrelp\")\n"
                + RsyslogChain.ruleset(
                        plan,
                        128,
                        "omrelp",
                        "template=\"RSYSLOG_SyslogProtocol23Format\" windowSize=\"1000\" timeout=\"10\" conn.timeout=\"3\"");
    }
}
