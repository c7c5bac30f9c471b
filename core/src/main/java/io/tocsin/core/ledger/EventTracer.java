package io.tocsin.core.ledger;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.ledger.EventTrace.Hop;
import io.tocsin.core.ledger.EventTrace.Status;
import io.tocsin.core.storage.StoredEvents;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Puts together where an event is: storage, the logs of this process and of others, and what was
/// refused.
///
/// Thread-safety: any thread.
final class EventTracer {
    private static final String STORAGE = "storage";
    private static final String COLUMNS = "toUnixTimestamp64Milli(Timestamp), ServiceName, ConnectorName,"
            + " if(EntryAddress != '', concat(EntryAddress, ' ', toString(EntryPort)), EntryPath),"
            + " toUnixTimestamp64Milli(StoredTime), Hops";

    private final StoredEvents stored;
    private final LedgerView view;

    EventTracer(StoredEvents stored, LedgerView view) {
        this.stored = stored;
        this.view = view;
    }

    /// @throws ApiException when storage cannot be asked and no log has the event
    EventTrace trace(UUID id) {
        LogPlaces places = view.find(id, StoredEvents.madeAtMillis(id));
        JsonNode row;
        try {
            row = stored.find(COLUMNS, id).path("rows").path(0);
        } catch (ApiException storageAway) {
            if (places.places().isEmpty() && places.deadLetters().isEmpty()) {
                throw storageAway;
            }
            return trace(id, places, null, true);
        }
        return trace(id, places, row.isMissingNode() ? null : row, false);
    }

    private static EventTrace trace(UUID id, LogPlaces places, @Nullable JsonNode row, boolean storageAway) {
        List<Hop> hops = new ArrayList<>();
        Long received = StoredEvents.madeAtMillis(id);
        if (row != null) {
            received = row.path(0).asLong();
            String from = row.path(3).asString("");
            hops.add(new Hop(
                    "received",
                    row.path(1).asString("") + " (" + row.path(2).asString("") + ")"
                            + (from.isEmpty() ? "" : " from " + from),
                    received,
                    true));
            addPassed(row.path(5), hops);
        } else if (!places.places().isEmpty()) {
            LogPlaces.Place first = places.places().getFirst();
            received = first.receivedMillis();
            hops.add(new Hop("received", first.route(), received, true));
        }
        for (LogPlaces.Place place : places.places()) {
            hops.add(new Hop("logged", place.log() + " at " + place.position(), place.appendedMillis(), true));
            for (LogPlaces.Consumer consumer : place.consumers()) {
                boolean isStored = consumer.name().equals(STORAGE) && row != null;
                if (!isStored) {
                    hops.add(new Hop(consumer.name(), place.log(), null, consumer.dealtWith()));
                }
            }
        }
        for (String file : places.deadLetters()) {
            hops.add(new Hop("dead-letter", file, null, true));
        }
        if (row != null) {
            hops.add(new Hop("stored", STORAGE, row.path(4).asLong(), true));
        }
        Status status = row != null
                ? Status.STORED
                : !places.deadLetters().isEmpty()
                        ? Status.DEAD_LETTER
                        : places.places().isEmpty() ? Status.UNKNOWN : Status.IN_FLIGHT;
        return new EventTrace(id.toString(), status, explanation(status, places, received, storageAway), hops);
    }

    /// Adds the collectors that passed the event on after its entry, each with the time at which it
    /// was done with it.
    ///
    /// @param passed as the event has them: name, time in and time out
    private static void addPassed(JsonNode passed, List<Hop> hops) {
        for (JsonNode each : passed) {
            String text = each.asString("");
            int out = text.lastIndexOf(' ');
            int in = out < 0 ? -1 : text.lastIndexOf(' ', out - 1);
            if (in > 0) {
                hops.add(new Hop("passed", text.substring(0, in), millis(text.substring(out + 1)), true));
            }
        }
    }

    private static @Nullable Long millis(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException notATime) {
            return null;
        }
    }

    private static String explanation(Status status, LogPlaces places, @Nullable Long made, boolean storageAway) {
        String notAsked = places.notAsked().isEmpty() || status == Status.STORED
                ? ""
                : "; could not be asked: " + String.join(", ", places.notAsked());
        return explained(status, places, made, storageAway) + notAsked;
    }

    private static String explained(Status status, LogPlaces places, @Nullable Long made, boolean storageAway) {
        return switch (status) {
            case STORED -> "the event is in storage";
            case DEAD_LETTER -> "a delivery that holds the event was refused for good and put aside";
            case IN_FLIGHT ->
                storageAway
                        ? "the event is in a log; storage does not answer at the moment"
                        : waitsForStorage(places)
                                ? "the event is in a log and waits for storage"
                                : "the event is in a log and does not go to storage, or was joined or folded into another";
            case UNKNOWN ->
                "nobody here has an event of this identifier"
                        + (made == null ? "" : ", made " + Instant.ofEpochMilli(made))
                        + ": what is filtered, folded into another event or rejected is counted in the ledger of its minute, not"
                        + " kept; it may lie with a broker or with services that are not named in TOCSIN_COLLECTORS and"
                        + " TOCSIN_ROUTERS, or be older than the retention"
                        + (places.complete() ? "" : "; the logs hold too much to look through all of it now");
        };
    }

    private static boolean waitsForStorage(LogPlaces places) {
        return places.places().stream()
                .flatMap(place -> place.consumers().stream())
                .anyMatch(consumer -> consumer.name().equals(STORAGE) && !consumer.dealtWith());
    }
}
