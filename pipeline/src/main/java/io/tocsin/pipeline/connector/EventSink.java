package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.util.List;
import java.util.function.Consumer;

/// Takes the texts of events from a connector, in runs: `begin`, any number of `accept` and `reject`, `end`. What
/// one thread hands to one sink stays in order.
///
/// A run is what was read at once: it has one time of reception, and the sink is locked for it. Keep it short, and
/// never wait for the source inside. Any call may block for as long as the durable log has no room; that is how
/// back-pressure reaches the source.
///
/// Thread-safety: any thread; runs exclude each other.
public interface EventSink {
    /// Begins a run: everything accepted until [#end()] was received now.
    void begin();

    /// Takes one event. The bytes are copied.
    ///
    /// @param length bytes, at least 1
    /// @param flags 0 or `EventBatch.FLAG_CUT`
    void accept(EntryOrigin origin, byte[] buffer, int offset, int length, int flags);

    /// Takes one event that enters here and has an identifier already, which follows from what its sender said
    /// of it: sent twice, it has the same one. A text that holds several events gives them identifiers that
    /// follow from this one.
    ///
    /// @param idHigh together with `idLow` not 0
    /// @param flags 0 or `EventBatch.FLAG_CUT`
    void accept(EntryOrigin origin, long idHigh, long idLow, byte[] buffer, int offset, int length, int flags);

    /// Takes one event that has an identifier and a time of reception already, because it entered the system
    /// elsewhere or lies in a queue under a name of its own. Both are kept. A text that holds several events gives
    /// them identifiers that follow from this one.
    ///
    /// @param receivedNanos when it entered, nanoseconds since 1970
    /// @param hops the collectors that passed it on since, oldest first; this one is added
    /// @param flags 0, `EventBatch.FLAG_CUT`, `EventBatch.FLAG_REPLAYED`
    void accept(
            EntryOrigin origin,
            long idHigh,
            long idLow,
            long receivedNanos,
            List<String> hops,
            byte[] buffer,
            int offset,
            int length,
            int flags);

    /// Takes, within a run, a whole batch in the batch format: events of another collector that are normalized
    /// already. They keep everything they have, and the ledger of the batch travels on with them; the stages of
    /// this collector look at them.
    ///
    /// @param flags 0 or `EventBatch.FLAG_REPLAYED`
    /// @return how many events it holds
    /// @throws io.tocsin.event.BatchFormatException when it is damaged; nothing of it was taken
    /// then
    int acceptBatch(byte[] encoded, int offset, int length, int flags);

    /// Says, within a run, that what comes next under an origin is another stream than before: a file that took the
    /// name of a rotated one.
    default void streamBegins(EntryOrigin origin) {}

    /// Shows, within a run, a text of a stream that is received no more, because an earlier process did: formats
    /// that learn from texts, such as the first line of a file, know it then. It is no event.
    default void known(EntryOrigin origin, byte[] buffer, int offset, int length) {}

    /// Counts events that arrived but could not be kept.
    ///
    /// @param reason why, a few words that stay the same
    /// @param events how many, at least 1
    void reject(EntryOrigin origin, String reason, long events);

    /// Ends the run. Must be called once for each `begin`, whatever happened between.
    void end();

    /// Ends the run, closes the batch behind it, and calls `durable` from another thread as soon as all events
    /// accepted so far by this sink are synced to disk, with the place in the log behind the last of them: none of
    /// this sink's later events lies before that place. Never called when that does not happen before the process
    /// ends.
    void end(Consumer<LogPosition> durable);
}
