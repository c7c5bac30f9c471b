package io.tocsin.core.response;

import java.util.Map;

/// What a response does. A new kind is a file and a line in [ResponseKinds#ALL].
///
/// Thread-safety: any thread; runs may go side by side.
public interface ResponseAction {
    /// What stands behind `type:`.
    String kind();

    /// True when an attempt whose end is not known, because the process died in it, is made once more. The other side
    /// then may see the same run twice, under the same identifier. False when such a run counts as failed.
    boolean isRepeatable();

    /// What would be done for the event, for people: names and texts in order, secrets left out.
    Map<String, String> rendered(FiredEvent event);

    /// Makes one attempt. Ends within the time that the configuration gives; never throws for what the other side or
    /// the event does.
    RunResult run(FiredEvent event, RunSite site) throws InterruptedException;

    /// Why it could not be done now, empty when nothing is known to be in the way.
    default String trouble(RunSite site) {
        return "";
    }
}
