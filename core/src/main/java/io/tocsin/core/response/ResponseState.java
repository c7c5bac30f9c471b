package io.tocsin.core.response;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A response as it is shown; nothing of it is secret.
///
/// @param kind `script`, `webhook`, `email`, `syslog` or `active-list`
/// @param delivery `at-most-once` or `at-least-once`: what a crash in the middle of a run leads to
/// @param rules names or ids of rules, empty for all
/// @param priority least priority, 1 to 4
/// @param filter condition on the correlation event, or null
/// @param events which correlation events fire it; with `none` only people run it
/// @param mostRuns runs within the time; more are suppressed
/// @param trouble why it could not be run now, or null
/// @param runs number of the runs that are kept, by state
/// @param lastRun the newest one, or null
record ResponseState(
        String name,
        String description,
        String kind,
        boolean enabled,
        String delivery,
        List<String> rules,
        int priority,
        List<String> tenants,
        @Nullable String filter,
        ResponseRule.Events events,
        int mostRuns,
        long withinSeconds,
        @Nullable String trouble,
        Map<String, Long> runs,
        @Nullable ResponseRun lastRun) {
    static ResponseState of(ResponseRule rule, Responses responses) {
        String trouble = rule.action().trouble(responses.site());
        List<ResponseRun> last = responses
                .runs()
                .list(new ResponseRuns.Selection(rule.name(), null, null), null, 1)
                .items();
        ResponseRule.Match match = rule.match();
        return new ResponseState(
                rule.name(),
                rule.description(),
                rule.action().kind(),
                rule.enabled(),
                rule.action().isRepeatable() ? "at-least-once" : "at-most-once",
                match.rules(),
                match.priority(),
                match.tenants(),
                match.filter() == null ? null : match.filter().text(),
                match.events(),
                rule.limits().mostRuns(),
                rule.limits().within().toSeconds(),
                trouble.isEmpty() ? null : trouble,
                responses.runs().counts(rule.name()),
                last.isEmpty() ? null : last.getFirst());
    }
}
