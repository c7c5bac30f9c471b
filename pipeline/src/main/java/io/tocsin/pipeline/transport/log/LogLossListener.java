package io.tocsin.pipeline.transport.log;

/// Is told what a consumer loses, while it can still be read: to count it by source, or to put it
/// elsewhere.
@FunctionalInterface
public interface LogLossListener {
    /// Called before the consumer is moved forward and before anything is deleted, by a thread of the log. Should
    /// the process die in between, it is called again for the same records. Append to the same log with
    /// [DurableLog#appendReserved] only: waiting for room here would wait for itself.
    ///
    /// @param loss what is lost
    /// @param records reads from the start of the loss on, also beyond its end; closed by the caller
    void lost(LogLoss loss, LogReader records);
}
