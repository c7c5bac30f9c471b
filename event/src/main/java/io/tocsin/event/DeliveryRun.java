package io.tocsin.event;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.zip.CRC32C;
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

    /// Header with the checksum of the run's name and of the body, as 8 hex digits: see [#checksum]. Every request
    /// has it: one that came without may be one whose header the wire has damaged.
    public static final String CHECKSUM_HEADER = "Tocsin-Checksum";

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

    /// What the header [#CHECKSUM_HEADER] says: CRC32C of the four headers of the run, of whether it may leave a
    /// gap, and of the body. The checksums of TCP are weak and end at each proxy; a digit of a header that is
    /// turned on the way would make a run be taken for one that is known.
    ///
    /// @param gaps true: the request has [#GAPS_HEADER]
    /// @param bodies the body in pieces
    public String checksum(boolean gaps, List<byte[]> bodies) {
        CRC32C checksum = checksumOfName(gaps);
        bodies.forEach(body -> checksum.update(body, 0, body.length));
        return HEX.toHexDigits((int) checksum.getValue());
    }

    /// Whether a request arrived as it was sent.
    ///
    /// @param header gives the value of the named header, or null when the request has none
    public boolean isIntact(Function<String, @Nullable String> header, byte[] source, int offset, int length) {
        CRC32C checksum = checksumOfName(GAPS_ALLOWED.equals(header.apply(GAPS_HEADER)));
        checksum.update(source, offset, length);
        return HEX.toHexDigits((int) checksum.getValue()).equals(header.apply(CHECKSUM_HEADER));
    }

    /// What a receiver remembers of the body of a run, to tell a repeat from other events under the same sequences:
    /// its CRC32C.
    public static int bodyChecksum(byte[] source, int offset, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(source, offset, length);
        return (int) checksum.getValue();
    }

    /// The answer, with status 409, to a run whose sequences are known with another body.
    ///
    /// @param expected end of the last run that is known
    /// @param first where that one began
    /// @param checksum of its body
    public static String knownAnswer(long expected, long first, int checksum) {
        return "{\"status\":409,\"code\":\"known\",\"expected\":" + expected + ",\"known\":{\"first\":" + first
                + ",\"checksum\":\"" + HEX.toHexDigits(checksum) + "\"}}";
    }

    private CRC32C checksumOfName(boolean gaps) {
        CRC32C checksum = new CRC32C();
        checksum.update((deduplicationToken() + (gaps ? '+' : '.')).getBytes(StandardCharsets.US_ASCII));
        return checksum;
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
