package io.tocsin.app.report;

import java.util.ArrayList;
import java.util.List;

/// Counts passed and failed cases of a data set.
///
/// Thread-safety: one thread.
public final class Tally {
    /// A case that did not pass.
    ///
    /// @param missing what was expected and is not there
    public record Failure(String name, List<String> missing) {
        public Failure {
            missing = List.copyOf(missing);
        }
    }

    private final List<Failure> failures = new ArrayList<>();
    private long cases;
    private long passed;

    /// Counts one case, which passes when nothing is missing.
    void add(String name, List<String> missing) {
        add(name, 1, missing.isEmpty() ? 0 : 1, missing);
    }

    /// Counts a case of which several values are expected.
    void add(String name, long expected, long absent, List<String> missing) {
        cases += expected;
        passed += expected - absent;
        if (!missing.isEmpty()) {
            failures.add(new Failure(name, missing));
        }
    }

    public long cases() {
        return cases;
    }

    public long passed() {
        return passed;
    }

    /// Share of the cases that passed, 100 when there were none.
    public double percent() {
        return cases == 0 ? 100 : 100.0 * passed / cases;
    }

    public List<Failure> failures() {
        return List.copyOf(failures);
    }
}
