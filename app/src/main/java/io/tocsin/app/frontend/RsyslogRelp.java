package io.tocsin.app.frontend;

/// rsyslog over RELP, which acknowledges: the only grade that keeps the promise that nothing is lost. With a chain of
/// actions rsyslog gives up the batch in hand when an action fails while it commits, for the next one was passed over
/// already: there a batch is one message. With one address (a shared one that moves) it tries the same batch again.
final class RsyslogRelp implements FrontEnd {
    private static final int BATCH_OF_ONE_ADDRESS = 128;

    @Override
    public String name() {
        return "rsyslog-relp";
    }

    @Override
    public String summary() {
        return "rsyslog over RELP with a disk queue: acknowledged; loses nothing, or one message a switch of several";
    }

    @Override
    public String connectorType() {
        return "relp";
    }

    @Override
    public String configuration(FrontEndPlan plan) {
        return "# rsyslog to " + plan.collectors().size()
                + " collectors over RELP, for /etc/rsyslog.d/ (Debian package rsyslog-relp)\n"
                + "# A message leaves rsyslog's memory when a collector has it on disk. At a switch some may be sent twice, and\n"
                + "# with several collectors rsyslog gives up the one message in hand; with one shared address none. While all\n"
                + "# are away they wait in the queue (2 GB; then new ones are discarded), and rsyslog waits for the last one of\n"
                + "# the list.\n"
                + "module(load=\"omrelp\")\n"
                + RsyslogChain.ruleset(
                        plan,
                        plan.collectors().size() == 1 ? BATCH_OF_ONE_ADDRESS : 1,
                        "omrelp",
                        "template=\"RSYSLOG_SyslogProtocol23Format\" windowSize=\"1000\" timeout=\"10\" conn.timeout=\"3\"");
    }
}
