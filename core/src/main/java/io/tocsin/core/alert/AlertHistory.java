package io.tocsin.core.alert;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Writes down what happened to an alert, inside the transaction that made it happen.
public final class AlertHistory {
    /// A person asked for a response, which is the new value.
    public static final String RESPONSE = "response";

    private AlertHistory() {}

    /// @param accountId who did it; null for the system
    public static void add(
            JdbcClient writer,
            String alertId,
            long time,
            @Nullable String accountId,
            String change,
            @Nullable String from,
            @Nullable String to) {
        writer.sql("INSERT INTO alert_history (alert_id, time, account_id, change, old_value, new_value)"
                        + " VALUES (?, ?, ?, ?, ?, ?)")
                .param(alertId)
                .param(time)
                .param(accountId)
                .param(change)
                .param(from)
                .param(to)
                .update();
    }
}
