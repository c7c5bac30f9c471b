package io.tocsin.storage.search;

import io.tocsin.storage.embedded.Session;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The functions that queries may call: those of the engine whose category has no business with files, networks,
/// dictionaries, settings or the process. A function that a later engine adds is refused until its category is
/// listed here.
///
/// Thread-safety: immutable.
final class AllowedFunctions {
    private static final Set<String> CATEGORIES = Set.of(
            "Aggregate Functions",
            "Arithmetic",
            "Arrays",
            "Bit",
            "Bitmap",
            "Comparison",
            "Conditional",
            "Dates and Times",
            "Distance",
            "Encoding",
            "Encryption",
            "Financial",
            "Geo",
            "Geo Polygon",
            "Hash",
            "IP Address",
            "JSON",
            "Logical",
            "Map",
            "Mathematical",
            "Null",
            "NumericIndexedVector",
            "Random Number",
            "Rounding",
            "String",
            "String Replacement",
            "String Search",
            "String Splitting",
            "Time Window",
            "Tuple",
            "Type Conversion",
            "URL",
            "UUID");

    /// Harmless ones of the category for all the rest.
    private static final Set<String> OTHERS = Set.of(
            "MACNumToString",
            "MACStringToNum",
            "MACStringToOUI",
            "bar",
            "byteSize",
            "countDigits",
            "finalizeAggregation",
            "formatReadableDecimalSize",
            "formatReadableQuantity",
            "formatReadableSize",
            "formatReadableTimeDelta",
            "getSubcolumn",
            "identity",
            "ignore",
            "indexHint",
            "initializeAggregation",
            "isConstant",
            "isDecimalOverflow",
            "materialize",
            "neighbor",
            "parseReadableSize",
            "parseReadableSizeOrNull",
            "parseReadableSizeOrZero",
            "parseTimeDelta",
            "rowNumberInAllBlocks",
            "rowNumberInBlock",
            "runningAccumulate",
            "runningDifference",
            "runningDifferenceStartingWithFirstValue",
            "throwIf",
            "toColumnTypeName",
            "toTypeName",
            "transform",
            "variantElement",
            "variantType",
            "visibleWidth");

    /// Names that the parser makes of operators and keywords and that are in no catalogue.
    private static final Set<String> OF_THE_PARSER = Set.of("lambda", "exists", "grouping", "viewIfPermitted");

    private static final List<String> COMBINATORS = List.of(
            "SimpleState",
            "MergeState",
            "OrDefault",
            "Distinct",
            "Resample",
            "ForEach",
            "OrNull",
            "ArgMin",
            "ArgMax",
            "State",
            "Merge",
            "Array",
            "Null",
            "Map",
            "If");

    private final Set<String> exact = new HashSet<>(OF_THE_PARSER);
    private final Set<String> anyCase = new HashSet<>();
    private final Set<String> aggregates = new HashSet<>();

    private AllowedFunctions() {}

    /// Reads the catalogue of the engine.
    static AllowedFunctions of(Session session) {
        AllowedFunctions allowed = new AllowedFunctions();
        record Entry(String name, boolean aggregate, boolean anyCase, String target, String categories) {}
        Map<String, Entry> catalogue = new HashMap<>();
        String rows =
                session.text("SELECT name, is_aggregate, case_insensitive, alias_to, categories FROM system.functions");
        for (String row : rows.lines().toList()) {
            String[] cells = row.split("\t", -1);
            catalogue.put(
                    cells[0], new Entry(cells[0], cells[1].equals("1"), cells[2].equals("1"), cells[3], cells[4]));
        }
        for (Entry entry : catalogue.values()) {
            Entry target = entry.target().isEmpty() ? entry : catalogue.getOrDefault(entry.target(), entry);
            if (!isAllowed(target.name(), target.aggregate(), target.categories())) {
                continue;
            }
            allowed.exact.add(entry.name());
            if (entry.anyCase()) {
                allowed.anyCase.add(entry.name().toLowerCase(Locale.ROOT));
            }
            if (target.aggregate()) {
                allowed.aggregates.add(entry.name());
            }
        }
        return allowed;
    }

    private static boolean isAllowed(String name, boolean aggregate, String categories) {
        if (aggregate || OTHERS.contains(name)) {
            return true;
        }
        if (categories.isEmpty()) {
            return false;
        }
        for (String category : categories.split(",", -1)) {
            if (!CATEGORIES.contains(category.strip())) {
                return false;
            }
        }
        return true;
    }

    boolean contains(String name) {
        if (exact.contains(name) || anyCase.contains(name.toLowerCase(Locale.ROOT))) {
            return true;
        }
        return isCombined(name);
    }

    /// `sumIf` is `sum` with the combinator `If`; combinators add up.
    private boolean isCombined(String name) {
        for (String combinator : COMBINATORS) {
            if (name.length() > combinator.length() && name.endsWith(combinator)) {
                String base = name.substring(0, name.length() - combinator.length());
                if (aggregates.contains(base)
                        || (anyCase.contains(base.toLowerCase(Locale.ROOT))
                                && aggregates.contains(base.toLowerCase(Locale.ROOT)))
                        || isCombined(base)) {
                    return true;
                }
            }
        }
        return false;
    }
}
