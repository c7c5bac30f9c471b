package io.tocsin.core.response;

import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.event.Field;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Shows what a response would do for a correlation event, without doing it.
public final class ResponseTrial {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final String NO_RUN = "0".repeat(32);

    private ResponseTrial() {}

    /// Names and texts in order, secrets left out.
    public static Map<String, String> rendered(ResponseRule rule, ObjectNode event) {
        return rule.action().rendered(new FiredEvent(NO_RUN, rule.name(), text(event, Field.EXTERNAL_ID), "", event));
    }

    /// True when the event would fire the response, were it enabled.
    public static boolean fires(ResponseRule rule, ObjectNode event) {
        CorrelationHit hit = new CorrelationHit(
                NO_RUN,
                text(event, Field.CORRELATION_RULE_ID),
                text(event, Field.CORRELATION_RULE_NAME),
                Math.clamp(event.path(Field.PRIORITY.fieldName()).asInt(1), 1, 4),
                0,
                0,
                0,
                List.of(),
                List.of(),
                List.of(),
                "",
                List.of(),
                "",
                "",
                text(event, Field.DEVICE_ACTION).equals("no-alert"));
        return rule.match().mayFit(hit) && rule.match().fits(new LazyEvent(MAPPER, event.toString()));
    }

    private static String text(ObjectNode event, Field field) {
        return event.path(field.fieldName()).asString("");
    }
}
