package io.tocsin.pipeline.transport.log;

import java.util.Locale;

/// What happens to events when a buffer on disk has reached its limit, or its disk the reserve.
public enum WhenFull {
    /// Whoever appends waits: connectors stop reading, acknowledgements stay away, nothing is lost. The default of
    /// every input that can wait.
    BLOCK,

    /// The oldest events that nobody has read make room for new ones. They are counted exactly.
    DROP_OLDEST,

    /// New events are let go until there is room, and counted exactly. The default of UDP, which loses events
    /// anyway when nobody reads, but without count.
    DROP_NEWEST;

    /// As it stands in resources: `block`, `drop-oldest`, `drop-newest`.
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// Reads what [#text()] gives.
    ///
    /// @throws IllegalArgumentException when it is none of them
    public static WhenFull of(String text) {
        for (WhenFull value : values()) {
            if (value.text().equals(text)) {
                return value;
            }
        }
        throw new IllegalArgumentException("policy must be block, drop-oldest or drop-newest [whenFull=" + text + "]");
    }
}
