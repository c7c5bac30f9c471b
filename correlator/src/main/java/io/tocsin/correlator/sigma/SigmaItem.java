package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Network;
import io.tocsin.correlator.rule.TimePart;
import io.tocsin.correlator.rule.Wildcards;
import io.tocsin.error.TocsinException;
import io.tocsin.expression.BoundedRegex;
import io.tocsin.expression.FieldReference;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One line of a selection: a field with modifiers and its values.
///
/// Thread-safety: one thread.
final class SigmaItem {
    private static final List<String> KNOWN = List.of(
            "contains",
            "startswith",
            "endswith",
            "all",
            "re",
            "i",
            "m",
            "s",
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

    private static final List<String> DASHES = List.of("-", "/", "–", "—", "―");
    /// More variants than this of one value are refused.
    private static final int MAXIMUM_VARIANTS = 3_125;
    /// More values than this of the placeholders in one line are refused.
    private static final int MAXIMUM_EXPANDED = 100_000;

    private static final Pattern PLACEHOLDER = Pattern.compile("%([^%\\s]+)%");

    private final SigmaContext context;
    /// Where the value may stand; empty for anywhere.
    private final List<FieldReference> fields;
    private final Position position;
    private final Problems problems;

    private Match.@Nullable Relation relation;
    private Match.@Nullable Comparison comparison;
    private boolean all;
    private boolean regex;
    private String regexFlags = "";
    private boolean cidr;
    private boolean exists;
    private boolean cased;
    private boolean negated;
    private boolean windash;
    private boolean base64;
    private boolean base64Offset;
    private @Nullable Charset wide;
    private boolean byteOrderMark;
    private boolean fieldReference;
    private boolean expand;
    private @Nullable TimePart timePart;

    private SigmaItem(SigmaContext context, List<FieldReference> fields, Position position) {
        this.context = context;
        this.fields = fields;
        this.position = position;
        this.problems = context.problems();
    }

    /// The filter of an entry `field|modifier…: values`; the field is empty for keywords. What is wrong is added to
    /// the problems.
    static Filter read(ConfigNode.Entry entry, SigmaContext context) {
        String[] parts = entry.name().split("\\|", -1);
        List<FieldReference> fields =
                parts[0].isEmpty() ? List.of() : context.taxonomy().fields(parts[0], context.logsource());
        SigmaItem item = new SigmaItem(context, fields, entry.position());
        for (int i = 1; i < parts.length; i++) {
            if (!item.modify(parts[i])) {
                return Filter.FALSE;
            }
        }
        if (!item.agrees(List.of(parts).subList(1, parts.length))) {
            return Filter.FALSE;
        }
        return item.values(entry.value());
    }

    /// The filter of a keyword.
    static Filter keyword(ConfigNode value, SigmaContext context) {
        return new SigmaItem(context, List.of(), value.position()).values(value);
    }

    /// False when the modifiers mean nothing together; the problem was added.
    private boolean agrees(List<String> modifiers) {
        int kinds = (regex ? 1 : 0) + (cidr ? 1 : 0) + (exists ? 1 : 0) + (fieldReference ? 1 : 0);
        boolean compares = comparison != null;
        boolean encodes = base64 || base64Offset || wide != null || windash;
        boolean texts = relation != null || encodes;
        String wrong = "";
        if (kinds > 1 || (compares && (kinds > 0 || texts))) {
            wrong = "modifiers mean nothing together";
        } else if ((cidr || exists || fieldReference) && encodes) {
            wrong = "modifiers mean nothing together";
        } else if (timePart != null && (kinds > 0 || texts)) {
            wrong = "a part of a time is only compared as a number";
        } else if (base64 && base64Offset) {
            wrong = "'base64' and 'base64offset' exclude each other";
        } else if (fields.isEmpty() && (kinds > (regex ? 1 : 0) || compares || timePart != null)) {
            wrong = "keywords have no field that these modifiers need";
        }
        if (!wrong.isEmpty()) {
            problems.add(position, wrong + " [modifiers=" + String.join("|", modifiers) + "]");
        }
        return wrong.isEmpty();
    }

    private boolean modify(String modifier) {
        switch (modifier) {
            case "contains" -> relation = Match.Relation.CONTAINS;
            case "startswith" -> relation = Match.Relation.STARTS_WITH;
            case "endswith" -> relation = Match.Relation.ENDS_WITH;
            case "all" -> all = true;
            case "re" -> regex = true;
            case "i", "m", "s" -> {
                if (!regex) {
                    problems.add(position, "this modifier follows 're' only [modifier=" + modifier + "]");
                    return false;
                }
                regexFlags += modifier;
            }
            case "cidr" -> cidr = true;
            case "exists" -> exists = true;
            case "lt" -> comparison = Match.Comparison.LESS;
            case "lte" -> comparison = Match.Comparison.AT_MOST;
            case "gt" -> comparison = Match.Comparison.GREATER;
            case "gte" -> comparison = Match.Comparison.AT_LEAST;
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
            case "minute", "hour", "day", "week", "month", "year" -> timePart = TimePart.parse(modifier);
            default -> {
                problems.add(
                        position,
                        "modifier is not supported [modifier=" + modifier + "]" + Suggestions.hint(modifier, KNOWN));
                return false;
            }
        }
        return true;
    }

    private Filter values(ConfigNode node) {
        List<Filter> parts = new ArrayList<>();
        switch (node) {
            case ConfigNode.Sequence list -> list.items().forEach(each -> parts.add(expanded(each)));
            case ConfigNode.Scalar _, ConfigNode.Mapping _ -> parts.add(expanded(node));
        }
        if (parts.isEmpty()) {
            problems.add(position, "a list of values is empty: it can match nothing");
        }
        Filter filter = all ? Filter.all(parts) : Filter.any(parts);
        return negated ? Filter.not(filter) : filter;
    }

    /// A value, or any of those that an organisation has given its placeholder.
    private Filter expanded(ConfigNode node) {
        if (!expand || !(node instanceof ConfigNode.Scalar scalar)) {
            return value(node);
        }
        List<String> texts = List.of(scalar.text());
        Matcher found = PLACEHOLDER.matcher(scalar.text());
        while (found.find()) {
            String name = found.group(1);
            List<String> values = context.taxonomy().placeholder(name);
            if (values.isEmpty()) {
                context.notes()
                        .add(
                                scalar.position(),
                                "placeholder has no values: this line matches nothing [placeholder=" + name
                                        + "]: give it values in a resource of kind sigma-mapping");
            }
            List<String> longer = new ArrayList<>();
            for (String text : texts) {
                values.forEach(value -> longer.add(text.replace("%" + name + "%", value)));
            }
            if (longer.size() > MAXIMUM_EXPANDED) {
                return refuse(scalar, "placeholders have too many values [maximum=" + MAXIMUM_EXPANDED + "]");
            }
            texts = longer;
        }
        return Filter.any(texts.stream()
                .map(text -> value(new ConfigNode.Scalar(scalar.position(), text, true)))
                .toList());
    }

    private Filter value(ConfigNode node) {
        if (!(node instanceof ConfigNode.Scalar scalar)) {
            problems.add(node.position(), "a value is expected, found a " + node.shape());
            return Filter.FALSE;
        }
        if (fields.isEmpty()) {
            return keyword(scalar);
        }
        List<Filter> places = fields.stream().map(where -> value(scalar, where)).toList();
        // Absent means absent everywhere.
        boolean absent = scalar.isNull() || (exists && isNo(scalar.text()));
        return absent ? Filter.all(places) : Filter.any(places);
    }

    private static boolean isNo(String text) {
        return text.equalsIgnoreCase("false") || text.equalsIgnoreCase("no");
    }

    private Filter value(ConfigNode.Scalar scalar, FieldReference where) {
        String text = scalar.text();
        if (scalar.isNull()) {
            return new Filter.Test(where, new Match.Same("", true));
        }
        if (exists) {
            Filter present = new Filter.Test(where, new Match.Present());
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "true", "yes" -> present;
                case "false", "no" -> Filter.not(present);
                default -> refuse(scalar, "'exists' takes true or false [value=" + text + "]");
            };
        }
        if (fieldReference) {
            FieldReference other = context.taxonomy().field(text, context.logsource());
            Match.Relation how = relation == null ? Match.Relation.SAME : relation;
            return new Filter.Test(where, new Match.Relates(how, other, !cased));
        }
        if (regex) {
            return regex(scalar, where);
        }
        if (cidr) {
            Network network = Network.parse(text);
            return network == null
                    ? refuse(scalar, "not a network such as 10.0.0.0/8 [value=" + text + "]")
                    : new Filter.Test(where, new Match.InNetwork(network));
        }
        Match.Comparison how = comparison;
        TimePart part = timePart;
        if (part != null) {
            try {
                return new Filter.Test(where, new Match.InTime(part, how, Double.parseDouble(text)));
            } catch (NumberFormatException notANumber) {
                return refuse(scalar, "not a number [value=" + text + "]");
            }
        }
        if (how != null) {
            try {
                return new Filter.Test(where, new Match.Compares(how, Double.parseDouble(text)));
            } catch (NumberFormatException notANumber) {
                return refuse(scalar, "not a number [value=" + text + "]");
            }
        }
        List<Filter> variants = new ArrayList<>();
        for (Wildcards pattern : patterns(scalar)) {
            Match match = Match.of(related(pattern), !cased);
            variants.add(new Filter.Test(where, match));
        }
        return Filter.any(variants);
    }

    private Wildcards related(Wildcards pattern) {
        Match.Relation how = relation;
        if (how == null) {
            return pattern;
        }
        return switch (how) {
            case SAME -> pattern;
            case CONTAINS -> pattern.surround(true, true);
            case STARTS_WITH -> pattern.surround(false, true);
            case ENDS_WITH -> pattern.surround(true, false);
        };
    }

    private Filter keyword(ConfigNode.Scalar scalar) {
        if (scalar.isNull() || scalar.text().isEmpty()) {
            return refuse(scalar, "a keyword is empty: it matches everything");
        }
        FieldReference anywhere = new FieldReference.AnyField();
        if (regex) {
            return regex(scalar, anywhere);
        }
        List<Filter> variants = new ArrayList<>();
        for (Wildcards pattern : patterns(scalar)) {
            variants.add(new Filter.Test(anywhere, Match.of(pattern.surround(true, true), !cased)));
        }
        return Filter.any(variants);
    }

    private Filter regex(ConfigNode.Scalar scalar, FieldReference where) {
        String expression = regexFlags.isEmpty() ? scalar.text() : "(?" + regexFlags + ")" + scalar.text();
        try {
            BoundedRegex.compile(expression, false);
        } catch (TocsinException invalid) {
            return refuse(scalar, String.valueOf(invalid.getMessage()));
        }
        return new Filter.Test(where, new Match.Finds(expression, false));
    }

    private List<Wildcards> patterns(ConfigNode.Scalar scalar) {
        String text = scalar.text();
        Charset encoding = wide;
        if (base64 || base64Offset || encoding != null) {
            return encoded(scalar, encoding);
        }
        if (!windash) {
            return List.of(Wildcards.parse(text));
        }
        List<String> variants = List.of("");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean dash = (c == '-' || c == '/')
                    && (i == 0 || !isWord(text.charAt(i - 1)))
                    && i + 1 < text.length()
                    && isWord(text.charAt(i + 1));
            List<String> choices = dash ? DASHES : List.of(String.valueOf(c));
            if ((long) variants.size() * choices.size() > MAXIMUM_VARIANTS) {
                refuse(scalar, "too many dashes for 'windash' [value=" + text + "]");
                return List.of();
            }
            List<String> longer = new ArrayList<>();
            for (String variant : variants) {
                for (String choice : choices) {
                    longer.add(variant + choice);
                }
            }
            variants = longer;
        }
        return variants.stream().map(Wildcards::parse).toList();
    }

    private List<Wildcards> encoded(ConfigNode.Scalar scalar, @Nullable Charset encoding) {
        Wildcards pattern = Wildcards.parse(scalar.text());
        if (!pattern.isLiteral()) {
            refuse(scalar, "a value that is encoded can have no wildcards [value=" + scalar.text() + "]");
            return List.of();
        }
        String text = (byteOrderMark ? "\uFEFF" : "") + pattern.pieces().getFirst();
        byte[] bytes = text.getBytes(encoding == null ? StandardCharsets.UTF_8 : encoding);
        if (base64) {
            return List.of(Wildcards.literal(Base64.getEncoder().encodeToString(bytes)));
        }
        if (!base64Offset) {
            return List.of(Wildcards.literal(new String(bytes, StandardCharsets.ISO_8859_1)));
        }
        List<Wildcards> variants = new ArrayList<>();
        int[] startOffsets = {0, 2, 3};
        int[] endOffsets = {0, 3, 2};
        for (int shift = 0; shift < 3; shift++) {
            byte[] shifted = new byte[bytes.length + shift];
            System.arraycopy(bytes, 0, shifted, shift, bytes.length);
            String whole = Base64.getEncoder().encodeToString(shifted);
            int end = whole.length() - endOffsets[shifted.length % 3];
            if (startOffsets[shift] < end) {
                variants.add(Wildcards.literal(whole.substring(startOffsets[shift], end)));
            }
        }
        return variants;
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }

    private Filter refuse(ConfigNode node, String message) {
        problems.add(node.position(), message);
        return Filter.FALSE;
    }
}
