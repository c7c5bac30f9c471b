package io.tocsin.app.frontend;

import java.util.List;

/// The lines that every rsyslog since version 5 understands: the first collector, and the next one only while the one
/// before is suspended.
final class RsyslogLegacy implements FrontEnd {
    @Override
    public String name() {
        return "rsyslog-legacy";
    }

    @Override
    public String summary() {
        return "rsyslog, old lines over TCP: the next collector while the one before is away";
    }

    @Override
    public String configuration(FrontEndPlan plan) {
        StringBuilder text = new StringBuilder();
        text.append("# rsyslog to ").append(plan.collectors().size()).append(" collectors, for /etc/rsyslog.d/\n");
        text.append(
                "# Plain TCP has no acknowledgement: what lies in socket buffers when a collector dies is lost, and\n");
        text.append("# rsyslog notices a dead connection one message late. rsyslog-relp loses nothing.\n");
        text.append(
                "# No queue may stand on these actions: enqueueing always works, and the backup would never be used.\n");
        text.append("$ActionResumeInterval ").append(plan.retrySeconds()).append('\n');
        List<Peer> collectors = plan.collectors();
        for (int i = 0; i < collectors.size(); i++) {
            if (i == 1) {
                text.append("$ActionExecOnlyWhenPreviousIsSuspended on\n");
            }
            if (i == collectors.size() - 1) {
                text.append("$ActionResumeRetryCount -1\n");
            }
            text.append(i == 0 ? "*.* @@" : "& @@").append(collectors.get(i)).append('\n');
        }
        if (collectors.size() > 1) {
            text.append("$ActionExecOnlyWhenPreviousIsSuspended off\n");
        }
        return text.append("$ActionResumeRetryCount 0\n").toString();
    }
}
