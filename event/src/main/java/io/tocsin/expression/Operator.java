package io.tocsin.expression;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a condition compares.
public enum Operator {
    /// The field is one of the values. An empty value stands for an empty field.
    EQUAL("=", true, true, true),
    LESS("<", false, true, false),
    LESS_OR_EQUAL("<=", false, true, false),
    GREATER(">", false, true, false),
    GREATER_OR_EQUAL(">=", false, true, false),
    CONTAINS("contains", true, true, true),
    STARTS_WITH("startsWith", true, true, true),
    ENDS_WITH("endsWith", true, true, true),
    /// The whole text matches one of the regular expressions.
    MATCH("match", true, false, true),
    /// A part of the text matches one of the regular expressions.
    SEARCH("search", true, false, true),
    /// The address lies in one of the networks.
    IN_SUBNET("inSubnet", true, false, false),
    /// The number has one of the bits set, counted from 0.
    HAS_BIT("hasBit", true, false, false),
    /// The field has a value that is not empty.
    EXISTS("exists", false, false, false);

    private final String symbol;
    private final boolean takesList;
    private final boolean takesField;
    private final boolean takesIgnoreCase;

    Operator(String symbol, boolean takesList, boolean takesField, boolean takesIgnoreCase) {
        this.symbol = symbol;
        this.takesList = takesList;
        this.takesField = takesField;
        this.takesIgnoreCase = takesIgnoreCase;
    }

    /// How the operator is written.
    public String symbol() {
        return symbol;
    }

    /// True when several values may stand on the right; one of them is enough.
    public boolean takesList() {
        return takesList;
    }

    /// True when another field may stand on the right.
    public boolean takesField() {
        return takesField;
    }

    /// True when `ignoreCase` has a meaning.
    public boolean takesIgnoreCase() {
        return takesIgnoreCase;
    }

    boolean isOrder() {
        return this == LESS || this == LESS_OR_EQUAL || this == GREATER || this == GREATER_OR_EQUAL;
    }

    /// The operator written so, in any case, or null. `in` is another word for `=`.
    public static @Nullable Operator bySymbol(String text) {
        if (text.equalsIgnoreCase("in") || text.equals("==")) {
            return EQUAL;
        }
        for (Operator operator : values()) {
            if (operator.symbol.equalsIgnoreCase(text)) {
                return operator;
            }
        }
        return null;
    }

    static List<String> symbols() {
        List<String> symbols = new ArrayList<>();
        for (Operator operator : values()) {
            symbols.add(operator.symbol);
        }
        symbols.add("in");
        symbols.add("is");
        return symbols;
    }

    @Override
    public String toString() {
        return symbol;
    }
}
