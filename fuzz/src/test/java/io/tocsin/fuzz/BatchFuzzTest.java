package io.tocsin.fuzz;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// The batch format (`docs/specs/batch-format.md`), which is that of log records and deliveries too.
final class BatchFuzzTest {
    private static final int HEADER_BYTES = 56;

    private final BatchDecoder decoder = new BatchDecoder();
    private final BatchEncoder encoder = new BatchEncoder();
    private final EventJson json = new EventJson();
    private final EventBatch decoded = new EventBatch(4, 256);
    private final EventBatch again = new EventBatch(4, 256);

    /// Bytes as they come.
    @FuzzTest
    void damaged(byte[] input) {
        decode(input);
    }

    /// Bytes whose lengths and checksums were made right, so that what lies behind them is reached. An input is the
    /// codec, the number of events, the length of the meta part and of the plain body in two bytes each, then meta
    /// part and body.
    @FuzzTest
    void sealed(byte[] input) {
        if (input.length < 6) {
            return;
        }
        int meta = Math.min(((input[2] & 0xff) << 8) | (input[3] & 0xff), input.length - 6);
        int body = input.length - 6 - meta;
        int codec = input[0] & 1;
        byte[] batch = new byte[HEADER_BYTES + meta + body];
        System.arraycopy(input, 6, batch, HEADER_BYTES, meta + body);
        ByteBuffer header = ByteBuffer.wrap(batch).order(ByteOrder.LITTLE_ENDIAN);
        header.put("TCSB".getBytes(US_ASCII));
        header.put((byte) 1).put((byte) codec);
        header.putInt(8, input[1] & 0xff);
        header.putInt(12, 1);
        header.putInt(32, meta);
        header.putInt(36, body);
        header.putInt(40, codec == 0 ? body : (input[4] & 0xff) << 8 | (input[5] & 0xff));
        header.putInt(44, checksum(batch, HEADER_BYTES + meta, body));
        header.putInt(48, checksum(batch, HEADER_BYTES, meta));
        header.putInt(52, checksum(batch, 0, 52));
        decode(batch);
    }

    private static int checksum(byte[] bytes, int offset, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, offset, length);
        return (int) checksum.getValue();
    }

    private void decode(byte[] bytes) {
        Effort effort = new Effort();
        try {
            BatchHeader.lengthAt(bytes, 0, bytes.length);
        } catch (BatchFormatException _) {
            // It says so without a look at `decoded`; decoding has to refuse the batch, too, or to read it.
        }
        BatchHeader header;
        try {
            header = decoder.decode(bytes, 0, bytes.length, decoded);
        } catch (BatchFormatException _) {
            assertThat(decoded.isEmpty()).isTrue();
            return;
        }
        assertThat(header.totalLength()).isLessThanOrEqualTo(bytes.length);
        assertThat(decoded.count()).isEqualTo(header.count());
        // What was accepted is safe to read, and means the same after it was written again.
        Event left = new Event();
        Event right = new Event();
        int length = encoder.encode(decoded, header.route(), header.codec() == 1);
        BatchHeader second = decoder.decode(Arrays.copyOf(encoder.buffer(), length), 0, length, again);
        assertThat(second.count()).isEqualTo(header.count());
        assertThat(again.ledger().entries()).isEqualTo(decoded.ledger().entries());
        for (int i = 0; i < decoded.count(); i++) {
            left.moveTo(decoded, i);
            right.moveTo(again, i);
            Normalizing.checkSpans(decoded, left);
            assertThat(right.idHigh()).isEqualTo(left.idHigh());
            assertThat(right.idLow()).isEqualTo(left.idLow());
            assertThat(right.receivedNanos()).isEqualTo(left.receivedNanos());
            assertThat(right.sequence()).isEqualTo(left.sequence());
            assertThat(json.toText(right)).isEqualTo(json.toText(left));
        }
        effort.check();
    }
}
