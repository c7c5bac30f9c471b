package io.tocsin.storage.search;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Forms in which an answer is written.
public enum AnswerFormat {
    /// One JSON object: columns, rows as arrays, statistics.
    JSON("application/json", "JSONCompactEachRowWithNamesAndTypes"),
    /// One JSON object a line, keys are column names.
    NDJSON("application/x-ndjson", "JSONEachRow"),
    /// RFC 4180 with a line of column names.
    CSV("text/csv; charset=utf-8", "CSVWithNames");

    private final String contentType;
    private final String engineFormat;

    AnswerFormat(String contentType, String engineFormat) {
        this.contentType = contentType;
        this.engineFormat = engineFormat;
    }

    public String contentType() {
        return contentType;
    }

    /// Name of the output format of the engine. It is applied to each piece of an answer on its own.
    String engineFormat() {
        return engineFormat;
    }

    /// Lines before the first row of each piece.
    int headerLines() {
        return switch (this) {
            case JSON -> 2;
            case NDJSON -> 0;
            case CSV -> 1;
        };
    }

    /// The format with this name in lower case, or null.
    public static @Nullable AnswerFormat ofName(String name) {
        for (AnswerFormat format : values()) {
            if (format.name().toLowerCase(Locale.ROOT).equals(name)) {
                return format;
            }
        }
        return null;
    }
}
