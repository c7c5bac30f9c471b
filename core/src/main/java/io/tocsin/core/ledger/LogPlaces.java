package io.tocsin.core.ledger;

import java.util.List;

/// Where an event lies outside storage, as far as it was looked for.
///
/// @param places in logs of this process and of others, oldest first
/// @param deadLetters files of deliveries that were refused for good and that hold it
/// @param complete false: there was too much to look through all of it
/// @param notAsked services that may hold it and could not be asked, each with the reason
public record LogPlaces(List<Place> places, List<String> deadLetters, boolean complete, List<String> notAsked) {
    public static final LogPlaces NONE = new LogPlaces(List.of(), List.of(), true, List.of());

    public LogPlaces {
        places = List.copyOf(places);
        deadLetters = List.copyOf(deadLetters);
        notAsked = List.copyOf(notAsked);
    }

    /// The batch in a log that holds the event.
    ///
    /// @param log name of the log
    /// @param route name of the service that made the batch
    /// @param position of the batch in the log
    /// @param receivedMillis epoch ms of the reception of the event
    /// @param appendedMillis epoch ms when the batch was put into the log
    /// @param consumers who reads this log
    public record Place(
            String log,
            String route,
            String position,
            long receivedMillis,
            long appendedMillis,
            List<Consumer> consumers) {
        public Place {
            consumers = List.copyOf(consumers);
        }
    }

    /// A reader of the log.
    ///
    /// @param dealtWith whether it has dealt with the batch; a batch that nobody waits for is deleted
    ///     in time
    public record Consumer(String name, boolean dealtWith) {}
}
