package io.tocsin.correlator.function;

import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/// Functions that read active lists, context tables, dictionaries and tables. A table, record or field that is not
/// there gives nothing.
final class TableFunctions {
    /// Name of the table that says where addresses are.
    private static final String GEO_TABLE = "geoip";

    private TableFunctions() {}

    static final List<RuleFunction> ALL = List.of(
            reading(
                    "active_list",
                    "'list', field, key, …",
                    3,
                    "The field of the record with this key. Parts of a key of several fields follow one another.",
                    (arguments, scope) -> value(
                            scope, arguments.get(0).text(), arguments.get(1).text(), keys(arguments, 2, 1)),
                    "active_list('seen', 'user', '10.0.0.5')",
                    "root"),
            reading(
                    "active_list_dyn",
                    "list, field, key, …",
                    3,
                    "As `active_list`; the name of the list may be computed.",
                    (arguments, scope) -> value(
                            scope, arguments.get(0).text(), arguments.get(1).text(), keys(arguments, 2, 1)),
                    "active_list_dyn(concat('se', 'en'), 'user', '10.0.0.5')",
                    "root"),
            reading(
                    "in_active_list",
                    "'list', key, …",
                    2,
                    "`true` when the list has a record with this key, else `false`.",
                    (arguments, scope) -> Value.of(
                            scope.tables().contains(arguments.getFirst().text(), keys(arguments, 1, 1))),
                    "in_active_list('seen', '10.0.0.9')",
                    "false"),
            reading(
                    "context_table",
                    "'table', field, key name, key value, …",
                    4,
                    "The field of the record with these values of the key fields, in whatever order they are named;"
                            + " a list field gives a list.",
                    (arguments, scope) -> value(
                            scope, arguments.get(0).text(), arguments.get(1).text(), named(arguments, 2)),
                    "len(context_table('mails', 'recipients', 'sender', 'eve'))",
                    "2"),
            reading(
                    "context_table_dyn",
                    "table, field, key name, key value, …",
                    4,
                    "As `context_table`; the name of the table may be computed.",
                    (arguments, scope) -> value(
                            scope, arguments.get(0).text(), arguments.get(1).text(), named(arguments, 2)),
                    "get_item(context_table_dyn('mails', 'recipients', 'sender', 'eve'), 0)",
                    "alice"),
            reading(
                    "in_context_table",
                    "'table', key name, key value, …",
                    3,
                    "`true` when the table has a record with these values of the key fields, else `false`.",
                    (arguments, scope) -> Value.of(
                            scope.tables().contains(arguments.getFirst().text(), named(arguments, 1))),
                    "in_context_table('mails', 'sender', 'eve')",
                    "true"),
            fixed(
                    "dict",
                    "'dictionary', key, …",
                    2,
                    "The value of the key in a dictionary.",
                    (arguments, scope) -> value(scope, arguments.getFirst().text(), "value", keys(arguments, 1, 1)),
                    "dict('ports', '22')",
                    "ssh"),
            fixed(
                    "table_dict",
                    "'table', column, key, …",
                    3,
                    "The column of the row with this key in a table.",
                    (arguments, scope) -> value(
                            scope, arguments.get(0).text(), arguments.get(1).text(), keys(arguments, 2, 1)),
                    "table_dict('hosts', 'owner', 'web-1')",
                    "eve"),
            fixed(
                    "in_dictionary",
                    "'dictionary', key, …",
                    2,
                    "`true` when the dictionary or table has this key, else `false`.",
                    (arguments, scope) -> Value.of(
                            scope.tables().contains(arguments.getFirst().text(), keys(arguments, 1, 1))),
                    "in_dictionary('ports', '22')",
                    "true"),
            geo("geo_country", "country", "geo_country('198.51.100.7')", "SE"),
            geo("geo_region", "region", "geo_region('198.51.100.7')", ""),
            geo("geo_city", "city", "geo_city('198.51.100.7')", ""),
            geo("geo_latitude", "latitude", "geo_latitude('198.51.100.7')", ""),
            geo("geo_longitude", "longitude", "geo_longitude('198.51.100.7')", ""));

    private static RuleFunction reading(
            String name,
            String arguments,
            int minimum,
            String description,
            RuleFunction.Body body,
            String... examples) {
        return new RuleFunction(
                name,
                arguments,
                minimum,
                RuleFunction.ANY,
                true,
                description,
                RuleFunction.examples(examples),
                _ -> body);
    }

    /// Reads what no rule changes.
    private static RuleFunction fixed(
            String name,
            String arguments,
            int minimum,
            String description,
            RuleFunction.Body body,
            String... examples) {
        return RuleFunction.of(name, arguments, minimum, RuleFunction.ANY, description, body, examples);
    }

    private static RuleFunction geo(String name, String column, String example, String result) {
        return RuleFunction.of(
                name,
                "address",
                1,
                1,
                "The column `" + column + "` of the table `" + GEO_TABLE + "`, whose key is a network such as"
                        + " `198.51.100.0/24`, for the smallest network that holds the address.",
                (arguments, scope) -> located(scope, arguments.getFirst().text(), column),
                example,
                result);
    }

    private static Value value(Scope scope, String table, String field, List<String> key) {
        return Value.ofField(scope.tables().values(table, field, key));
    }

    private static List<String> keys(List<Value> arguments, int from, int step) {
        List<String> keys = new ArrayList<>();
        for (int i = from; i < arguments.size(); i += step) {
            keys.add(arguments.get(i).text());
        }
        return keys;
    }

    /// `name=value` of each part: the table puts them into its order.
    private static List<String> named(List<Value> arguments, int from) {
        List<String> keys = new ArrayList<>();
        for (int i = from; i + 1 < arguments.size(); i += 2) {
            keys.add(arguments.get(i).text() + "=" + arguments.get(i + 1).text());
        }
        return keys;
    }

    private static Value located(Scope scope, String text, String column) {
        byte[] address = AddressRange.address(text);
        if (address == null) {
            if (!text.isEmpty()) {
                scope.failed();
            }
            return Value.EMPTY;
        }
        try {
            for (int bits = address.length * 8; bits >= 0; bits--) {
                List<String> key = List.of(AddressRange.text(address, bits));
                if (scope.tables().contains(GEO_TABLE, key)) {
                    return Value.ofField(scope.tables().values(GEO_TABLE, column, key));
                }
            }
            return Value.EMPTY;
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("BUG: an address has 4 or 16 bytes", impossible);
        }
    }
}
