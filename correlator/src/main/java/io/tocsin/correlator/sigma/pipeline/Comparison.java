package io.tocsin.correlator.sigma.pipeline;

/// How two values of a pipeline's condition are compared.
enum Comparison {
    EQUAL,
    DIFFERENT,
    AT_LEAST,
    GREATER,
    AT_MOST,
    LESS;

    /// @param word `eq`, `ne`, `gte`, `gt`, `lte` or `lt`
    static Comparison of(String word) {
        return switch (word) {
            case "ne" -> DIFFERENT;
            case "gte" -> AT_LEAST;
            case "gt" -> GREATER;
            case "lte" -> AT_MOST;
            case "lt" -> LESS;
            default -> EQUAL;
        };
    }

    /// @param order below, at or above 0 as the left one is less, equal or greater
    boolean holds(int order) {
        return switch (this) {
            case EQUAL -> order == 0;
            case DIFFERENT -> order != 0;
            case AT_LEAST -> order >= 0;
            case GREATER -> order > 0;
            case AT_MOST -> order <= 0;
            case LESS -> order < 0;
        };
    }
}
