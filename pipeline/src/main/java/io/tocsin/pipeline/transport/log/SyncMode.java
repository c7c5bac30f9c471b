package io.tocsin.pipeline.transport.log;

import java.util.Locale;

/// Durability level: says when appended records are forced to the disk, and so what an acknowledgement
/// is worth.
///
/// In every mode a record survives the death of the process as soon as `append` returned.
///
/// | level | acknowledged after | survives `kill -9` | survives loss of power |
/// |---|---|---|---|
/// | `none` | `append` | yes | no: never forced while running |
/// | `os` | `append` | yes | all but the last interval |
/// | `group` | a force shared by all who wait | yes | yes |
/// | `each` | a force before `append` returns | yes | yes, also what nobody waits for |
public enum SyncMode {
    /// Never forced while running: survives the process, not the machine. `awaitSynced` returns at once and
    /// consumers see records as soon as they are written.
    NONE,

    /// Forced at a fixed interval, and nobody waits for it: `awaitSynced` returns at once, a loss of power costs up
    /// to an interval of acknowledged records. Consumers see a record after it was forced.
    OS,

    /// Forced as soon as somebody waits for it, all waiting appenders together, and at the interval otherwise.
    /// Consumers see a record after it was forced.
    GROUP,

    /// Forced before `append` returns. Should the disk not confirm within the caller's time, `append` returns all
    /// the same, since the record must not be appended again; `awaitSynced` tells whether it is safe.
    EACH;

    /// As it stands in settings: `none`, `os`, `group`, `each`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Reads what [#text()] gives.
    ///
    /// @throws IllegalArgumentException when it is none of them
    public static SyncMode of(String text) {
        for (SyncMode mode : values()) {
            if (mode.text().equals(text)) {
                return mode;
            }
        }
        throw new IllegalArgumentException("durability must be none, os, group or each [durability=" + text + "]");
    }

    /// True when an acknowledgement waits for a force.
    boolean waits() {
        return this == GROUP || this == EACH;
    }
}
