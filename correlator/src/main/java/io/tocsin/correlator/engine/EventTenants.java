package io.tocsin.correlator.engine;

import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Says whose an event is. Events of one tenant mostly come one after another, so the text is made once
/// for them.
///
/// Thread-safety: one thread.
final class EventTenants {
    private byte[] last = {};
    private String lastText = "";

    EventTenants() {}

    /// Value of `TenantID`, empty when there is none.
    String of(Event event) {
        long span = event.span(Field.TENANT_ID);
        if (span < 0) {
            return "";
        }
        int from = EventBatch.spanOffset(span);
        int to = from + EventBatch.spanLength(span);
        if (!Arrays.equals(last, 0, last.length, event.arena(), from, to)) {
            last = Arrays.copyOfRange(event.arena(), from, to);
            lastText = new String(last, StandardCharsets.UTF_8);
        }
        return lastText;
    }
}
