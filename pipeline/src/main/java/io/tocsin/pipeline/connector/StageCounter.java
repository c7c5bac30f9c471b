package io.tocsin.pipeline.connector;

/// Everything a collector counts on the way from the source to the log. The name of a metric is
/// `tocsin_collector_` and the name here in lower case.
public enum StageCounter {
    CONNECTIONS("Connections accepted, or files opened."),
    CONNECTIONS_REFUSED("Connections closed at once because there were too many."),
    CONNECTION_ERRORS("Failures of accepting or reading."),
    FRAMING_ERRORS("Streams given up because they broke their framing."),
    STALLED_EVENTS("Connections closed because an event, of which much had come, did not end in time."),
    EMPTY_LINES("Empty lines, which are ignored."),
    SPLIT_LINES("Lines longer than the limit that became several events."),
    HEALTH_PROBES(
            "Connections that ended before their PROXY header or TLS handshake began, as checks of load balancers do."),
    PROXY_HEADER_ERRORS(
            "Connections or datagrams refused because their PROXY header was missing, wrong or not trusted."),
    TLS_ERRORS(
            "Connections closed because the TLS handshake failed or took too long, or the certificate was revoked later."),
    PLAINTEXT_ON_TLS("Connections to a TLS port that did not speak TLS."),
    TLS_ON_PLAINTEXT("Connections to a plain port that spoke TLS."),
    REQUESTS("Requests of HTTP senders that were answered, and windows of Beats that were acknowledged."),
    REQUESTS_REFUSED("Requests refused: without right, not understood, or larger than allowed."),
    REQUESTS_SENT_AWAY("Requests answered with a plea to come back later, because the log had no room in time."),
    RECEIVED_BYTES("Bytes read from sources."),
    RECEIVED_EVENTS("Events received."),
    MESSAGES_WITHOUT_EVENTS("Messages that held no event, such as templates of flow exporters."),
    PASSED_OVER_MESSAGES("Messages of a queue that are meant for other collectors, or hold nothing."),
    DAMAGED_MESSAGES("Messages of a queue that could not be understood and were put aside."),
    LOST_MESSAGES(
            "Messages that a queue had deleted before they were read, because they were older than it keeps or it was"
                    + " full."),
    REPLAYED_EVENTS("Events that were read once more on purpose."),
    SEQUENCE_GAPS("Messages that did not come, by the numbers that senders give theirs (meta.sequenceId of RFC 5424)."),
    CUT_EVENTS("Events longer than the limit, or ended by their stream."),
    NOT_UNDERSTOOD_EVENTS("Events that no parser understood; they are kept."),
    PARTIAL_EVENTS("Events understood of which some value could not be read or was cut; they say which."),
    NORMALIZER_ERRORS("Events on which the normalizer failed with an exception; they are kept."),
    FILTERED_EVENTS("Events dropped by the filter."),
    AGGREGATED_EVENTS("Events that became part of another one: lines that were joined, events that were folded."),
    REJECTED_EVENTS("Events that arrived and could not be kept."),
    LOGGED_EVENTS("Events appended to the durable log."),
    LOGGED_BATCHES("Batches appended to the durable log."),
    LOGGED_BYTES("Bytes appended to the durable log."),
    APPEND_RETRIES("Times that the log had no room for a batch, or failed, and appending was tried again."),
    ABANDONED_EVENTS("Events that had to be let go at the end because the log did not take them in time.");

    private final String sentence;

    StageCounter(String sentence) {
        this.sentence = sentence;
    }

    /// What is counted, for people.
    public String sentence() {
        return sentence;
    }
}
