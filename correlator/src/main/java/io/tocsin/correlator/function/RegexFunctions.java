package io.tocsin.correlator.function;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.error.TocsinException;
import io.tocsin.expression.BoundedRegex;
import java.util.ArrayList;
import java.util.List;

/// Functions with regular expressions in RE2 syntax. The expression is a constant, so that it is compiled once.
final class RegexFunctions {
    private RegexFunctions() {}

    static final List<RuleFunction> ALL = List.of(
            regex(
                    "regexp_capture",
                    "text, 'expression'[, group]",
                    2,
                    3,
                    "What the first group, or the one with this number, matches in the leftmost match; the whole match"
                            + " when there is no group.",
                    arguments -> {
                        BoundedRegex regex = compile(arguments);
                        int group = arguments.size() < 3
                                ? Math.min(1, regex.groupCount())
                                : (int) constant(arguments, 2, "group").number();
                        if (group < 0 || group > regex.groupCount()) {
                            throw new IllegalArgumentException("no such group in the expression [group=" + group + "]");
                        }
                        return (values, _) -> {
                            byte[] bytes = values.getFirst().text().getBytes(UTF_8);
                            if (!regex.find(bytes, 0, bytes.length) || regex.start(group) < 0) {
                                return Value.EMPTY;
                            }
                            return Value.of(text(bytes, regex.start(group), regex.end(group)));
                        };
                    },
                    "regexp_capture('uid=1000 gid=5', 'uid=(\\d+)')",
                    "1000"),
            regex(
                    "regexp_replace",
                    "text, 'expression', with",
                    3,
                    3,
                    "The text with every match replaced; `${1}` and `$1` stand for a group, `$$` for a dollar.",
                    arguments -> {
                        BoundedRegex regex = compile(arguments);
                        return (values, _) -> Value.of(replaced(
                                regex, values.getFirst().text(), values.get(2).text()));
                    },
                    "regexp_replace('10.1.2.3', '(\\d+)$', 'x')",
                    "10.1.2.x",
                    "regexp_replace('a=b', '(\\w)=(\\w)', '${2}=${1}')",
                    "b=a"),
            regex(
                    "regexp_matches",
                    "text, 'expression'",
                    2,
                    2,
                    "`true` when a part of the text matches, else `false`.",
                    arguments -> {
                        BoundedRegex regex = compile(arguments);
                        return (values, _) -> {
                            byte[] bytes = values.getFirst().text().getBytes(UTF_8);
                            return Value.of(regex.find(bytes, 0, bytes.length));
                        };
                    },
                    "regexp_matches('cmd.exe', '\\.exe$')",
                    "true"),
            regex(
                    "regexp_all",
                    "text, 'expression'",
                    2,
                    2,
                    "All matches of the first group, or of the whole expression when it has none, as a list.",
                    arguments -> {
                        BoundedRegex regex = compile(arguments);
                        int group = Math.min(1, regex.groupCount());
                        return (values, _) -> {
                            byte[] bytes = values.getFirst().text().getBytes(UTF_8);
                            List<String> found = new ArrayList<>();
                            boolean more = regex.find(bytes, 0, bytes.length);
                            while (more && found.size() < Value.MAXIMUM_ITEMS) {
                                if (regex.start(group) >= 0) {
                                    found.add(text(bytes, regex.start(group), regex.end(group)));
                                }
                                more = regex.findNext();
                            }
                            return Value.of(found);
                        };
                    },
                    "regexp_all('a1 b22', '\\d+')",
                    "1,22"));

    private static RuleFunction regex(
            String name,
            String arguments,
            int minimum,
            int maximum,
            String description,
            RuleFunction.Binding binding,
            String... examples) {
        return new RuleFunction(
                name, arguments, minimum, maximum, false, description, RuleFunction.examples(examples), binding);
    }

    private static Value constant(List<Expression> arguments, int at, String what) {
        if (arguments.get(at) instanceof Expression.Constant constant) {
            return constant.value();
        }
        throw new IllegalArgumentException("the " + what + " is a constant");
    }

    private static BoundedRegex compile(List<Expression> arguments) {
        try {
            return BoundedRegex.compile(
                    constant(arguments, 1, "regular expression").text(), false);
        } catch (TocsinException invalid) {
            throw new IllegalArgumentException(invalid.getMessage(), invalid);
        }
    }

    private static String text(byte[] bytes, int start, int end) {
        return new String(bytes, start, end - start, UTF_8);
    }

    private static String replaced(BoundedRegex regex, String text, String with) {
        byte[] bytes = text.getBytes(UTF_8);
        StringBuilder out = new StringBuilder();
        int at = 0;
        boolean more = regex.find(bytes, 0, bytes.length);
        while (more && out.length() <= Value.MAXIMUM_LENGTH) {
            out.append(text(bytes, at, Math.max(at, regex.start(0))));
            expand(regex, bytes, with, out);
            at = regex.end(0);
            more = regex.findNext();
        }
        return out.append(text(bytes, at, bytes.length)).toString();
    }

    private static void expand(BoundedRegex regex, byte[] bytes, String with, StringBuilder out) {
        for (int i = 0; i < with.length(); i++) {
            char c = with.charAt(i);
            if (c != '$' || i + 1 == with.length()) {
                out.append(c);
                continue;
            }
            boolean braces = with.charAt(i + 1) == '{';
            int start = braces ? i + 2 : i + 1;
            int end = start;
            while (end < with.length() && end - start < 3 && Character.isDigit(with.charAt(end))) {
                end++;
            }
            if (end == start) {
                out.append('$');
                i += with.charAt(i + 1) == '$' ? 1 : 0;
                continue;
            }
            int group = Integer.parseInt(with.substring(start, end));
            if (group <= regex.groupCount() && regex.start(group) >= 0) {
                out.append(text(bytes, regex.start(group), regex.end(group)));
            }
            i = braces && end < with.length() && with.charAt(end) == '}' ? end : end - 1;
        }
    }
}
