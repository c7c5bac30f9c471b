package io.tocsin.app.up;

import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.core.rule.RuleState;
import io.tocsin.correlator.load.RuleFailure;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.rule.RuleSetChange;
import io.tocsin.correlator.table.FixedTable;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The rules of a correlator, which change while it runs: all at once, and not at all when something is wrong. Rules
/// that say the same as before go on with what they know.
///
/// A Sigma rule that cannot be used is left out, because collections of them come from elsewhere; but no change takes
/// a rule away by a mistake: when one that runs cannot be used any more, nothing changes.
///
/// Thread-safety: changes come one at a time; any thread asks.
final class RuleSwitch implements Reloadable {
    private static final int KEPT_CHANGES = 50;
    private static final int SHOWN = 5;

    /// A change that was made.
    record Change(long timeMillis, RuleSetChange rules) {}

    private final InstantSource clock;
    private final Deque<Change> changes = new ArrayDeque<>();
    private volatile RuleFolders.Found current;
    private @Nullable Consumer<RuleSet> engine;
    private RuleQuarantine quarantine = RuleQuarantine.none();
    private Consumer<RuleSetChange> told = _ -> {};
    private Consumer<AlertGrouping> grouping = _ -> {};

    RuleSwitch(RuleFolders.Found first, InstantSource clock) {
        this.current = first;
        this.clock = clock;
    }

    /// @param replacing takes other rules into use
    /// @param telling hears of each change that was made
    synchronized void connect(Consumer<RuleSet> replacing, Consumer<RuleSetChange> telling) {
        engine = replacing;
        told = telling;
    }

    /// @param taking takes what divides findings into alerts into use: now, and after each change
    synchronized void groupBy(Consumer<AlertGrouping> taking) {
        grouping = taking;
        taking.accept(current.grouping());
    }

    AlertGrouping grouping() {
        return current.grouping();
    }

    /// All of them, running or not.
    RuleSet rules() {
        return current.rules();
    }

    /// How much a rule may cost.
    RuleLimits limits() {
        return current.limits();
    }

    /// Goes on with what was stopped before; to be called before the first rules run.
    synchronized void resume(RuleQuarantine stopped) {
        quarantine = stopped;
        quarantine.follow(current.rules());
    }

    /// Those that may run.
    synchronized RuleSet running() {
        return quarantine.running(current.rules());
    }

    /// Why rules do not run that are there, by id.
    synchronized Map<String, RuleState.Quarantine> quarantined() {
        return quarantine.of(current.rules());
    }

    /// True when the rule is there and nobody has stopped it.
    synchronized boolean isRunning(String ruleId) {
        return running().rules().stream().anyMatch(rule -> rule.id().equals(ruleId));
    }

    /// Stops a rule, and those that need it; returns whether it was running.
    synchronized boolean stop(String ruleId, String reason) {
        for (Rule rule : current.rules().rules()) {
            if (rule.id().equals(ruleId) && quarantine.add(rule, clock.millis(), reason)) {
                replace();
                return true;
            }
        }
        return false;
    }

    /// Lets a rule run again; returns whether it was stopped.
    synchronized boolean release(String ruleId) {
        boolean isReleased = quarantine.remove(ruleId);
        if (isReleased) {
            replace();
        }
        return isReleased;
    }

    private void replace() {
        Consumer<RuleSet> replacing = engine;
        if (replacing != null) {
            replacing.accept(running());
        }
    }

    List<RuleFailure> leftOut() {
        return current.leftOut();
    }

    /// The last changes, newest first.
    synchronized List<Change> changes() {
        return List.copyOf(changes);
    }

    @Override
    public Runnable prepare(Resources next, Problems problems) {
        RuleFolders.Found found = RuleFolders.load(next, problems);
        refuseLosses(current.rules(), found, problems);
        if (!problems.isEmpty()) {
            found.files().close();
        }
        return () -> change(found);
    }

    private static void refuseLosses(RuleSet before, RuleFolders.Found next, Problems problems) {
        if (next.leftOut().isEmpty()) {
            return;
        }
        Set<String> kept = new HashSet<>();
        next.rules().rules().forEach(rule -> kept.add(rule.id()));
        for (RuleFailure failure : next.leftOut()) {
            for (Rule rule : before.rules()) {
                boolean meant = failure.rule().isEmpty()
                        ? rule.position().source().equals(failure.file())
                        : rule.id().equals(failure.rule());
                if (meant && !kept.contains(rule.id())) {
                    problems.add(
                            new Position(failure.file(), failure.line(), 0),
                            "a rule that runs cannot be used any more [rule=" + rule.id() + "]: " + failure.reason());
                    break;
                }
            }
        }
    }

    private synchronized void change(RuleFolders.Found found) {
        RuleSetChange change = RuleSetChange.between(current.rules(), found.rules());
        if (current.files() != found.files()) {
            current.files().close();
        }
        current = found;
        grouping.accept(found.grouping());
        quarantine.follow(found.rules());
        Consumer<RuleSet> replacing = engine;
        if (change.isEmpty() || replacing == null) {
            return;
        }
        replacing.accept(running());
        changes.addFirst(new Change(clock.millis(), change));
        while (changes.size() > KEPT_CHANGES) {
            changes.removeLast();
        }
        told.accept(change);
    }

    @Override
    public void retry() {
        // The correlator takes what it was given at its next step. Files of dictionaries and tables may lie elsewhere.
        RuleFolders.Found now = current;
        List<FixedTable> refreshed = now.files().refreshed();
        if (refreshed != null) {
            change(new RuleFolders.Found(
                    now.rules().withTables(now.rules().tables(), refreshed),
                    now.leftOut(),
                    now.grouping(),
                    now.limits(),
                    now.files()));
        }
    }

    @Override
    public String trouble() {
        return "";
    }

    /// What people should know of the rules.
    String text() {
        RuleFolders.Found now = current;
        StringBuilder text =
                new StringBuilder().append(now.rules().rules().size()).append(" rules");
        if (!now.leftOut().isEmpty()) {
            text.append(", left out: ");
            now.leftOut().stream()
                    .limit(SHOWN)
                    .forEach(failure -> text.append(text.charAt(text.length() - 1) == ' ' ? "" : "; ")
                            .append(failure));
            if (now.leftOut().size() > SHOWN) {
                text.append(" and ").append(now.leftOut().size() - SHOWN).append(" more");
            }
        }
        List<Change> made = changes();
        if (!made.isEmpty()) {
            RuleSetChange last = made.getFirst().rules();
            text.append("; changed ")
                    .append(Instant.ofEpochMilli(made.getFirst().timeMillis()))
                    .append(": ")
                    .append(last.added().size())
                    .append(" added, ")
                    .append(last.changed().size())
                    .append(" changed, ")
                    .append(last.removed().size())
                    .append(" removed")
                    .append(last.tables().isEmpty() ? "" : "; " + String.join(", ", last.tables()));
        }
        return text.toString();
    }
}
