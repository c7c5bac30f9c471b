package io.tocsin.app.fault;

import java.io.IOException;
import java.time.Duration;

/// One way in which an installation breaks while events come in.
public interface FaultScenario {
    /// What it is called on the command line: small letters and dashes.
    String name();

    /// What breaks, in a sentence.
    String what();

    /// How long it may take, from the end of the fault on, until it is as before: see [#recoversWhen()].
    Duration bound();

    /// What is waited for.
    default Recovery recoversWhen() {
        return Recovery.ACKNOWLEDGED;
    }

    /// What is waited for after a fault.
    enum Recovery {
        /// The sender gets acknowledgements again.
        ACKNOWLEDGED,
        /// Events that were sent after the fault can be searched.
        STORED
    }

    /// Why it cannot run on this machine, empty when it can.
    default String obstacle() {
        return "";
    }

    /// Breaks something and mends it again; events come in all the time. Whatever is still broken afterwards must mend
    /// by itself.
    ///
    /// @throws IOException when the fault itself could not be made
    void run(FaultSite site) throws IOException, InterruptedException;
}
