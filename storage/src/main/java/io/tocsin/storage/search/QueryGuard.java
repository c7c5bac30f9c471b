package io.tocsin.storage.search;

import io.tocsin.storage.embedded.EngineException;
import io.tocsin.storage.embedded.Session;
import io.tocsin.storage.store.Tables;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Decides whether the text of a user is one harmless SELECT.
///
/// 1. The text is handed to the parser of the engine as a **value** (`formatQuerySingleLine`), so that nothing
/// in it can run.
///    What comes back is the same query in canonical form: one statement, no comments, one kind of quotes. From
///    here on only
///    the canonical form is used.
/// 2. The syntax tree of the canonical form (`EXPLAIN AST`) may hold listed kinds of nodes only: no SETTINGS,
/// FORMAT or
///    INTO OUTFILE, no table function but a few that make numbers, no function outside [AllowedFunctions], no
///    table of another
///    database.
/// 3. The query then runs in a session with the rights of a reader and read-only, which alone would stop most
/// attacks.
///
/// Thread-safety: any thread; sessions come from the caller.
final class QueryGuard {
    private static final int MAXIMUM_CHARACTERS = 256 * 1024;

    private static final Set<String> NODES = Set.of(
            "SelectWithUnionQuery",
            "SelectIntersectExceptQuery",
            "SelectQuery",
            "ExpressionList",
            "Identifier",
            "TableIdentifier",
            "Function",
            "Literal",
            "Asterisk",
            "QualifiedAsterisk",
            "ColumnsRegexpMatcher",
            "ColumnsListMatcher",
            "QualifiedColumnsRegexpMatcher",
            "QualifiedColumnsListMatcher",
            "ColumnsTransformerList",
            "ColumnsExceptTransformer",
            "ColumnsReplaceTransformer",
            "ColumnsReplaceTransformer::Replacement",
            "ColumnsApplyTransformer",
            "TablesInSelectQuery",
            "TablesInSelectQueryElement",
            "TableExpression",
            "TableJoin",
            "ArrayJoin",
            "Subquery",
            "WithElement",
            "OrderByElement",
            "InterpolateElement",
            "WindowDefinition",
            "WindowListElement",
            "SampleRatio",
            "QueryParameter");

    private static final Set<String> TABLE_FUNCTIONS =
            Set.of("numbers", "zeros", "numbers_mt", "zeros_mt", "generate_series", "generateSeries", "values");

    /// Functions whose last argument may name a table.
    private static final Pattern MEMBERSHIP = Pattern.compile("(?i)(global)?(not)?(null)?in(ignoreset)?");

    private static final Pattern LINE = Pattern.compile("^( *)([A-Za-z_:]+)(?: (.*?))?(?: \\(children \\d+\\))?$");
    private static final Pattern ALIAS = Pattern.compile(" \\(alias .*\\)$");

    private final AllowedFunctions functions;

    QueryGuard(AllowedFunctions functions) {
        this.functions = functions;
    }

    /// Returns the canonical form of a harmless query.
    ///
    /// @param session a session of the engine; nothing of the query runs in it
    /// @throws SearchException with the reason and, where known, the place
    String check(Session session, Search search) {
        String sql = search.sql();
        if (sql.isBlank()) {
            throw SearchException.refused("the query is empty; write for example: SELECT * FROM events LIMIT 10");
        }
        if (sql.length() > MAXIMUM_CHARACTERS) {
            throw SearchException.refused(
                    "the query is too long [characters=" + sql.length() + ", limit=" + MAXIMUM_CHARACTERS + "]");
        }
        if (sql.indexOf('\0') >= 0) {
            throw SearchException.refused("the query contains a zero character; remove it");
        }
        String canonical;
        try {
            canonical = session.query(
                            "SELECT formatQuerySingleLine({sql:String})", "TSVRaw", Map.of("sql", escaped(sql)))
                    .text();
        } catch (EngineException e) {
            throw SearchException.of(e, sql);
        }
        canonical = canonical.strip();
        checkQuotes(canonical);
        if (canonical.contains(":Identifier}")) {
            throw SearchException.refused("parameters may hold values only, not names [type=Identifier]");
        }
        String tree;
        try {
            tree = session.query("EXPLAIN AST " + canonical, "TSVRaw", parameters(search))
                    .text();
        } catch (EngineException e) {
            throw SearchException.of(e, sql);
        }
        checkTree(tree, sql);
        return canonical;
    }

    /// The parameters in the form in which the engine reads them.
    static Map<String, String> parameters(Search search) {
        Map<String, String> parameters = new HashMap<>();
        search.parameters().forEach((name, value) -> parameters.put(name, escaped(value)));
        return parameters;
    }

    /// Parameter values are read in the escaped form of TSV.
    static String escaped(String text) {
        return text.replace("\\", "\\\\")
                .replace("\t", "\\t")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\0", "\\0");
    }

    /// Walks over the quoted parts of the canonical form. A statement separator outside of them means that the
    /// parser let more than one statement through; a control character in a name could forge a line of the syntax
    /// tree.
    private static void checkQuotes(String canonical) {
        char quote = 0;
        for (int i = 0; i < canonical.length(); i++) {
            char c = canonical.charAt(i);
            if (c < ' ') {
                throw SearchException.refused("the query contains a control character outside of a text; remove it");
            }
            if (quote == 0) {
                if (c == ';') {
                    throw SearchException.refused("only one statement can be run at a time; leave out the semicolon");
                }
                if (c == '\'' || c == '`' || c == '"') {
                    quote = c;
                }
            } else if (c == '\\') {
                if (quote != '\'') {
                    throw SearchException.refused("names with control characters or backslashes are not supported");
                }
                i++;
            } else if (c == quote) {
                quote = 0;
            }
        }
        if (quote != 0) {
            throw SearchException.refused("the query has an open quote");
        }
    }

    private void checkTree(String tree, String sql) {
        String[] parents = new String[1024];
        String[] names = new String[1024];
        int number = 0;
        for (String line : tree.lines().toList()) {
            if (line.isBlank()) {
                continue;
            }
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw SearchException.refused("a part of the query is not supported [part=" + shortened(line) + "]");
            }
            int depth = matcher.group(1).length();
            if (depth + 1 >= parents.length) {
                throw SearchException.refused("the query is nested too deeply");
            }
            String node = matcher.group(2);
            String name = matcher.group(3) == null
                    ? ""
                    : ALIAS.matcher(matcher.group(3)).replaceFirst("");
            parents[depth] = node;
            names[depth] = name;
            if (number++ == 0 && !(depth == 0 && node.startsWith("Select"))) {
                throw SearchException.refused("only SELECT can be run here");
            }
            if (depth == 1 && !node.equals("ExpressionList") && !node.equals("SelectQuery")) {
                throw SearchException.refused(
                        "leave out FORMAT and INTO OUTFILE; the form of the answer is a field of the request");
            }
            checkNode(node, name, depth == 0 ? "" : parents[depth - 1], function(parents, names, depth), sql);
        }
        if (number == 0) {
            throw SearchException.refused("only SELECT can be run here");
        }
    }

    /// Name of the function whose argument stands at `depth`, or empty.
    private static String function(String[] parents, String[] names, int depth) {
        return depth >= 2 && parents[depth - 1].equals("ExpressionList") && parents[depth - 2].equals("Function")
                ? names[depth - 2]
                : "";
    }

    private void checkNode(String node, String name, String parent, String function, String sql) {
        if (node.equals("Set")) {
            throw SearchException.refused(
                    "settings cannot be changed; limits are fields of the request",
                    sql,
                    firstOf(sql, "SETTINGS", "settings"));
        }
        if (!NODES.contains(node)) {
            throw SearchException.refused("this kind of expression is not supported [kind=" + node + "]");
        }
        switch (node) {
            case "Function" -> {
                if (parent.equals("TableExpression")) {
                    if (!TABLE_FUNCTIONS.contains(name)) {
                        throw SearchException.refused(
                                "the table function is not allowed; query the tables " + tables() + " [function=" + name
                                        + "]",
                                sql,
                                name);
                    }
                } else if (!functions.contains(name)) {
                    throw SearchException.refused(
                            "the function does not exist or is not allowed [function=" + name + "]", sql, name);
                }
            }
            case "TableIdentifier" -> checkTable(name, sql);
            case "Identifier" -> {
                if (MEMBERSHIP.matcher(function).matches()) {
                    checkTable(name, sql);
                }
                if (parent.equals("ColumnsApplyTransformer")) {
                    throw SearchException.refused("APPLY is not supported");
                }
            }
            case "ColumnsApplyTransformer" -> throw SearchException.refused("APPLY is not supported; name the columns");
            default -> {
                // allowed as it is
            }
        }
    }

    /// Names without a database are our own tables, of which the rights of a reader open two, or names of the
    /// query itself.
    private static void checkTable(String name, String sql) {
        int dot = name.indexOf('.');
        if (dot >= 0
                && !(name.startsWith(Tables.DATABASE + ".") && Tables.READABLE.contains(name.substring(dot + 1)))
                && !isColumn(name)) {
            throw SearchException.refused(
                    "the table is not allowed; query the tables " + tables() + " [table=" + name + "]", sql, name);
        }
        if (name.indexOf('/') >= 0) {
            throw SearchException.refused(
                    "the table is not allowed; query the tables " + tables() + " [table=" + name + "]");
        }
    }

    /// `x IN events.AffectedAssets` names a column.
    private static boolean isColumn(String name) {
        return Tables.READABLE.stream().anyMatch(table -> name.startsWith(table + "."));
    }

    private static String tables() {
        return new TreeSet<>(Tables.READABLE).toString();
    }

    private static String firstOf(String sql, String upper, String lower) {
        return sql.contains(upper) ? upper : lower;
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
