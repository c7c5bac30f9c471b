package io.tocsin.storage.search;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.storage.embedded.EngineException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A search that was refused or failed, with the place in its text where that is known.
///
/// Thread-safety: immutable.
public final class SearchException extends TocsinException {
    private static final long serialVersionUID = 1;

    private static final Pattern AT_LINE = Pattern.compile("\\(line (\\d{1,9}), col (\\d{1,9})\\)");
    private static final Pattern AT_POSITION = Pattern.compile("failed at position (\\d{1,9})");
    private static final Pattern SCOPE = Pattern.compile("[.:,]? ?(?:: )?(?:In|in) scope (?s:.*)$");
    private static final Pattern QUOTED =
            Pattern.compile("(?:identifier|name|table|function|column)s? [`']([^`']+)[`']");

    private final int line;
    private final int column;

    private SearchException(ErrorCode code, String message, int line, int column) {
        super(code, message, null);
        this.line = line;
        this.column = column;
    }

    /// Line in the text of the user from 1, or 0 when not known.
    public int line() {
        return line;
    }

    /// Column from 1, counted in bytes, or 0 when not known.
    public int column() {
        return column;
    }

    static SearchException refused(String message) {
        return new SearchException(ErrorCode.INVALID_QUERY, message, 0, 0);
    }

    /// Refuses because of `word`, and says where it stands.
    static SearchException refused(String message, String sql, String word) {
        int at = find(sql, word);
        return at < 0 ? refused(message) : at(ErrorCode.INVALID_QUERY, message, sql, at);
    }

    static SearchException busy() {
        return new SearchException(
                ErrorCode.PEER_BUSY, "too many searches run at the same time; try again in a moment", 0, 0);
    }

    /// Explains an error of the engine in terms of the text of the user.
    static SearchException of(EngineException e, String sql) {
        String message = String.valueOf(e.getMessage());
        ErrorCode code = switch (e.name()) {
            case "TIMEOUT_EXCEEDED", "QUERY_WAS_CANCELLED" -> ErrorCode.QUERY_TIMEOUT;
            case "MEMORY_LIMIT_EXCEEDED" -> ErrorCode.OUT_OF_MEMORY;
            case "TOO_MANY_ROWS",
                    "TOO_MANY_BYTES",
                    "TOO_MANY_ROWS_OR_BYTES",
                    "QUERY_IS_TOO_LARGE",
                    "TOO_BIG_AST",
                    "TOO_DEEP_AST",
                    "TOO_DEEP_RECURSION",
                    "TOO_SLOW" -> ErrorCode.QUERY_TOO_LARGE;
            default -> ErrorCode.INVALID_QUERY;
        };
        String plain = SCOPE.matcher(message).replaceFirst("").strip();
        Matcher atLine = AT_LINE.matcher(plain);
        if (e.name().equals("SYNTAX_ERROR") && atLine.find()) {
            return new SearchException(
                    code, plain, Integer.parseInt(atLine.group(1)), Integer.parseInt(atLine.group(2)));
        }
        Matcher atPosition = AT_POSITION.matcher(plain);
        if (e.name().equals("SYNTAX_ERROR") && atPosition.find()) {
            return new SearchException(code, plain, 1, Integer.parseInt(atPosition.group(1)));
        }
        Matcher quoted = QUOTED.matcher(plain);
        int at = quoted.find() ? find(sql, quoted.group(1)) : -1;
        return at < 0 ? new SearchException(code, plain, 0, 0) : at(code, plain, sql, at);
    }

    /// Where `word` stands for the first time as a whole word, or -1.
    private static int find(String sql, String word) {
        for (int at = sql.indexOf(word); at >= 0; at = sql.indexOf(word, at + 1)) {
            int end = at + word.length();
            if ((at == 0 || !Character.isJavaIdentifierPart(sql.charAt(at - 1)))
                    && (end == sql.length() || !Character.isJavaIdentifierPart(sql.charAt(end)))) {
                return at;
            }
        }
        return -1;
    }

    private static SearchException at(ErrorCode code, String message, String sql, int at) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < at; i++) {
            if (sql.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return new SearchException(code, message, line, at - lineStart + 1);
    }
}
