package io.tocsin.correlator.rule;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How much a hit of a rule matters.
public enum RulePriority {
    LOW(1),
    MEDIUM(2),
    HIGH(3),
    CRITICAL(4);

    private final int number;

    RulePriority(int number) {
        this.number = number;
    }

    /// 1 for low to 4 for critical: the field `Priority`.
    public int number() {
        return number;
    }

    /// As rules write it.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static @Nullable RulePriority parse(String text) {
        for (RulePriority priority : values()) {
            if (priority.text().equals(text)) {
                return priority;
            }
        }
        return null;
    }
}
