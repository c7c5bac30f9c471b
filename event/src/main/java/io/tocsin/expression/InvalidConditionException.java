package io.tocsin.expression;

import io.tocsin.config.Problem;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.util.List;

/// A condition cannot be used; carries all problems. The message shows each with the line of the condition and a
/// caret.
public final class InvalidConditionException extends TocsinException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    InvalidConditionException(String text, List<Problem> problems) {
        super(ErrorCode.INVALID_CONDITION, message(text, problems), null);
        this.problems = List.copyOf(problems);
    }

    /// At least one; lines and columns count in the text of the condition.
    public List<Problem> problems() {
        return problems;
    }

    private static String message(String text, List<Problem> problems) {
        StringBuilder message = new StringBuilder();
        for (Problem problem : problems) {
            message.append(message.isEmpty() ? "" : "\n").append(problem);
            String excerpt = excerpt(text, problem.line(), problem.column());
            if (!excerpt.isEmpty()) {
                message.append('\n').append(excerpt);
            }
        }
        return message.toString();
    }

    /// The line with a caret below the column, both indented by two spaces; a long line is cut around the column.
    static String excerpt(String text, int line, int column) {
        List<String> lines = text.lines().toList();
        if (line < 1 || line > lines.size()) {
            return "";
        }
        String shown = lines.get(line - 1).replace('\t', ' ');
        int at = Math.min(column - 1, shown.length());
        int from = Math.max(0, at - 60);
        int to = Math.min(shown.length(), at + 60);
        String before = from > 0 ? "…" : "";
        String after = to < shown.length() ? "…" : "";
        return "  " + before + shown.substring(from, to) + after + "\n  " + " ".repeat(before.length() + at - from)
                + "^";
    }
}
