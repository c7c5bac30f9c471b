package io.tocsin.pipeline.destination;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.pipeline.filter.FilterConfig;
import io.tocsin.pipeline.transport.log.ConsumerLimits;
import java.time.Duration;
import java.util.List;

/// What every destination has. Immutable.
///
/// @param type id of its kind
/// @param enabled false: it is checked, but not started; what waits for it goes on waiting
/// @param filters which events it gets, one after another; all of them without any
/// @param policy which of several peers gets a packet
/// @param format how events are written
/// @param delimiter stands behind each event, not in the format `batch`
/// @param buffer most bytes in memory and on their way
/// @param batch bytes after which a packet is sent
/// @param flushInterval a packet that is not full is sent after so long
/// @param workers packets on their way at the same time
/// @param keepOrder true: events of one source go out one after another
/// @param timeout longest time that a peer may take for a packet
/// @param checkInterval longest time until a peer that failed is tried again
/// @param disk how much of the log on the disk may wait for it
/// @param eventsPerSecond most events that are sent in a second, 0: as many as can be
public record DestinationSettings(
        String type,
        boolean enabled,
        List<FilterConfig> filters,
        TargetPolicy policy,
        EventFormat format,
        String delimiter,
        ByteSize buffer,
        ByteSize batch,
        Duration flushInterval,
        int workers,
        boolean keepOrder,
        Duration timeout,
        Duration checkInterval,
        ConsumerLimits disk,
        long eventsPerSecond) {
    private static final ByteSize LEAST_BATCH = ByteSize.ofKibibytes(1);
    private static final ByteSize LARGEST_BATCH = ByteSize.ofMebibytes(16);
    private static final ByteSize LEAST_BUFFER = ByteSize.ofKibibytes(64);
    private static final ByteSize LARGEST_BUFFER = ByteSize.ofMebibytes(512);
    private static final int MOST_WORKERS = 64;
    private static final long MOST_EVENTS_PER_SECOND = 100_000_000;

    static final ValueType<FilterConfig> FILTER = ValueTypes.nested(FilterConfig.SPEC.config());

    public DestinationSettings {
        filters = List.copyOf(filters);
    }

    /// The keys that make these settings. Make one first in the definition of a kind, and read it in the function
    /// that makes the kind's record.
    ///
    /// Thread-safety: one thread.
    public static final class Keys {
        private final String type;
        private final Key<Boolean> enabled;
        private final Key<List<FilterConfig>> filter;
        private final Key<TargetPolicy> policy;
        private final Key<EventFormat> format;
        private final Key<String> delimiter;
        private final Key<ByteSize> buffer;
        private final Key<ByteSize> batch;
        private final Key<Duration> flushInterval;
        private final Key<Integer> workers;
        private final Key<Boolean> keepOrder;
        private final Key<Duration> timeout;
        private final Key<Duration> checkInterval;
        private final DiskKeys disk;
        private final Key<Long> eventsPerSecond;

        /// @param type id of the kind
        /// @param keys the table of the kind
        public Keys(String type, ConfigSpec.Builder keys) {
            this.type = type;
            enabled = keys.flag("enabled", "Whether events are sent; what waits for it goes on waiting on the disk.")
                    .defaultTo(true);
            filter = keys.list("filter", "Which events it gets: one filter, or several after one another.", FILTER)
                    .defaultTo(List.of());
            policy = keys.choice(
                            "policy",
                            "Which of several peers gets the events: any stays with one as long as it works;"
                                    + " prefer-first goes back to the first; balanced spreads them, less to slow ones.",
                            TargetPolicy.class)
                    .defaultTo(TargetPolicy.ANY);
            format = keys.choice(
                            "format",
                            "How events are written: json, cef, raw as they came, or batch, the format of Tocsin that"
                                    + " loses nothing.",
                            EventFormat.class)
                    .defaultTo(EventFormat.JSON);
            delimiter = keys.text("delimiter", "Stands behind each event, except in batch.")
                    .defaultTo("\n");
            buffer = keys.size(
                            "buffer",
                            "Most memory for events on their way; what is more waits on the disk.",
                            LEAST_BUFFER,
                            LARGEST_BUFFER)
                    .defaultTo(ByteSize.ofMebibytes(32));
            batch = keys.size("batch", "Bytes that are sent together.", LEAST_BATCH, LARGEST_BATCH)
                    .defaultTo(ByteSize.ofKibibytes(256));
            flushInterval = keys.duration(
                            "flushInterval",
                            "Events are sent after so long although there are few.",
                            Duration.ofMillis(1),
                            Duration.ofMinutes(10))
                    .defaultTo(Duration.ofMillis(200));
            workers = keys.integer("workers", "Batches on their way at the same time.", 1, MOST_WORKERS)
                    .defaultTo(1);
            keepOrder = keys.flag(
                            "keepOrder",
                            "Events of one source go out one after another, also with several workers; in the format"
                                    + " batch those of one collector.")
                    .defaultTo(true);
            timeout = keys.duration(
                            "timeout",
                            "A peer that takes longer to answer, or to take what is sent, counts as gone.",
                            Duration.ofMillis(100),
                            Duration.ofMinutes(10))
                    .defaultTo(Duration.ofSeconds(10));
            checkInterval = keys.duration(
                            "checkInterval",
                            "A peer that failed is tried again at least so often; the first times sooner.",
                            Duration.ofMillis(100),
                            Duration.ofMinutes(10))
                    .defaultTo(Duration.ofSeconds(5));
            disk = new DiskKeys(keys);
            eventsPerSecond = keys.number(
                            "eventsPerSecond",
                            "Most events that are sent in a second; 0: no limit.",
                            0,
                            MOST_EVENTS_PER_SECOND)
                    .defaultTo(0L);
        }

        /// The settings as they were written.
        public DestinationSettings read(Values values) {
            if (values.get(buffer).compareTo(values.get(batch)) < 0) {
                values.refuse(
                        "batch",
                        "a batch must fit into the buffer [batch=" + values.get(batch) + ", buffer="
                                + values.get(buffer) + "]");
            }
            return new DestinationSettings(
                    type,
                    values.get(enabled),
                    values.get(filter),
                    values.get(policy),
                    values.get(format),
                    values.get(delimiter),
                    values.get(buffer),
                    values.get(batch),
                    values.get(flushInterval),
                    values.get(workers),
                    values.get(keepOrder),
                    values.get(timeout),
                    values.get(checkInterval),
                    disk.read(values),
                    values.get(eventsPerSecond));
        }
    }
}
