package io.tocsin.event;

import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Names one delivery between two services: which stretch of which producer's event stream a
/// request carries.
///
/// A run covers the sequences `firstSequence` (inclusive) to `firstSequence + count` (exclusive). The runs of one
/// producer and epoch follow each other without a gap, so a receiver can tell a repeat (it ends at or before what
/// is known), the next run (it begins where the last one ended) and a disagreement (everything else).
///
/// Pitfalls: `count` is the number of **sequences covered**. The body holds as many events when the destination
/// takes every record, and fewer when records were filtered out for this destination or were found damaged; never
/// more. A repeated attempt, even by the next process, names the same run and carries the same bytes.
///
/// Thread-safety: immutable.
///
/// @param producer 64 random bits made together with the producer's log folder
/// @param epoch how many times the producer's sequences had to start afresh, from 1
/// @param firstSequence number of events that the producer appended before this run, from 0
/// @param count sequences that the run covers, at least 1
public record DeliveryRun(long producer, int epoch, long firstSequence, long count) {
    /// Header with the producer as 16 hex digits.
    public static final String PRODUCER_HEADER = "Tocsin-Producer";

    /// Header with the epoch as a decimal number.
    public static final String EPOCH_HEADER = "Tocsin-Epoch";

    /// Header with the first sequence as a decimal number.
    public static final String FIRST_SEQUENCE_HEADER = "Tocsin-First-Sequence";

    /// Header with the count as a decimal number.
    public static final String COUNT_HEADER = "Tocsin-Count";

    /// Header of a sender that has several receivers and gives each run to one of them, in order.
    public static final String GAPS_HEADER = "Tocsin-Gaps";

    /// Its only value: a run may begin behind the end of the last one that this receiver got.
    public static final String GAPS_ALLOWED = "allowed";

    /// Path of the endpoint that takes deliveries.
    public static final String PATH = "/delivery/v1";

    private static final HexFormat HEX = HexFormat.of();

    public DeliveryRun {
        if (epoch < 1) {
            throw new IllegalArgumentException("epoch of a delivery starts at 1 [epoch=" + epoch + "]");
        }
        if (firstSequence < 0 || count < 1 || firstSequence > Long.MAX_VALUE - count) {
            throw new IllegalArgumentException(
                    "delivery covers no possible sequences [first=" + firstSequence + ", count=" + count + "]");
        }
    }

    /// Reads a run from request headers.
    ///
    /// @param header gives the value of the named header, or null when the request has none
    /// @return the run, or empty when a header is missing or not a number in range
    public static Optional<DeliveryRun> parse(Function<String, @Nullable String> header) {
        String producer = header.apply(PRODUCER_HEADER);
        String epoch = header.apply(EPOCH_HEADER);
        String first = header.apply(FIRST_SEQUENCE_HEADER);
        String count = header.apply(COUNT_HEADER);
        if (producer == null || epoch == null || first == null || count == null || producer.length() != 16) {
            return Optional.empty();
        }
        try {
            return Optional.of(new DeliveryRun(
                    HexFormat.fromHexDigitsToLong(producer),
                    Integer.parseInt(epoch),
                    Long.parseLong(first),
                    Long.parseLong(count)));
        } catch (IllegalArgumentException notNumbersInRange) {
            return Optional.empty();
        }
    }

    /// The four headers as name, value, name, value, …; the form that `java.net.http.HttpRequest.Builder.headers`
    /// takes.
    public String[] headers() {
        return new String[] {
            PRODUCER_HEADER,
            HEX.toHexDigits(producer),
            EPOCH_HEADER,
            Integer.toString(epoch),
            FIRST_SEQUENCE_HEADER,
            Long.toString(firstSequence),
            COUNT_HEADER,
            Long.toString(count)
        };
    }

    /// The first sequence after this run, which is where the next run begins.
    public long endSequence() {
        return firstSequence + count;
    }

    /// Text that is equal for equal runs only: `producer-epoch-first-count`; safe inside SQL
    /// quotes and file names.
    public String deduplicationToken() {
        return String.format(Locale.ROOT, "%016x-%d-%d-%d", producer, epoch, firstSequence, count);
    }

    @Override
    public String toString() {
        return deduplicationToken();
    }
}
