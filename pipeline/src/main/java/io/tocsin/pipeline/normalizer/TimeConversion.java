package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;

/// Reads a time by the layouts and the zone of one row of a mapping and writes it so that it cannot be mistaken. A text
/// that is no time stays as it is: the field that it is meant for refuses and notes it.
///
/// Thread-safety: one thread.
final class TimeConversion implements Conversion {
    /// Milliseconds from here on are told from seconds by their length.
    private static final long LEAST_PLAIN = 100_000_000_000L;

    private static final long MOST_PLAIN = 9_999_999_999_999L;

    private final ZoneId zone;
    private final List<TimeLayout> layouts;
    private final TimeReader times;

    TimeConversion(ZoneId zone, List<TimeLayout> layouts) {
        this.zone = zone;
        this.layouts = List.copyOf(layouts);
        times = new TimeReader(zone, layouts);
    }

    @Override
    public long apply(EventBuilder event, long span) {
        int from = EventBatch.spanOffset(span);
        long millis =
                times.read(event.arena(), from, from + EventBatch.spanLength(span), event.receivedNanos() / 1_000_000);
        if (millis == TimeReader.NONE) {
            return span;
        }
        boolean plain = millis >= LEAST_PLAIN && millis <= MOST_PLAIN;
        byte[] text =
                (plain ? Long.toString(millis) : Instant.ofEpochMilli(millis).toString()).getBytes(US_ASCII);
        return Conversion.span(event.append(text, 0, text.length), text.length);
    }

    @Override
    public Conversion forThread() {
        return new TimeConversion(zone, layouts);
    }
}
