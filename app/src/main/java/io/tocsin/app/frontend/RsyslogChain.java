package io.tocsin.app.frontend;

import java.util.List;
import java.util.Locale;

/// A ruleset of rsyslog with one action per collector behind one queue. The queue stands on the ruleset: on an action,
/// enqueueing would always work and the next action would never be used.
final class RsyslogChain {
    private RsyslogChain() {}

    /// @param batch messages that are taken from the queue at once
    /// @param type module of the actions
    /// @param options of each action
    static String ruleset(FrontEndPlan plan, int batch, String type, String options) {
        StringBuilder text = new StringBuilder();
        text.append("ruleset(name=\"tocsin\"\n");
        text.append("        queue.type=\"LinkedList\" queue.size=\"50000\"\n");
        text.append("        queue.filename=\"tocsin\" queue.spoolDirectory=\"").append(plan.workFolder());
        text.append("\" queue.maxDiskSpace=\"2g\"\n");
        text.append("        queue.saveOnShutdown=\"on\"\n");
        text.append("        queue.dequeueBatchSize=\"").append(batch).append("\") {\n");
        List<Peer> collectors = plan.collectors();
        for (int i = 0; i < collectors.size(); i++) {
            Peer peer = collectors.get(i);
            text.append(String.format(
                    Locale.ROOT,
                    "  action(name=\"%s\" type=\"%s\" target=\"%s\" port=\"%d\"\n         %s\n         action.resumeInterval=\"%d\"",
                    FrontEndPlan.label(i),
                    type,
                    peer.host(),
                    peer.port(),
                    options,
                    plan.retrySeconds()));
            if (i > 0) {
                text.append(" action.execOnlyWhenPreviousIsSuspended=\"on\"");
            }
            if (i == collectors.size() - 1) {
                text.append(" action.resumeRetryCount=\"-1\"");
            }
            text.append(")\n");
        }
        return text.append("}\n*.* call tocsin\n").toString();
    }
}
