package io.tocsin.storage;

import java.util.concurrent.atomic.LongAdder;

/// What the storage counts, and the page of it in OpenMetrics text.
///
/// Thread-safety: any thread.
final class StorageMetrics {
    /// One counter each, with the name and sentence under which it is shown.
    enum Counter {
        DELIVERIES_STORED("deliveries_stored", "Deliveries stored."),
        DELIVERIES_REPEATED("deliveries_repeated", "Deliveries that were known already."),
        DELIVERIES_REFUSED("deliveries_refused", "Deliveries refused for good because they are damaged."),
        DELIVERIES_OUT_OF_ORDER("deliveries_out_of_order", "Deliveries that did not follow the last one."),
        DELIVERIES_POSTPONED("deliveries_postponed", "Deliveries sent away to be tried again."),
        DELIVERY_BYTES("delivery_bytes", "Bytes of deliveries received."),
        EVENTS_STORED("events_stored", "Events stored."),
        EVENTS_DUPLICATE("events_duplicate", "Events left out because their identifier was stored before."),
        EVENTS_EXPIRED("events_expired", "Events dropped with their day because of age or a short disk."),
        DAYS_INDEXED("days_indexed", "Days whose index of words was built."),
        INSERT_MILLISECONDS("insert_milliseconds", "Time spent in storing deliveries."),
        SEARCHES("searches", "Searches answered."),
        SEARCHES_REFUSED("searches_refused", "Searches with a fault in them."),
        SEARCHES_FAILED("searches_failed", "Searches that ran into a limit or failed."),
        SEARCHES_POSTPONED("searches_postponed", "Searches sent away because too many ran."),
        SEARCHES_ABANDONED("searches_abandoned", "Searches whose caller went away."),
        SEARCH_MILLISECONDS("search_milliseconds", "Time spent in searches."),
        REQUESTS_UNAUTHENTICATED("requests_unauthenticated", "Requests without the installation secret.");

        private final String metric;
        private final String sentence;

        Counter(String metric, String sentence) {
            this.metric = "tocsin_storage_" + metric;
            this.sentence = sentence;
        }
    }

    private final LongAdder[] values = new LongAdder[Counter.values().length];

    StorageMetrics() {
        for (int i = 0; i < values.length; i++) {
            values[i] = new LongAdder();
        }
    }

    void add(Counter counter, long value) {
        values[counter.ordinal()].add(value);
    }

    long value(Counter counter) {
        return values[counter.ordinal()].sum();
    }

    /// Appends all counters.
    void write(StringBuilder page) {
        for (Counter counter : Counter.values()) {
            page.append("# TYPE ").append(counter.metric).append(" counter\n");
            page.append("# HELP ")
                    .append(counter.metric)
                    .append(' ')
                    .append(counter.sentence)
                    .append('\n');
            page.append(counter.metric).append("_total ").append(value(counter)).append('\n');
        }
    }

    static void gauge(StringBuilder page, String metric, String sentence, long value) {
        page.append("# TYPE tocsin_storage_").append(metric).append(" gauge\n");
        page.append("# HELP tocsin_storage_")
                .append(metric)
                .append(' ')
                .append(sentence)
                .append('\n');
        page.append("tocsin_storage_").append(metric).append(' ').append(value).append('\n');
    }
}
