package io.tocsin.config;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.util.List;

/// A configuration cannot be used; carries all problems that were found.
public final class InvalidConfigException extends TocsinException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    public InvalidConfigException(List<Problem> problems) {
        this(problems, problems.size());
    }

    InvalidConfigException(List<Problem> problems, int count) {
        super(ErrorCode.INVALID_CONFIG, message(problems, count), null);
        this.problems = List.copyOf(problems);
    }

    /// At least one; the first of very many.
    public List<Problem> problems() {
        return problems;
    }

    static String message(List<Problem> problems, int count) {
        StringBuilder text = new StringBuilder();
        for (Problem problem : problems) {
            text.append(text.isEmpty() ? "" : "\n").append(problem);
        }
        if (count > problems.size()) {
            text.append("\n… and ").append(count - problems.size()).append(" more");
        }
        return text.toString();
    }
}
