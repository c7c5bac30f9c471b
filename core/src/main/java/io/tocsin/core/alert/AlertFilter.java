package io.tocsin.core.alert;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.TimeText;
import io.tocsin.core.user.CurrentUser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The filters of the alert queue as SQL conditions with parameters. Texts of users only ever become parameters.
///
/// Thread-safety: one thread.
final class AlertFilter {
    private static final int MAX_TEXT = 500;

    private final List<String> statuses = new ArrayList<>();
    private final List<String> conditions = new ArrayList<>();
    private final List<Object> parameters = new ArrayList<>();

    AlertFilter status(@Nullable String list) {
        for (String status : split(list)) {
            try {
                statuses.add(AlertStatus.of(status).toString());
            } catch (IllegalArgumentException _) {
                throw ApiException.invalid("status", "must be of " + Arrays.toString(AlertStatus.values()));
            }
        }
        return this;
    }

    AlertFilter priority(@Nullable String list) {
        List<String> priorities = split(list);
        if (!priorities.stream().allMatch(priority -> priority.matches("[1-4]"))) {
            throw ApiException.invalid("priority", "must be of 1, 2, 3, 4");
        }
        anyOf("priority", priorities.stream().map(Integer::valueOf).toList());
        return this;
    }

    AlertFilter assignee(@Nullable String list, CurrentUser user) {
        List<String> assignees = split(list);
        List<String> ids = assignees.stream()
                .filter(id -> !id.equals("none"))
                .map(id -> id.equals("me") ? user.id() : id)
                .toList();
        if (assignees.contains("none")) {
            conditions.add("(assignee_id IS NULL" + (ids.isEmpty() ? ")" : " OR assignee_id IN (" + marks(ids) + "))"));
            parameters.addAll(ids);
        } else {
            anyOf("assignee_id", ids);
        }
        return this;
    }

    AlertFilter rule(@Nullable String list) {
        anyOf("rule_id", split(list));
        return this;
    }

    /// Alerts whose name, summary or entities contain `text`, whatever its case (of ASCII letters).
    AlertFilter text(@Nullable String text) {
        if (text != null && !text.isBlank()) {
            if (text.length() > MAX_TEXT) {
                throw ApiException.invalid("q", "is too long");
            }
            String pattern =
                    "%" + text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
            conditions.add("(alert.name LIKE ? ESCAPE '\\' OR summary LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM"
                    + " json_each(entities) WHERE json_extract(json_each.value, '$.value') LIKE ? ESCAPE '\\'))");
            parameters.addAll(List.of(pattern, pattern, pattern));
        }
        return this;
    }

    /// Alerts that were last seen in `[from, to)`.
    AlertFilter lastSeen(@Nullable String from, @Nullable String to) {
        Long since = TimeText.parse("from", from);
        Long until = TimeText.parse("to", to);
        if (since != null) {
            conditions.add("last_seen >= ?");
            parameters.add(since);
        }
        if (until != null) {
            conditions.add("last_seen < ?");
            parameters.add(until);
        }
        return this;
    }

    /// The condition without the one on status, for counts by status.
    String sqlWithoutStatus() {
        return conditions.isEmpty() ? "1" : String.join(" AND ", conditions);
    }

    List<Object> parametersWithoutStatus() {
        return parameters;
    }

    String sql() {
        return statuses.isEmpty()
                ? sqlWithoutStatus()
                : sqlWithoutStatus() + " AND status IN (" + marks(statuses) + ")";
    }

    List<Object> parameters() {
        return Stream.concat(parameters.stream(), statuses.stream()).toList();
    }

    private void anyOf(String column, List<?> values) {
        if (!values.isEmpty()) {
            conditions.add(column + " IN (" + marks(values) + ")");
            parameters.addAll(values);
        }
    }

    private static String marks(List<?> values) {
        return values.stream().map(_ -> "?").collect(Collectors.joining(","));
    }

    private static List<String> split(@Nullable String list) {
        if (list == null) {
            return List.of();
        }
        List<String> values = Arrays.stream(list.split(",", -1))
                .map(String::strip)
                .filter(value -> !value.isEmpty())
                .distinct()
                .toList();
        if (values.size() > 100) {
            throw ApiException.invalid("filter", "has too many values");
        }
        return values;
    }
}
