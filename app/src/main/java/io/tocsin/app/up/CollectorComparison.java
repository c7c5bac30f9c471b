package io.tocsin.app.up;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Finds collectors of one name that are configured differently in several processes: behind one front end that makes
/// events depend on where the front end sent them. What differs is told once, by an event, and its end once.
///
/// A difference counts when two looks in a row see it: the same change comes to two machines one after another. A
/// process that is away differs in nothing; what was told of it stays.
///
/// Thread-safety: one thread looks; any thread asks for differences.
final class CollectorComparison {
    /// What the processes answered to one look.
    ///
    /// Thread-safety: immutable.
    ///
    /// @param site where the process is, as people know it
    /// @param fingerprints of its collectors, by name
    record Answer(String site, Map<String, String> fingerprints) {
        Answer {
            fingerprints = Map.copyOf(fingerprints);
        }
    }

    /// Gives the parts of a collector's configuration.
    @FunctionalInterface
    interface Parts {
        /// Hashes by key or resource; null when the process does not answer now.
        @Nullable
        Map<String, String> of(String site, String collector) throws InterruptedException;
    }

    private record Known(String fingerprint, Map<String, String> parts) {}

    private final Parts parts;
    private final MonitoringEvents monitoring;
    private final Map<String, Known> known = new HashMap<>();
    private final Map<String, Set<String>> seen = new HashMap<>();
    private final Map<String, Set<String>> told = new ConcurrentHashMap<>();

    CollectorComparison(Parts parts, MonitoringEvents monitoring) {
        this.parts = parts;
        this.monitoring = monitoring;
    }

    /// Compares.
    ///
    /// @param answers of the processes that answer now
    void look(Collection<Answer> answers) throws InterruptedException {
        Map<String, Map<String, String>> byCollector = new TreeMap<>();
        for (Answer answer : answers) {
            answer.fingerprints()
                    .forEach((name, fingerprint) -> byCollector
                            .computeIfAbsent(name, _ -> new LinkedHashMap<>())
                            .put(answer.site(), fingerprint));
        }
        for (Map.Entry<String, Map<String, String>> each : byCollector.entrySet()) {
            if (each.getValue().size() > 1) {
                compare(each.getKey(), each.getValue());
            }
        }
    }

    private void compare(String collector, Map<String, String> fingerprints) throws InterruptedException {
        List<String> sites = List.copyOf(fingerprints.keySet());
        if (Set.copyOf(fingerprints.values()).size() == 1) {
            seen.remove(collector);
            if (told.remove(collector) != null) {
                monitoring.configuredAlike(collector, sites);
            }
            return;
        }
        Set<String> differing = differing(collector, fingerprints);
        if (differing == null || differing.isEmpty()) {
            return;
        }
        boolean again = differing.equals(seen.put(collector, differing));
        if (again && !differing.equals(told.get(collector))) {
            told.put(collector, differing);
            monitoring.configuredDifferently(collector, sites, differing);
        }
    }

    /// Keys and resources in which one differs from the others.
    ///
    /// @return null when not everybody answers
    private @Nullable Set<String> differing(String collector, Map<String, String> fingerprints)
            throws InterruptedException {
        Map<String, String> first = null;
        Set<String> differing = new TreeSet<>();
        for (Map.Entry<String, String> each : fingerprints.entrySet()) {
            Map<String, String> other = parts(each.getKey(), collector, each.getValue());
            if (other == null) {
                return null;
            }
            if (first == null) {
                first = other;
            }
            Set<String> names = new TreeSet<>(first.keySet());
            names.addAll(other.keySet());
            for (String name : names) {
                String here = first.get(name);
                if (here == null || !here.equals(other.get(name))) {
                    differing.add(name);
                }
            }
        }
        return differing;
    }

    private @Nullable Map<String, String> parts(String site, String collector, String fingerprint)
            throws InterruptedException {
        String key = site + ' ' + collector;
        Known found = known.get(key);
        if (found != null && found.fingerprint().equals(fingerprint)) {
            return found.parts();
        }
        Map<String, String> asked = parts.of(site, collector);
        if (asked != null) {
            known.put(key, new Known(fingerprint, Map.copyOf(asked)));
        }
        return asked;
    }

    /// In what a collector differs from those of its name elsewhere, for people; null when in nothing.
    @Nullable
    String difference(String collector) {
        Set<String> differing = told.get(collector);
        return differing == null
                ? null
                : "configured differently than elsewhere, look with 'tocsin compare': " + String.join(", ", differing);
    }
}
