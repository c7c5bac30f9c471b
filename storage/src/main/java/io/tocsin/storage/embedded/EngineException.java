package io.tocsin.storage.embedded;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A statement that the engine refused or could not finish.
///
/// Thread-safety: immutable.
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final Pattern CODE = Pattern.compile("^(?:Error: )?Code: (\\d+)\\. DB::Exception: ");
    private static final Pattern NAME = Pattern.compile(" ?\\(([A-Z][A-Z0-9_]+)\\)\\s*$");

    /// Codes after which the same statement may well succeed later: memory, time, disk, parts, files.
    private static final Set<Integer> RETRIABLE = Set.of(
            33, // CANNOT_READ_ALL_DATA
            74, // CANNOT_READ_FROM_FILE_DESCRIPTOR
            75, // CANNOT_WRITE_TO_FILE_DESCRIPTOR
            76, // CANNOT_OPEN_FILE
            159, // TIMEOUT_EXCEEDED
            202, // TOO_MANY_SIMULTANEOUS_QUERIES
            241, // MEMORY_LIMIT_EXCEEDED
            243, // NOT_ENOUGH_SPACE
            252, // TOO_MANY_PARTS
            394, // QUERY_WAS_CANCELLED
            439, // CANNOT_SCHEDULE_TASK
            1000, // POCO_EXCEPTION
            1001, // STD_EXCEPTION
            1002); // UNKNOWN_EXCEPTION

    private final int code;
    private final String name;

    private EngineException(int code, String name, String message) {
        super(message);
        this.code = code;
        this.name = name;
    }

    /// Reads code and name from a text such as `Code: 62. DB::Exception: Syntax error … (SYNTAX_ERROR)`.
    static EngineException of(String text) {
        int code = 0;
        String rest = text.strip();
        Matcher matcher = CODE.matcher(rest);
        if (matcher.find()) {
            code = parse(matcher.group(1));
            rest = rest.substring(matcher.end());
        }
        String name = "UNKNOWN";
        Matcher nameMatcher = NAME.matcher(rest);
        if (nameMatcher.find()) {
            name = nameMatcher.group(1);
            rest = rest.substring(0, nameMatcher.start());
        }
        return new EngineException(code, name, rest.strip());
    }

    private static int parse(String digits) {
        return digits.length() > 9 ? 0 : Integer.parseInt(digits);
    }

    /// Error code of ClickHouse, or 0 when the text had none.
    public int code() {
        return code;
    }

    /// Name of the error code, such as `SYNTAX_ERROR`.
    public String name() {
        return name;
    }

    /// True when the same statement may succeed later, because a resource was short and not the statement wrong.
    public boolean isRetriable() {
        return code == 0 || RETRIABLE.contains(code);
    }
}
