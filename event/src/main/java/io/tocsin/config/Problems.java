package io.tocsin.config;

import java.util.ArrayList;
import java.util.List;

/// Collects everything that is wrong, so that one run shows all of it. Keeps the first [#MAXIMUM] problems and
/// counts the rest.
///
/// Thread-safety: one thread.
public final class Problems {
    public static final int MAXIMUM = 200;

    private final List<Problem> kept = new ArrayList<>();
    private int count;

    public void add(Position position, String message) {
        add(Problem.at(position, message));
    }

    public void add(Problem problem) {
        count++;
        if (kept.size() < MAXIMUM) {
            kept.add(problem);
        }
    }

    public void addAll(List<Problem> problems) {
        problems.forEach(this::add);
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /// Number of problems added, kept or not.
    public int count() {
        return count;
    }

    /// The problems kept, in the order in which they were found.
    public List<Problem> list() {
        return List.copyOf(kept);
    }

    /// @throws InvalidConfigException with all problems, when there is one
    public void throwIfAny() {
        if (count > 0) {
            throw new InvalidConfigException(list(), count);
        }
    }

    @Override
    public String toString() {
        return InvalidConfigException.message(kept, count);
    }
}
