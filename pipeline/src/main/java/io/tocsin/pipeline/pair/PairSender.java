package io.tocsin.pipeline.pair;

/// The way to the other one: a connection, or a test's.
public interface PairSender {
    /// Sends when it can; never waits.
    void send(PairMessage message);

    /// Sends what is waiting, then ends.
    void close(String why);

    /// Where it leads, for people.
    String peer();
}
