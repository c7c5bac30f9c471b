package io.tocsin.correlator.window;

/// What a measure is compared with.
public record Bound(Relation relation, double number) {
    /// How the measure must stand to the number.
    public enum Relation {
        LESS,
        AT_MOST,
        GREATER,
        AT_LEAST,
        EQUAL,
        DIFFERENT
    }

    /// True when the measured number is as wanted; never for a number that is none.
    public boolean holds(double measured) {
        return switch (relation) {
            case LESS -> measured < number;
            case AT_MOST -> measured <= number;
            case GREATER -> measured > number;
            case AT_LEAST -> measured >= number;
            case EQUAL -> measured == number;
            case DIFFERENT -> !Double.isNaN(measured) && measured != number;
        };
    }
}
