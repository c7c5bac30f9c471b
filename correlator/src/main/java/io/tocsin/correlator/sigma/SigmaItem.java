package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
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
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One line of a selection: a field with modifiers and its values.
///
/// Thread-safety: one thread.
final class SigmaItem {
    private static final List<String> DASHES = List.of("-", "/", "–", "—", "―");
    /// More variants than this of one value are refused.
    private static final int MAXIMUM_VARIANTS = 3_125;
    /// Longest value.
    private static final int MAXIMUM_VALUE_CHARACTERS = 65_536;
    /// More values than this of the placeholders in one line are refused.
    private static final int MAXIMUM_EXPANDED = 100_000;

    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d{1,400}(\\.\\d{1,400})?([eE][+-]?\\d{1,3})?");

    private static final Pattern PLACEHOLDER = Pattern.compile("%([^%\\s]+)%");

    private final SigmaContext context;
    /// Where the value may stand; empty for anywhere.
    private final List<FieldReference> fields;
    private final SigmaModifiers modifiers;
    private final Position position;
    private final Problems problems;

    private SigmaItem(SigmaContext context, List<FieldReference> fields, SigmaModifiers modifiers, Position position) {
        this.context = context;
        this.fields = fields;
        this.modifiers = modifiers;
        this.position = position;
        this.problems = context.problems();
    }

    /// The filter of an entry `field|modifier…: values`; the field is empty for keywords. What is wrong is added to
    /// the problems.
    static Filter read(ConfigNode.Entry entry, SigmaContext context) {
        String[] parts = entry.name().split("\\|", -1);
        List<FieldReference> fields = parts[0].isEmpty() ? List.of() : context.fields(parts[0]);
        SigmaModifiers modifiers = SigmaModifiers.read(
                List.of(parts).subList(1, parts.length), fields.isEmpty(), entry.position(), context.problems());
        if (modifiers == null) {
            return Filter.FALSE;
        }
        return new SigmaItem(context, fields, modifiers, entry.position()).values(entry.value());
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
        Filter filter = modifiers.all ? Filter.all(parts) : Filter.any(parts);
        return modifiers.negated ? Filter.not(filter) : filter;
    }

    /// A value, or any of those that an organisation has given its placeholder.
    private Filter expanded(ConfigNode node) {
        if (!modifiers.expand || !(node instanceof ConfigNode.Scalar scalar) || scalar.isNull()) {
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
            if ((long) texts.size() * values.size() > MAXIMUM_EXPANDED) {
                return refuse(scalar, "placeholders have too many values [maximum=" + MAXIMUM_EXPANDED + "]");
            }
            List<String> longer = new ArrayList<>();
            for (String text : texts) {
                for (String value : values) {
                    String filled = text.replace("%" + name + "%", value);
                    if (!context.budget().takes(filled.length())) {
                        return outOfBudget(scalar);
                    }
                    longer.add(filled);
                }
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
        if (scalar.text().length() > MAXIMUM_VALUE_CHARACTERS) {
            return refuse(scalar, "value is too long [maximumCharacters=" + MAXIMUM_VALUE_CHARACTERS + "]");
        }
        if (fields.isEmpty()) {
            return keyword(scalar);
        }
        if (!context.budget().takes((long) scalar.text().length() * fields.size())) {
            return outOfBudget(scalar);
        }
        List<Filter> places = fields.stream().map(where -> value(scalar, where)).toList();
        // Absent means absent everywhere.
        boolean absent = scalar.isNull() || (modifiers.exists && isNo(scalar.text()));
        return absent ? Filter.all(places) : Filter.any(places);
    }

    private static boolean isNo(String text) {
        return text.equalsIgnoreCase("false") || text.equalsIgnoreCase("no");
    }

    private Filter value(ConfigNode.Scalar scalar, FieldReference where) {
        String text = scalar.text();
        if (scalar.isNull()) {
            return modifiers.takesValues()
                    ? refuse(scalar, "null has nothing that these modifiers need: give a value")
                    : new Filter.Test(where, new Match.Same("", true));
        }
        if (modifiers.exists) {
            Filter present = new Filter.Test(where, new Match.Present());
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "true", "yes" -> present;
                case "false", "no" -> Filter.not(present);
                default -> refuse(scalar, "'exists' takes true or false [value=" + text + "]");
            };
        }
        if (modifiers.fieldReference) {
            if (!Wildcards.parse(text).isLiteral()) {
                return refuse(scalar, "the name of a field can have no wildcards [value=" + text + "]");
            }
            FieldReference other = context.field(text, scalar.position());
            Match.Relation said = modifiers.relation;
            Match.Relation how = said == null ? Match.Relation.SAME : said;
            return new Filter.Test(where, new Match.Relates(how, other, !modifiers.cased));
        }
        if (modifiers.regex) {
            return regex(scalar, where);
        }
        if (modifiers.cidr) {
            Network network = Network.parse(text);
            return network == null
                    ? refuse(scalar, "not a network such as 10.0.0.0/8 [value=" + text + "]")
                    : new Filter.Test(where, new Match.InNetwork(network));
        }
        Match.Comparison how = modifiers.comparison;
        TimePart part = modifiers.timePart;
        if (part != null || how != null) {
            OptionalDouble number = number(text);
            if (number.isEmpty()) {
                return refuse(scalar, "not a number [value=" + text + "]");
            }
            return new Filter.Test(
                    where,
                    part != null
                            ? new Match.InTime(part, how, number.getAsDouble())
                            : new Match.Compares(Objects.requireNonNull(how), number.getAsDouble()));
        }
        List<Filter> variants = new ArrayList<>();
        for (Wildcards pattern : patterns(scalar)) {
            Match match = Match.of(related(pattern), !modifiers.cased);
            variants.add(new Filter.Test(where, match));
        }
        return Filter.any(variants);
    }

    /// The number that a text is, none for any other text and for what is too large to compute with.
    static OptionalDouble number(String text) {
        double number = NUMBER.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
        return Double.isFinite(number) ? OptionalDouble.of(number) : OptionalDouble.empty();
    }

    private Wildcards related(Wildcards pattern) {
        Match.Relation how = modifiers.relation;
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
        if (modifiers.regex) {
            return regex(scalar, anywhere);
        }
        List<Filter> variants = new ArrayList<>();
        for (Wildcards pattern : patterns(scalar)) {
            variants.add(new Filter.Test(anywhere, Match.of(pattern.surround(true, true), !modifiers.cased)));
        }
        return Filter.any(variants);
    }

    private Filter regex(ConfigNode.Scalar scalar, FieldReference where) {
        // An expression is found anywhere unless it is tied to the beginning or the end of the value.
        String tied = modifiers.relation == Match.Relation.STARTS_WITH
                ? "\\A(?:" + scalar.text() + ")"
                : modifiers.relation == Match.Relation.ENDS_WITH ? "(?:" + scalar.text() + ")\\z" : scalar.text();
        String expression = modifiers.regexFlags.isEmpty() ? tied : "(?" + modifiers.regexFlags + ")" + tied;
        try {
            BoundedRegex.compile(expression, false);
        } catch (TocsinException invalid) {
            return refuse(scalar, String.valueOf(invalid.getMessage()));
        }
        return new Filter.Test(where, new Match.Finds(expression, false));
    }

    private List<Wildcards> patterns(ConfigNode.Scalar scalar) {
        Charset encoding = modifiers.wide;
        boolean encodes = modifiers.base64 || modifiers.base64Offset || encoding != null;
        if (!modifiers.windash) {
            return encodes ? encoded(scalar, scalar.text(), encoding) : List.of(Wildcards.parse(scalar.text()));
        }
        List<Wildcards> patterns = new ArrayList<>();
        for (String variant : dashes(scalar)) {
            if (encodes) {
                patterns.addAll(encoded(scalar, variant, encoding));
            } else {
                patterns.add(Wildcards.parse(variant));
            }
        }
        return patterns;
    }

    /// The text with every dash before a word in each of its forms.
    private List<String> dashes(ConfigNode.Scalar scalar) {
        String text = scalar.text();
        List<String> variants = List.of("");
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean dash = (c == '-' || c == '/')
                    && (i == 0 || !isWord(text.charAt(i - 1)))
                    && i + 1 < text.length()
                    && isWord(text.charAt(i + 1));
            if (!dash) {
                continue;
            }
            if (variants.size() * DASHES.size() > MAXIMUM_VARIANTS) {
                refuse(scalar, "too many dashes for 'windash' [value=" + text + "]");
                return List.of();
            }
            String before = text.substring(from, i);
            List<String> longer = new ArrayList<>();
            for (String variant : variants) {
                for (String form : DASHES) {
                    if (!context.budget().takes(text.length())) {
                        outOfBudget(scalar);
                        return List.of();
                    }
                    longer.add(variant + before + form);
                }
            }
            variants = longer;
            from = i + 1;
        }
        String rest = text.substring(from);
        return variants.stream().map(variant -> variant + rest).toList();
    }

    private List<Wildcards> encoded(ConfigNode.Scalar scalar, String plain, @Nullable Charset encoding) {
        Wildcards pattern = Wildcards.parse(plain);
        if (!pattern.isLiteral()) {
            refuse(scalar, "a value that is encoded can have no wildcards [value=" + scalar.text() + "]");
            return List.of();
        }
        if (pattern.pieces().getFirst().isEmpty()) {
            refuse(scalar, "an empty value cannot be encoded");
            return List.of();
        }
        String text =
                (modifiers.byteOrderMark ? "\uFEFF" : "") + pattern.pieces().getFirst();
        byte[] bytes = text.getBytes(encoding == null ? StandardCharsets.UTF_8 : encoding);
        if (modifiers.base64) {
            return List.of(Wildcards.literal(Base64.getEncoder().encodeToString(bytes)));
        }
        if (!modifiers.base64Offset) {
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

    private Filter outOfBudget(ConfigNode node) {
        return refuse(
                node,
                "values of the rule are too many when written out [maximumCharacters=" + SigmaBudget.MAXIMUM_CHARACTERS
                        + "]");
    }

    private Filter refuse(ConfigNode node, String message) {
        problems.add(node.position(), message);
        return Filter.FALSE;
    }
}
