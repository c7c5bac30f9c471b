package io.tocsin.pipeline.transport.log;

/// Events of a log that a destination will never get, for the alarm. The ledger is told on its own, by what is
/// delivered in their place.
///
/// @param consumer whose events they were; for damage, who came across it first
/// @param reason why
/// @param events how many; for damage at most so many, because a record without events counts as one
/// @param aboutMillis when they were appended, epoch milliseconds; 0 when nobody knows
/// @param detail where, and what is left of them, for people
public record LostEvents(String consumer, Reason reason, long events, long aboutMillis, String detail) {
    /// Why events are lost.
    public enum Reason {
        /// The disk has destroyed or does not give back what holds them.
        DAMAGED("damaged"),

        /// The receiver refuses them for good; they lie in a folder.
        DEAD_LETTER("dead-letter"),

        /// The receiver asks for them again and the log does not hold them any more.
        UNAVAILABLE("unavailable");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /// The reason in the ledger.
        public String text() {
            return text;
        }
    }
}
