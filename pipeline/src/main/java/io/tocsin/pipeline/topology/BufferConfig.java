package io.tocsin.pipeline.topology;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueTypes;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.SyncMode;
import io.tocsin.pipeline.transport.log.WhenFull;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A buffer on disk as its resource says: `kind: buffer`, `name`, `spec`. Every key may be changed while the
/// service runs.
///
/// @param options limits and durability level of the log
/// @param whenFull policies by name of a collector or type of its connector
public record BufferConfig(LogOptions options, Map<String, WhenFull> whenFull) {
    /// What `kind` says.
    public static final String KIND = "buffer";

    /// Connectors whose senders neither wait nor repeat.
    private static final String DATAGRAMS = "udp";

    /// A log that is smaller than the usual has this many segments.
    private static final int SMALL_LOG_SEGMENTS = 8;

    private static final Duration LONGEST_AGE = Duration.ofDays(3650);

    /// The part under `spec` as it was written.
    private record Written(
            SyncMode durability,
            Duration syncInterval,
            ByteSize maxSize,
            @Nullable Duration maxAge,
            @Nullable ByteSize segmentSize,
            @Nullable ByteSize reserve,
            Map<String, WhenFull> whenFull) {}

    private static final ConfigSpec<Written> WRITTEN =
            ConfigSpec.of(KIND, "Keeps events on disk until every destination has taken them.", keys -> {
                var durability = keys.choice(
                                "durability",
                                "When events are forced to disk, and so what an acknowledgement is worth: none, os, group or each.",
                                SyncMode.class)
                        .defaultTo(SyncMode.GROUP);
                var syncInterval = keys.duration(
                                "syncInterval",
                                "How often it is forced when nobody waits for it.",
                                Duration.ofMillis(1),
                                Duration.ofMinutes(1))
                        .defaultTo(Duration.ofMillis(50));
                var maxSize = keys.size(
                                "maxSize",
                                "Bytes on disk at which it is full; the policy then decides.",
                                ByteSize.ofMebibytes(1),
                                ByteSize.ofGibibytes(1 << 20))
                        .defaultTo(ByteSize.ofGibibytes(10));
                var maxAge = keys.duration(
                                "maxAge",
                                "How long events wait for a destination before they are let go unread, and counted; without it for ever.",
                                Duration.ofMinutes(1),
                                LONGEST_AGE)
                        .optional();
                var segmentSize = keys.size(
                                "segmentSize",
                                "Size of one file. Space is given back file by file. Without it 64MiB, or an eighth of maxSize when that is less.",
                                ByteSize.ofKibibytes(64),
                                ByteSize.ofGibibytes(1))
                        .optional();
                var reserve = keys.size(
                                "reserve",
                                "Space on the disk that events leave free, for checkpoints, events about the service itself and its orderly end; without it what --reserve-megabytes says.",
                                new ByteSize(0),
                                ByteSize.ofGibibytes(1 << 20))
                        .optional();
                var whenFull = keys.mapping(
                                "whenFull",
                                "What becomes of events when it is full, by type of connector or name of a collector: block, drop-oldest or drop-newest. Without it udp drops the newest, everything else blocks.",
                                ValueTypes.choice(WhenFull.class))
                        .defaultTo(Map.of());
                return values -> new Written(
                        values.get(durability),
                        values.get(syncInterval),
                        values.get(maxSize),
                        values.get(maxAge),
                        values.get(segmentSize),
                        values.get(reserve),
                        values.get(whenFull));
            });

    public BufferConfig {
        whenFull = Map.copyOf(whenFull);
    }

    /// The table of the keys under `spec`, for help, forms and the manual.
    public static ConfigSpec<?> spec() {
        return WRITTEN;
    }

    /// Without a resource.
    public static BufferConfig of(LogOptions options) {
        return new BufferConfig(options, Map.of());
    }

    /// Reads one resource.
    ///
    /// @param resource a whole document with `kind: buffer`
    /// @param defaults longest record, and the reserve when the resource does not name one
    /// @return null after at least one problem was added
    public static @Nullable BufferConfig read(ConfigNode.Mapping resource, LogOptions defaults, Problems problems) {
        ConfigNode spec = resource.get("spec");
        if (spec == null) {
            problems.add(resource.position(), "key is missing [key=spec]");
            return null;
        }
        Written written = WRITTEN.read(spec, problems);
        if (written == null) {
            return null;
        }
        try {
            LogOptions options = new LogOptions(
                    written.durability(),
                    written.syncInterval(),
                    written.segmentSize() == null
                            ? Math.min(
                                    LogOptions.defaults().segmentBytes(),
                                    written.maxSize().bytes() / SMALL_LOG_SEGMENTS)
                            : written.segmentSize().bytes(),
                    written.maxSize().bytes(),
                    written.reserve() == null
                            ? defaults.reserveBytes()
                            : written.reserve().bytes(),
                    defaults.maxRecordBytes(),
                    written.maxAge() == null ? Duration.ZERO : written.maxAge());
            return new BufferConfig(options, written.whenFull());
        } catch (IllegalArgumentException e) {
            problems.add(spec.position(), String.valueOf(e.getMessage()));
            return null;
        }
    }

    /// What becomes of the events of a collector when the buffer is full.
    ///
    /// @param connector type of its connector
    public WhenFull policy(String collector, String connector) {
        WhenFull named = whenFull.get(collector);
        return named == null ? whenFull.getOrDefault(connector, defaultPolicy(connector)) : named;
    }

    /// What becomes of events of a connector when nobody says otherwise: senders of datagrams do not wait, so the
    /// newest are let go and counted; everybody else is made to wait.
    static WhenFull defaultPolicy(String connector) {
        return isDatagrams(connector) ? WhenFull.DROP_NEWEST : WhenFull.BLOCK;
    }

    static boolean isDatagrams(String connector) {
        return connector.equals(DATAGRAMS);
    }
}
