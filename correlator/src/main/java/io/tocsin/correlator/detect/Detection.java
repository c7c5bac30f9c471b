package io.tocsin.correlator.detect;

import java.util.List;

/// A finding over given events.
///
/// @param rule Sigma id, or name of an own rule
/// @param level as the rule's format calls it
/// @param timeMillis event time of the last event, milliseconds since the epoch
/// @param key values of the identical fields, in their order; empty for rules without a key
/// @param summary one line with actual values
/// @param events numbers of the events that made it fire, in order of time: 0 is the first event handed in
public record Detection(
        String rule, String title, String level, long timeMillis, List<String> key, String summary, List<Long> events) {
    public Detection {
        key = List.copyOf(key);
        events = List.copyOf(events);
    }
}
