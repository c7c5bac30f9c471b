package io.tocsin.pipeline.assemble;

/// What a line says about the group that it belongs to. Filled anew for each line.
///
/// Thread-safety: one thread.
final class Part {
    /// What a line means for its group.
    enum Role {
        /// One of several.
        PART,
        /// Nothing is expected to come before it: an open group of the key ends, this line begins the next one.
        START,
        /// The group is whole with it, if nothing is known to be missing.
        END,
        /// The group is whole with it whatever is missing.
        SINGLE,
        /// Says that the group has ended and nothing else; of no use once the group is gone.
        END_MARK
    }

    /// Who sent it, as the line says; empty: the peer tells.
    String sender = "";
    /// The group among those of the sender.
    String key = "";
    Role role = Role.PART;
    /// When it happened, milliseconds since the epoch, or -1 when the line does not say.
    long timeMillis = -1;
    /// Place in the group for those who want order, or -1.
    long order = -1;
    /// Parts that the group needs, or -1 when the line does not say.
    int expected = -1;
    /// True when the line is one of those that [#expected] counts.
    boolean counted = true;
    /// Running number of the group at its sender, or -1: gaps are counted.
    long serial = -1;

    void clear() {
        sender = "";
        key = "";
        role = Role.PART;
        timeMillis = -1;
        order = -1;
        expected = -1;
        counted = true;
        serial = -1;
    }
}
