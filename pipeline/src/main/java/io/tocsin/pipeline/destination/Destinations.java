package io.tocsin.pipeline.destination;

import io.tocsin.config.ComponentSpec;
import java.util.List;

/// The kinds of destinations, by id. A new kind is one file and one line here; help, validation, schema and manual
/// follow from it.
public final class Destinations {
    public static final List<ComponentSpec<? extends DestinationConfig>> ALL = List.of(
            ServiceDestination.CORRELATOR,
            FileDestination.SPEC,
            HttpDestination.SPEC,
            ServiceDestination.INTERNAL,
            KafkaDestination.SPEC,
            NatsJetstreamDestination.SPEC,
            ServiceDestination.ROUTER,
            ServiceDestination.STORAGE,
            TcpDestination.SPEC);

    private Destinations() {}
}
