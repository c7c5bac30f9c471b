package io.tocsin.correlator.function;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Functions of texts.
final class TextFunctions {
    private TextFunctions() {}

    static final List<RuleFunction> ALL = List.of(
            RuleFunction.of(
                    "len",
                    "value",
                    1,
                    1,
                    "Number of characters of a text, or of items of what a list function gives; `0` for nothing. For"
                            + " lists in fields and variables there is `count`.",
                    (arguments, _) -> {
                        Value value = arguments.getFirst();
                        return Value.of(
                                value.isList()
                                        ? value.items().size()
                                        : value.text()
                                                .codePointCount(0, value.text().length()));
                    },
                    "len('admin')",
                    "5",
                    "len(split('a,b,c', ','))",
                    "3"),
            RuleFunction.of(
                    "to_lower",
                    "text",
                    1,
                    1,
                    "The text in small letters.",
                    (arguments, _) -> each(arguments.getFirst(), text -> text.toLowerCase(Locale.ROOT)),
                    "to_lower('ADMIN')",
                    "admin"),
            RuleFunction.of(
                    "to_upper",
                    "text",
                    1,
                    1,
                    "The text in capital letters.",
                    (arguments, _) -> each(arguments.getFirst(), text -> text.toUpperCase(Locale.ROOT)),
                    "to_upper('admin')",
                    "ADMIN"),
            RuleFunction.of(
                    "append",
                    "text, suffix",
                    2,
                    2,
                    "The second text behind the first.",
                    (arguments, _) ->
                            Value.of(arguments.get(0).text() + arguments.get(1).text()),
                    "append('user-', 7)",
                    "user-7"),
            RuleFunction.of(
                    "prepend",
                    "text, prefix",
                    2,
                    2,
                    "The second text before the first.",
                    (arguments, _) ->
                            Value.of(arguments.get(1).text() + arguments.get(0).text()),
                    "prepend('7', 'user-')",
                    "user-7"),
            RuleFunction.of(
                    "concat",
                    "text, …",
                    1,
                    RuleFunction.ANY,
                    "All texts one behind the other.",
                    (arguments, _) -> {
                        StringBuilder text = new StringBuilder();
                        for (Value each : arguments) {
                            text.append(each.text());
                            if (text.length() > Value.MAXIMUM_LENGTH) {
                                break;
                            }
                        }
                        return Value.of(text.toString());
                    },
                    "concat('a', 'b', 'c')",
                    "abc"),
            RuleFunction.of(
                    "str_join",
                    "separator, value, …",
                    2,
                    RuleFunction.ANY,
                    "All values, and all items of lists, with the separator between them. Empty ones are left out.",
                    (arguments, _) -> {
                        List<String> parts = new ArrayList<>();
                        arguments.subList(1, arguments.size()).forEach(each -> parts.addAll(each.items()));
                        return Value.of(String.join(arguments.getFirst().text(), parts));
                    },
                    "str_join('/', 'a', DestinationUserName, 'b')",
                    "a/b"),
            RuleFunction.of(
                    "substring",
                    "text, start[, end]",
                    2,
                    3,
                    "The characters from start, counted from 0, to before end. A negative number counts from the end.",
                    (arguments, scope) -> substring(arguments, scope),
                    "substring('administrator', 0, 5)",
                    "admin",
                    "substring('report.exe', -4)",
                    ".exe"),
            RuleFunction.of(
                    "tr",
                    "text[, characters]",
                    1,
                    2,
                    "The text without these characters at both ends; blanks when none are named.",
                    (arguments, _) -> {
                        String characters = arguments.size() == 1
                                ? " \t\r\n"
                                : arguments.get(1).text();
                        return each(arguments.getFirst(), text -> trimmed(text, characters));
                    },
                    "tr('//share//', '/')",
                    "share",
                    "tr('  a  ')",
                    "a"),
            RuleFunction.of(
                    "replace",
                    "text, what, with",
                    3,
                    3,
                    "The text with every occurrence of the second replaced by the third.",
                    (arguments, _) -> {
                        String what = arguments.get(1).text();
                        return what.isEmpty()
                                ? arguments.getFirst()
                                : each(
                                        arguments.getFirst(),
                                        text -> replaced(
                                                text, what, arguments.get(2).text()));
                    },
                    "replace('a.b.c', '.', '-')",
                    "a-b-c"),
            RuleFunction.of(
                    "index_of",
                    "text or list, what",
                    2,
                    2,
                    "Where the second begins in the text, or stands in the list, counted from 0;"
                            + " `-1` when it is not there.",
                    (arguments, _) -> {
                        Value value = arguments.get(0);
                        String what = arguments.get(1).text();
                        return Value.of(
                                value.isList()
                                        ? value.items().indexOf(what)
                                        : value.text().indexOf(what));
                    },
                    "index_of('user@host', '@')",
                    "4"),
            RuleFunction.of(
                    "last_index_of",
                    "text or list, what",
                    2,
                    2,
                    "As `index_of`, the last one.",
                    (arguments, _) -> {
                        Value value = arguments.get(0);
                        String what = arguments.get(1).text();
                        return Value.of(
                                value.isList()
                                        ? value.items().lastIndexOf(what)
                                        : value.text().lastIndexOf(what));
                    },
                    "last_index_of('a/b/c', '/')",
                    "3"),
            RuleFunction.of(
                    "soundex",
                    "text",
                    1,
                    1,
                    "The American Soundex code of the letters A to Z in the text, for names that sound alike.",
                    (arguments, _) -> Value.of(soundex(arguments.getFirst().text())),
                    "soundex('Robert')",
                    "R163",
                    "soundex('Rupert')",
                    "R163"),
            RuleFunction.of(
                    "template",
                    "'text with {}', value, …",
                    1,
                    RuleFunction.ANY,
                    "The text with each `{}` replaced by the next value; `{{` is a brace.",
                    (arguments, _) -> Value.of(template(arguments)),
                    "template('{} on {}', 'root', 'web-1')",
                    "root on web-1"),
            RuleFunction.of(
                    "to_string",
                    "value",
                    1,
                    1,
                    "The value as one text: items of a list with commas between them.",
                    (arguments, _) -> Value.of(arguments.getFirst().text()),
                    "to_string(split('a b', ' '))",
                    "a,b"));

    /// The change of a single item.
    interface Change {
        String of(String text);
    }

    static Value each(Value value, Change change) {
        if (value.items().size() == 1 && !value.isList()) {
            return Value.of(change.of(value.items().getFirst()));
        }
        return Value.of(value.items().stream().map(change::of).toList());
    }

    private static Value substring(List<Value> arguments, Scope scope) {
        String text = arguments.get(0).text();
        double from = arguments.get(1).number();
        double to = arguments.size() == 3 ? arguments.get(2).number() : text.length();
        if (Double.isNaN(from) || Double.isNaN(to)) {
            scope.failed();
            return Value.EMPTY;
        }
        int start = place(from, text.length());
        int end = place(to, text.length());
        return start < end ? Value.of(text.substring(start, end)) : Value.EMPTY;
    }

    private static int place(double number, int length) {
        double place = number < 0 ? length + number : number;
        return (int) Math.clamp(place, 0, length);
    }

    private static String trimmed(String text, String characters) {
        int start = 0;
        int end = text.length();
        while (start < end && characters.indexOf(text.charAt(start)) >= 0) {
            start++;
        }
        while (end > start && characters.indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        return text.substring(start, end);
    }

    private static String replaced(String text, String what, String with) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (out.length() <= Value.MAXIMUM_LENGTH) {
            int found = text.indexOf(what, at);
            if (found < 0) {
                return out.append(text, at, text.length()).toString();
            }
            out.append(text, at, found).append(with);
            at = found + what.length();
        }
        return out.toString();
    }

    private static String soundex(String text) {
        String codes = "01230120022455012623010202";
        StringBuilder out = new StringBuilder();
        char last = '0';
        for (int i = 0; i < text.length() && out.length() < 4; i++) {
            char c = Character.toUpperCase(text.charAt(i));
            if (c < 'A' || c > 'Z') {
                continue;
            }
            char code = codes.charAt(c - 'A');
            if (out.isEmpty()) {
                out.append(c);
            } else if (code != '0' && code != last) {
                out.append(code);
            }
            if (c != 'H' && c != 'W') {
                last = code;
            }
        }
        while (!out.isEmpty() && out.length() < 4) {
            out.append('0');
        }
        return out.toString();
    }

    private static String template(List<Value> arguments) {
        String text = arguments.getFirst().text();
        StringBuilder out = new StringBuilder();
        int next = 1;
        for (int i = 0; i < text.length() && out.length() <= Value.MAXIMUM_LENGTH; i++) {
            if (text.startsWith("{{", i)) {
                out.append('{');
                i++;
            } else if (text.startsWith("{}", i)) {
                out.append(next < arguments.size() ? arguments.get(next++).text() : "");
                i++;
            } else {
                out.append(text.charAt(i));
            }
        }
        return out.toString();
    }
}
