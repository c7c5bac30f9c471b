package io.tocsin.core.collector;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What one stage of a collector did since the start.
///
/// @param name unique within its collector
/// @param type kind of the stage
/// @param received events that came to it
/// @param sent events that it let go on, those that it made included
/// @param dropped events that ended there, by reason
/// @param errors events on which it failed; they went on as they were
/// @param millis time spent, estimated from a sample; null for a stage that mostly waits for others
/// @param details what this kind of stage counts besides, by name
public record StageState(
        String name,
        String type,
        long received,
        long sent,
        Map<String, Long> dropped,
        long errors,
        @Nullable Double millis,
        Map<String, Long> details) {
    public StageState {
        dropped = Map.copyOf(dropped);
        details = Map.copyOf(details);
    }
}
