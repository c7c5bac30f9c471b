package io.tocsin.correlator.load;

import io.tocsin.config.Values;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.Selector;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What kind of rule the keys of an own rule make, and which of them do not go together.
final class RuleKinds {
    private RuleKinds() {}

    static RuleKind single(
            Values values,
            RuleReader.Type type,
            ActionSpecs.Actions actions,
            @Nullable Duration window,
            List<Selector> selectors) {
        String named = type == RuleReader.Type.SIMPLE ? "a simple rule" : "an operational rule";
        if (selectors.size() != 1
                || selectors.getFirst().threshold() != 1
                || selectors.getFirst().role() != Selector.Role.COUNTED) {
            values.refuse("selectors", named + " has one selector with the threshold 1; or say type: standard");
        }
        if (window != null) {
            values.refuse("window", named + " has no window: say type: standard");
        }
        if (actions.onFirst() != null
                || actions.onSubsequent() != null
                || actions.onEvery() != null
                || actions.onTimeout() != null) {
            values.refuse("actions", named + " has only the action onEveryEvent");
        }
        RuleAction action = actions.onEveryEvent();
        if (type == RuleReader.Type.SIMPLE) {
            return new RuleKind.Simple(action == null ? RuleAction.ALERT : action);
        }
        if (action == null || action.tables().isEmpty()) {
            values.refuse("actions", "an operational rule changes lists: name them under onEveryEvent");
        } else if (action.output()) {
            values.refuse("actions", "an operational rule writes no correlation event; or say type: simple");
        }
        return new RuleKind.Operational(action == null ? RuleAction.NONE : action);
    }

    private static void refuseEveryEvent(Values values, ActionSpecs.Actions actions) {
        if (actions.onEveryEvent() != null) {
            values.refuse("actions", "the action onEveryEvent belongs to simple rules; use onEveryThreshold");
        }
        if (actions.onEvery() != null && (actions.onFirst() != null || actions.onSubsequent() != null)) {
            values.refuse("actions", "onEveryThreshold stands for both others: leave them out, or it");
        }
    }

    static RuleKind standard(
            Values values,
            ActionSpecs.Actions actions,
            @Nullable Duration window,
            Duration lateness,
            boolean sequence,
            RuleKind.Keep keep,
            List<Selector> selectors) {
        if (window == null) {
            values.refuse("window", "a standard rule needs a window such as 60s");
        }
        if (selectors.stream().anyMatch(each -> each.role() == Selector.Role.EXPECTED)) {
            values.refuse("selectors", "expected belongs to rules of type: absence");
        }
        refuseEveryEvent(values, actions);
        RuleAction every = actions.onEvery();
        RuleAction first = actions.onFirst();
        RuleAction subsequent = actions.onSubsequent();
        RuleAction timeout = actions.onTimeout();
        boolean nothingSaid = every == null && first == null && subsequent == null && timeout == null;
        RuleAction otherwise = every == null ? RuleAction.NONE : every;
        return new RuleKind.Standard(
                window == null ? 1 : window.toMillis(),
                lateness.toMillis(),
                sequence,
                keep,
                first != null ? first : nothingSaid ? RuleAction.ALERT : otherwise,
                subsequent != null ? subsequent : otherwise,
                timeout);
    }

    static RuleKind absence(
            Values values,
            ActionSpecs.Actions actions,
            @Nullable Duration window,
            Duration lateness,
            List<Selector> selectors) {
        if (window == null) {
            values.refuse("window", "an absence rule needs a window such as 10m: how long is waited");
        }
        for (Selector selector : selectors) {
            if (selector.threshold() != 1 || !selector.unique().isEmpty()) {
                values.refuse("selectors", "selectors of an absence rule have neither threshold nor unique");
            }
            if (selector.role() == Selector.Role.RECOVERY) {
                values.refuse("selectors", "recovery belongs to standard rules: say expected: true");
            }
        }
        if (selectors.stream().noneMatch(each -> each.role() == Selector.Role.EXPECTED)) {
            values.refuse("selectors", "an absence rule awaits something: say expected: true of a selector");
        }
        refuseEveryEvent(values, actions);
        RuleAction timeout = actions.onTimeout();
        RuleAction every = timeout != null ? timeout : actions.onEvery();
        RuleAction first = actions.onFirst();
        RuleAction subsequent = actions.onSubsequent();
        if (timeout != null && (first != null || subsequent != null || actions.onEvery() != null)) {
            values.refuse("actions", "onTimeout stands for all others in an absence rule: leave them out, or it");
        }
        RuleAction otherwise = every == null ? RuleAction.NONE : every;
        boolean nothingSaid = every == null && first == null && subsequent == null;
        return new RuleKind.Absence(
                window == null ? 1 : window.toMillis(),
                lateness.toMillis(),
                first != null ? first : nothingSaid ? RuleAction.ALERT : otherwise,
                subsequent != null ? subsequent : otherwise);
    }
}
