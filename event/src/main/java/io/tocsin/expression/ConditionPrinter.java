package io.tocsin.expression;

import java.util.List;

/// Writes a condition as text in one canonical form.
final class ConditionPrinter {
    private final StringBuilder out = new StringBuilder();

    private ConditionPrinter() {}

    static String print(Condition condition) {
        ConditionPrinter printer = new ConditionPrinter();
        printer.condition(condition);
        return printer.out.toString();
    }

    private void condition(Condition condition) {
        switch (condition) {
            case Condition.And and -> parts(and.parts(), " AND ", "always");
            case Condition.Or or -> parts(or.parts(), " OR ", "never");
            case Condition.Not not -> not(not.part());
            case Condition.Test test -> test(test, "");
            case Condition.Relation relation -> relation(relation, "");
        }
    }

    private void parts(List<Condition> parts, String word, String none) {
        if (parts.isEmpty()) {
            out.append(none);
            return;
        }
        String separator = "";
        for (Condition part : parts) {
            out.append(separator);
            separator = word;
            boolean group = isGroup(part) && (word.equals(" AND ") || part instanceof Condition.Or);
            part(part, group);
        }
    }

    private void not(Condition part) {
        switch (part) {
            case Condition.Test test
            when test.operator() == Operator.EXISTS ->
                out.append(test.field().name()).append(" is empty");
            case Condition.Test test when test.operator() == Operator.EQUAL -> test(test, "!=");
            case Condition.Relation relation when relation.operator() == Operator.EQUAL -> relation(relation, "!=");
            case Condition.And ignored -> negated(part);
            case Condition.Or ignored -> negated(part);
            case Condition.Not ignored -> negated(part);
            case Condition.Test ignored -> negated(part);
            case Condition.Relation ignored -> negated(part);
        }
    }

    private void negated(Condition part) {
        out.append("NOT ");
        part(part, isGroup(part));
    }

    private void part(Condition part, boolean group) {
        if (group) {
            out.append('(');
        }
        condition(part);
        if (group) {
            out.append(')');
        }
    }

    private static boolean isGroup(Condition condition) {
        return switch (condition) {
            case Condition.And and -> !and.parts().isEmpty();
            case Condition.Or or -> !or.parts().isEmpty();
            case Condition.Not ignored -> false;
            case Condition.Test ignored -> false;
            case Condition.Relation ignored -> false;
        };
    }

    private void test(Condition.Test test, String symbol) {
        left(test.field(), test.operator(), test.ignoreCase(), symbol);
        List<String> values = test.values();
        if (values.size() == 1) {
            out.append(' ').append(value(values.getFirst()));
        } else if (!values.isEmpty()) {
            out.append(" [");
            String separator = "";
            for (String value : values) {
                out.append(separator).append(value(value));
                separator = ", ";
            }
            out.append(']');
        }
    }

    private void relation(Condition.Relation relation, String symbol) {
        left(relation.left(), relation.operator(), relation.ignoreCase(), symbol);
        out.append(' ').append(relation.right().name());
    }

    private void left(FieldReference field, Operator operator, boolean ignoreCase, String symbol) {
        out.append(field.name()).append(' ').append(symbol.isEmpty() ? operator.symbol() : symbol);
        if (ignoreCase) {
            out.append(" ignoreCase");
        }
    }

    static String value(String value) {
        return ConditionLexer.isNumber(value) ? value : quoted(value);
    }

    /// A text in quotes: in backquotes when that saves escapes.
    static String quoted(String value) {
        boolean control = value.chars().anyMatch(c -> c < ' ' || c == 0x7f || Character.isSurrogate((char) c));
        if (!control && value.indexOf('\\') >= 0 && value.indexOf('`') < 0) {
            return "`" + value + "`";
        }
        StringBuilder text = new StringBuilder("'");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> text.append("\\\\");
                case '\'' -> text.append("\\'");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c < ' ' || c == 0x7f || isLoneSurrogate(value, i)) {
                        text.append(String.format("\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        return text.append('\'').toString();
    }

    private static boolean isLoneSurrogate(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
