package io.tocsin.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// The front part of an encoded batch (format v1, `docs/specs/batch-format.md`): identity, route and ledger can be
/// read without decompressing the events.
///
/// @param codec how the body is compressed
/// @param count number of events
/// @param producer 64 random bits of the log that gave the sequence, 0 when not stamped
/// @param firstSequence number of events the producer had made before this batch
/// @param route name of the collector or correlator that made the batch; decides which destinations take it
/// @param bodyOffset where the body begins in the array it was read from
/// @param bodyLength compressed length of the body
/// @param plainLength length of the body when decompressed
public record BatchHeader(
        int codec,
        int count,
        long producer,
        int epoch,
        long firstSequence,
        String route,
        List<BatchLedger.Entry> ledger,
        int bodyOffset,
        int bodyLength,
        int plainLength) {

    static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /// `TCSB` in file order.
    static final int MAGIC = 'T' | 'C' << 8 | 'S' << 16 | 'B' << 24;

    static final int VERSION = 1;
    static final int CODEC_PLAIN = 0;
    static final int CODEC_LZ4 = 1;
    /// Added to the codec when origins say through which proxy, and with which certificate, their events came.
    static final int LONG_ORIGINS = 2;

    /// Added to the codec when origins say in which process of the service their events entered.
    static final int NAMED_INSTANCES = 4;

    /// What is added to the codec.
    static final int ADDED = LONG_ORIGINS | NAMED_INSTANCES;

    static final int AT_VERSION = 4;
    static final int AT_CODEC = 5;
    static final int AT_COUNT = 8;
    static final int AT_EPOCH = 12;
    static final int AT_PRODUCER = 16;
    static final int AT_FIRST_SEQUENCE = 24;
    static final int AT_META_LENGTH = 32;
    static final int AT_BODY_LENGTH = 36;
    static final int AT_PLAIN_LENGTH = 40;
    static final int AT_BODY_CHECKSUM = 44;
    static final int AT_META_CHECKSUM = 48;
    static final int AT_HEADER_CHECKSUM = 52;
    static final int LENGTH = 56;

    /// The longest batch that is read or written, compressed or not.
    public static final int MAXIMUM_BYTES = 64 << 20;

    /// Length of the whole encoded batch.
    public int totalLength() {
        return bodyOffset + bodyLength;
    }

    /// Length of the encoded batch that begins at `offset`, from its fixed header only, or -1 when there is no
    /// whole header there.
    ///
    /// @throws BatchFormatException when what stands there is no batch
    public static int lengthAt(byte[] source, int offset, int available) {
        if (available < LENGTH) {
            return -1;
        }
        checkFixed(source, offset);
        return LENGTH + (int) INT.get(source, offset + AT_META_LENGTH) + (int) INT.get(source, offset + AT_BODY_LENGTH);
    }

    /// Reads and verifies the header of the batch that begins at `offset`; the body's checksum is verified by
    /// [BatchDecoder].
    ///
    /// @throws BatchFormatException when it is damaged, of another version or longer than `available`
    public static BatchHeader read(byte[] source, int offset, int available) {
        int length = lengthAt(source, offset, available);
        if (length < 0 || length > available) {
            throw new BatchFormatException("batch is cut short [available=" + available + "]");
        }
        int metaLength = (int) INT.get(source, offset + AT_META_LENGTH);
        int metaOffset = offset + LENGTH;
        if (checksum(source, metaOffset, metaLength) != (int) INT.get(source, offset + AT_META_CHECKSUM)) {
            throw new BatchFormatException("checksum of route and ledger does not match");
        }
        WireReader reader = new WireReader(source, metaOffset, metaOffset + metaLength);
        String route = reader.text();
        int entries = reader.size(metaLength);
        List<BatchLedger.Entry> ledger = new ArrayList<>(Math.min(entries, 1024));
        for (int i = 0; i < entries; i++) {
            long minute = reader.signed();
            String service = reader.text();
            String entrySource = reader.text();
            BatchLedger.Counter counter = counter(reader.unsigned());
            String reason = reader.text();
            ledger.add(new BatchLedger.Entry(minute, service, entrySource, counter, reason, reader.unsigned()));
        }
        return new BatchHeader(
                source[offset + AT_CODEC],
                (int) INT.get(source, offset + AT_COUNT),
                (long) LONG.get(source, offset + AT_PRODUCER),
                (int) INT.get(source, offset + AT_EPOCH),
                (long) LONG.get(source, offset + AT_FIRST_SEQUENCE),
                route,
                List.copyOf(ledger),
                metaOffset + metaLength,
                (int) INT.get(source, offset + AT_BODY_LENGTH),
                (int) INT.get(source, offset + AT_PLAIN_LENGTH));
    }

    /// Writes the identity that the log gave into an encoded batch, in place.
    public static void stamp(byte[] batch, int offset, long producer, int epoch, long firstSequence) {
        INT.set(batch, offset + AT_EPOCH, epoch);
        LONG.set(batch, offset + AT_PRODUCER, producer);
        LONG.set(batch, offset + AT_FIRST_SEQUENCE, firstSequence);
        INT.set(batch, offset + AT_HEADER_CHECKSUM, checksum(batch, offset, AT_HEADER_CHECKSUM));
    }

    static int checksum(byte[] source, int offset, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(source, offset, length);
        return (int) checksum.getValue();
    }

    private static void checkFixed(byte[] source, int offset) {
        if ((int) INT.get(source, offset) != MAGIC) {
            throw new BatchFormatException("this is no event batch: the magic number is missing");
        }
        if (source[offset + AT_VERSION] != VERSION) {
            throw new BatchFormatException("batch has a version that this release does not read [version="
                    + source[offset + AT_VERSION] + ", known=" + VERSION + "]: upgrade the receiver first");
        }
        if (checksum(source, offset, AT_HEADER_CHECKSUM) != (int) INT.get(source, offset + AT_HEADER_CHECKSUM)) {
            throw new BatchFormatException("checksum of the batch header does not match");
        }
        int meta = (int) INT.get(source, offset + AT_META_LENGTH);
        int body = (int) INT.get(source, offset + AT_BODY_LENGTH);
        int plain = (int) INT.get(source, offset + AT_PLAIN_LENGTH);
        int count = (int) INT.get(source, offset + AT_COUNT);
        if (!within(meta) || !within(body) || !within(plain) || !within(count) || count > plain) {
            throw new BatchFormatException("batch states impossible lengths [meta=" + meta + ", body=" + body
                    + ", plain=" + plain + ", count=" + count + "]");
        }
    }

    private static boolean within(int length) {
        return length >= 0 && length <= MAXIMUM_BYTES;
    }

    private static BatchLedger.Counter counter(long code) {
        for (BatchLedger.Counter counter : BatchLedger.Counter.values()) {
            if (counter.code() == code) {
                return counter;
            }
        }
        throw new BatchFormatException("ledger entry has an unknown counter [code=" + code + "]");
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
