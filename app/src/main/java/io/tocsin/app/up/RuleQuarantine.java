package io.tocsin.app.up;

import io.tocsin.core.rule.RuleState;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.file.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Rules that were stopped because they cost too much, across restarts. One that says something else now is let go.
///
/// Thread-safety: guarded by itself.
final class RuleQuarantine {
    private static final Logger LOG = System.getLogger(RuleQuarantine.class.getName());
    private static final int COLUMNS = 4;

    private record Stopped(long contentHash, RuleState.Quarantine state) {}

    private final @Nullable Path file;
    private final Map<String, Stopped> stopped = new TreeMap<>();

    /// @param file null for one that is forgotten
    private RuleQuarantine(@Nullable Path file) {
        this.file = file;
    }

    /// One that nothing is in and nothing is kept of.
    static RuleQuarantine none() {
        return new RuleQuarantine(null);
    }

    /// Reads what an earlier process left.
    static RuleQuarantine open(Path file) throws IOException {
        RuleQuarantine quarantine = new RuleQuarantine(file);
        try {
            for (String line : Files.readAllLines(file)) {
                String[] columns = line.split("\t", COLUMNS);
                try {
                    quarantine.stopped.put(
                            columns[0],
                            new Stopped(
                                    Long.parseLong(columns[1], 16),
                                    new RuleState.Quarantine(Long.parseLong(columns[2]), columns[3])));
                } catch (NumberFormatException | ArrayIndexOutOfBoundsException damaged) {
                    LOG.log(
                            Logger.Level.WARNING,
                            "a line of the quarantine of rules cannot be read, its rule runs again [line={0}]",
                            line);
                }
            }
        } catch (NoSuchFileException none) {
            // Nothing was ever stopped here.
        }
        return quarantine;
    }

    /// Stops a rule; returns whether it was running.
    synchronized boolean add(Rule rule, long nowMillis, String reason) {
        boolean isNew = stopped.putIfAbsent(
                        rule.id(), new Stopped(rule.contentHash(), new RuleState.Quarantine(nowMillis, reason)))
                == null;
        if (isNew) {
            write();
        }
        return isNew;
    }

    /// Lets a rule run again; returns whether it was stopped.
    synchronized boolean remove(String ruleId) {
        boolean isKnown = stopped.remove(ruleId) != null;
        if (isKnown) {
            write();
        }
        return isKnown;
    }

    /// Lets go the rules that are not there any more or say something else.
    synchronized void follow(RuleSet rules) {
        Map<String, Long> hashes = new HashMap<>();
        rules.rules().forEach(rule -> hashes.put(rule.id(), rule.contentHash()));
        boolean isChanged = stopped.entrySet().removeIf(each -> {
            Long hash = hashes.get(each.getKey());
            return hash == null || hash != each.getValue().contentHash();
        });
        if (isChanged) {
            write();
        }
    }

    /// Those of the rules that are stopped, and those that cannot find anything without them.
    synchronized Map<String, RuleState.Quarantine> of(RuleSet rules) {
        Map<String, RuleState.Quarantine> all = new TreeMap<>();
        stopped.forEach((id, each) -> all.put(id, each.state()));
        if (all.isEmpty()) {
            return all;
        }
        int before;
        do {
            before = all.size();
            for (Rule rule : rules.rules()) {
                if (!all.containsKey(rule.id()) && rule.kind() instanceof RuleKind.Sliding sliding) {
                    for (RuleKind.Input input : sliding.inputs()) {
                        String needed = input.rule();
                        RuleState.Quarantine cause = needed == null ? null : all.get(needed);
                        if (cause != null) {
                            all.put(
                                    rule.id(),
                                    new RuleState.Quarantine(
                                            cause.since(), "needs a rule that is in quarantine [rule=" + needed + "]"));
                        }
                    }
                }
            }
        } while (all.size() > before);
        return all;
    }

    /// The rules that may run.
    RuleSet running(RuleSet rules) {
        Set<String> out = of(rules).keySet();
        return out.isEmpty()
                ? rules
                : new RuleSet(
                        rules.rules().stream()
                                .filter(rule -> !out.contains(rule.id()))
                                .toList(),
                        rules.tables(),
                        rules.fixedTables());
    }

    private void write() {
        Path target = file;
        if (target == null) {
            return;
        }
        List<String> lines = new ArrayList<>();
        stopped.forEach((id, each) -> lines.add(String.join(
                "\t",
                id,
                Long.toString(each.contentHash(), 16),
                Long.toString(each.state().since()),
                each.state().reason())));
        try {
            DurableFile.replace(
                    target, StandardCharsets.UTF_8.encode(lines.isEmpty() ? "" : String.join("\n", lines) + "\n"));
        } catch (IOException e) {
            throw new UncheckedIOException("the quarantine of rules cannot be written [file=" + target + "]", e);
        }
    }
}
