package io.tocsin.pipeline.destination;

import io.tocsin.pipeline.destination.DestinationFigures.PeerFigures;
import io.tocsin.pipeline.destination.DestinationFigures.State;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// Writes what destinations count in the text form of OpenMetrics, for `/metrics`, without the
/// closing `# EOF`.
public final class DestinationMetrics {
    private static final String PREFIX = "tocsin_destination_";
    private static final double MILLIS_PER_SECOND = 1000;

    private DestinationMetrics() {}

    /// The metrics of all destinations of a process.
    public static String text(List<DestinationFigures> destinations) {
        StringBuilder out = new StringBuilder();
        gauge(out, destinations, "up", "1 when a peer can be reached.", one -> one.state() == State.RETRYING ? 0 : 1);
        total(out, destinations, "delivered_events", "Events that a peer has.", one -> (double) one.deliveredEvents());
        total(out, destinations, "delivered_bytes", "Bytes of them.", one -> (double) one.deliveredBytes());
        head(out, "filtered_events", "counter", "Events that were not for the destination.");
        for (DestinationFigures one : destinations) {
            for (Map.Entry<String, Long> filter : one.filtered().entrySet()) {
                sample(
                        out,
                        "filtered_events_total",
                        List.of("destination", one.name(), "filter", filter.getKey()),
                        (double) filter.getValue());
            }
        }
        total(out, destinations, "retries", "Packets that were sent again.", one -> (double) one.retries());
        total(out, destinations, "dead_letters", "Events refused for good and put aside.", one ->
                (double) one.deadLetters());
        total(out, destinations, "unreadable_records", "Records of the log that could not be decoded.", one ->
                (double) one.unreadable());
        total(out, destinations, "lost_events", "Events let go at a limit of the disk.", one ->
                (double) one.lostEvents());
        total(out, destinations, "switches", "Times that it went on to another peer.", one -> (double) one.switches());
        gauge(out, destinations, "in_flight_events", "Events on their way.", one -> (double) one.inFlightEvents());
        gauge(out, destinations, "in_flight_bytes", "Bytes of them.", one -> (double) one.inFlightBytes());
        gauge(out, destinations, "backlog_events", "Events that wait in the log.", one -> (double) one.backlogEvents());
        gauge(out, destinations, "backlog_bytes", "Bytes that wait in the log.", one -> (double) one.backlogBytes());
        gauge(
                out,
                destinations,
                "backlog_age_seconds",
                "Age of the oldest event that waits.",
                one -> one.oldestAgeMillis() / MILLIS_PER_SECOND);
        peers(
                out,
                destinations,
                "peer_up",
                "gauge",
                "1 when the peer worked when it was last tried.",
                peer -> peer.up() ? 1 : 0);
        peers(out, destinations, "peer_outstanding", "gauge", "Packets on their way to the peer.", peer ->
                (double) peer.outstanding());
        peers(out, destinations, "peer_delivered_events", "counter", "Events that the peer has.", peer ->
                (double) peer.deliveredEvents());
        peers(out, destinations, "peer_failures", "counter", "Attempts at the peer that failed.", peer ->
                (double) peer.failures());
        return out.toString();
    }

    private static void total(
            StringBuilder out,
            List<DestinationFigures> destinations,
            String name,
            String sentence,
            ToDoubleFunction<DestinationFigures> value) {
        head(out, name, "counter", sentence);
        destinations.forEach(
                one -> sample(out, name + "_total", List.of("destination", one.name()), value.applyAsDouble(one)));
    }

    private static void gauge(
            StringBuilder out,
            List<DestinationFigures> destinations,
            String name,
            String sentence,
            ToDoubleFunction<DestinationFigures> value) {
        head(out, name, "gauge", sentence);
        destinations.forEach(one -> sample(out, name, List.of("destination", one.name()), value.applyAsDouble(one)));
    }

    private static void peers(
            StringBuilder out,
            List<DestinationFigures> destinations,
            String name,
            String kind,
            String sentence,
            ToDoubleFunction<PeerFigures> value) {
        head(out, name, kind, sentence);
        String ending = kind.equals("counter") ? "_total" : "";
        for (DestinationFigures one : destinations) {
            for (PeerFigures peer : one.peers()) {
                sample(
                        out,
                        name + ending,
                        List.of("destination", one.name(), "peer", peer.url()),
                        value.applyAsDouble(peer));
            }
        }
    }

    private static void head(StringBuilder out, String name, String kind, String sentence) {
        out.append("# TYPE ")
                .append(PREFIX)
                .append(name)
                .append(' ')
                .append(kind)
                .append('\n');
        out.append("# HELP ")
                .append(PREFIX)
                .append(name)
                .append(' ')
                .append(sentence)
                .append('\n');
    }

    /// @param labels name, value, name, value, …
    private static void sample(StringBuilder out, String name, List<String> labels, double value) {
        out.append(PREFIX).append(name).append('{');
        for (int i = 0; i < labels.size(); i += 2) {
            out.append(i == 0 ? "" : ",").append(labels.get(i)).append("=\"");
            out.append(labels.get(i + 1)
                    .replace("\\", "\\\\")
                    .replace("\"", "\\\"")
                    .replace("\n", "\\n"));
            out.append('"');
        }
        out.append("} ");
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            out.append((long) value);
        } else {
            out.append(String.format(Locale.ROOT, "%.3f", value));
        }
        out.append('\n');
    }
}
