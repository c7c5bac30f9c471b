package io.tocsin.correlator.sigma;

import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.TimePart;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the modifiers of a line say about its values.
///
/// Thread-safety: one thread.
final class SigmaModifiers {
    private static final List<String> KNOWN = List.of(
            "contains",
            "startswith",
            "endswith",
            "all",
            "re",
            "i",
            "m",
            "s",
            "ignorecase",
            "multiline",
            "dotall",
            "cidr",
            "exists",
            "lt",
            "lte",
            "gt",
            "gte",
            "cased",
            "neq",
            "windash",
            "base64",
            "base64offset",
            "wide",
            "utf16le",
            "utf16be",
            "utf16",
            "fieldref",
            "expand",
            "minute",
            "hour",
            "day",
            "week",
            "month",
            "year");

    private final Position position;
    private final Problems problems;

    Match.@Nullable Relation relation;
    Match.@Nullable Comparison comparison;
    boolean all;
    boolean regex;
    /// A modifier that changes texts stands before one that takes them as they are.
    private boolean late;
    String regexFlags = "";
    boolean cidr;
    boolean exists;
    boolean cased;
    boolean negated;
    boolean windash;
    boolean base64;
    boolean base64Offset;

    @Nullable
    Charset wide;

    boolean byteOrderMark;
    boolean fieldReference;
    boolean expand;

    @Nullable
    TimePart timePart;

    private SigmaModifiers(Position position, Problems problems) {
        this.position = position;
        this.problems = problems;
    }

    /// What these modifiers say, or null after the problem was added.
    ///
    /// @param keywords true when the line has no field
    static @Nullable SigmaModifiers read(List<String> names, boolean keywords, Position position, Problems problems) {
        SigmaModifiers modifiers = new SigmaModifiers(position, problems);
        for (String name : names) {
            if (!modifiers.modify(name)) {
                return null;
            }
        }
        return modifiers.agrees(names, keywords) ? modifiers : null;
    }

    /// False when the modifiers mean nothing together; the problem was added.
    private boolean agrees(List<String> modifiers, boolean keywords) {
        if (late) {
            problems.add(
                    position,
                    "'re', 'cidr' and 'exists' take values as they are: they stand first [modifiers="
                            + String.join("|", modifiers) + "]");
            return false;
        }
        int kinds = (regex ? 1 : 0) + (cidr ? 1 : 0) + (exists ? 1 : 0) + (fieldReference ? 1 : 0);
        boolean compares = comparison != null;
        boolean encodes = base64 || base64Offset || wide != null || windash;
        boolean texts = relation != null || encodes;
        String wrong = "";
        if (kinds > 1 || (compares && (kinds > 0 || texts))) {
            wrong = "modifiers mean nothing together";
        } else if ((kinds > 0 && encodes) || ((cidr || exists) && (relation != null || cased)) || (regex && cased)) {
            wrong = "modifiers mean nothing together";
        } else if (timePart != null && (kinds > 0 || texts)) {
            wrong = "a part of a time is only compared as a number";
        } else if (exists && (all || expand)) {
            wrong = "'exists' takes true or false";
        } else if (keywords && relation != null && relation != Match.Relation.CONTAINS) {
            wrong = "keywords are looked for anywhere in a field";
        } else if (base64 && base64Offset) {
            wrong = "'base64' and 'base64offset' exclude each other";
        } else if (keywords && (kinds > (regex ? 1 : 0) || compares || timePart != null)) {
            wrong = "keywords have no field that these modifiers need";
        }
        if (!wrong.isEmpty()) {
            problems.add(position, wrong + " [modifiers=" + String.join("|", modifiers) + "]");
        }
        return wrong.isEmpty();
    }

    private boolean modify(String modifier) {
        switch (modifier) {
            case "contains" -> relate(Match.Relation.CONTAINS);
            case "startswith" -> relate(Match.Relation.STARTS_WITH);
            case "endswith" -> relate(Match.Relation.ENDS_WITH);
            case "all" -> all = true;
            case "re" -> {
                late |= isChanged();
                regex = true;
            }
            case "i", "m", "s", "ignorecase", "multiline", "dotall" -> {
                if (!regex) {
                    problems.add(position, "this modifier follows 're' only [modifier=" + modifier + "]");
                    return false;
                }
                regexFlags += modifier.equals("dotall") ? "s" : modifier.substring(0, 1);
            }
            case "cidr" -> {
                late |= isChanged();
                cidr = true;
            }
            case "exists" -> {
                late |= isChanged();
                exists = true;
            }
            case "lt" -> {
                return compare(Match.Comparison.LESS);
            }
            case "lte" -> {
                return compare(Match.Comparison.AT_MOST);
            }
            case "gt" -> {
                return compare(Match.Comparison.GREATER);
            }
            case "gte" -> {
                return compare(Match.Comparison.AT_LEAST);
            }
            case "cased" -> cased = true;
            case "neq" -> negated = true;
            case "windash" -> windash = true;
            case "base64" -> base64 = true;
            case "base64offset" -> base64Offset = true;
            case "wide", "utf16le" -> wide = StandardCharsets.UTF_16LE;
            case "utf16be" -> wide = StandardCharsets.UTF_16BE;
            case "utf16" -> {
                wide = StandardCharsets.UTF_16LE;
                byteOrderMark = true;
            }
            case "fieldref" -> fieldReference = true;
            case "expand" -> expand = true;
            case "minute", "hour", "day", "week", "month", "year" -> {
                if (timePart != null) {
                    problems.add(position, "one part of a time is compared only [modifier=" + modifier + "]");
                    return false;
                }
                timePart = TimePart.parse(modifier);
            }
            default -> {
                problems.add(
                        position,
                        "modifier is not supported [modifier=" + modifier + "]" + Suggestions.hint(modifier, KNOWN));
                return false;
            }
        }
        return true;
    }

    /// Open at the beginning and at the end is open at both.
    private void relate(Match.Relation how) {
        relation = relation == null || relation == how ? how : Match.Relation.CONTAINS;
    }

    private boolean compare(Match.Comparison how) {
        if (comparison != null) {
            problems.add(position, "a line has one comparison: write one line for each bound");
            return false;
        }
        comparison = how;
        return true;
    }

    /// True when the modifiers say how a value is compared, or change it.
    boolean takesValues() {
        return (isChanged() && !onlyCased())
                || regex
                || cidr
                || exists
                || fieldReference
                || expand
                || comparison != null
                || timePart != null;
    }

    private boolean onlyCased() {
        return cased && relation == null && !windash && !base64 && !base64Offset && wide == null;
    }

    private boolean isChanged() {
        return relation != null || windash || base64 || base64Offset || wide != null || cased;
    }
}
