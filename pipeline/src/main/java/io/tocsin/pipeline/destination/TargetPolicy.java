package io.tocsin.pipeline.destination;

/// Which of several peers gets the next packet.
public enum TargetPolicy {
    /// Stays with one as long as it works, then goes on to the next.
    ANY,
    /// The first that works, in the order in which they are written; goes back as soon as an
    /// earlier one works again.
    PREFER_FIRST,
    /// All that work: each packet goes where the least is waiting; peers that answer slowly get
    /// less.
    BALANCED
}
