package io.tocsin.core.alert;

/// Port: hears of correlation hits inside the transaction that takes them, so that what it writes is durable with them
/// or not at all.
///
/// Thread-safety: calls come one after another.
public interface HitListener {
    /// A new finding was taken: one that made or joined an alert, or one without alert. Findings that exceptions keep
    /// away, and repetitions that are known, are not told; those without alert may be told again.
    void found(CorrelationHit hit);

    /// A finding was retracted.
    void retracted(CorrelationHit hit);

    /// The transaction is durable; called outside of it.
    void committed();
}
