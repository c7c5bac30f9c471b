package io.tocsin.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.event.DeliveryBody;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Deliveries: the headers that name a run, and the run as its receiver keeps it. The body is the batch format.
final class DeliveryFuzzTest {
    /// An input is the values of the four headers, a line each; a missing line is a missing header.
    @FuzzTest
    void headers(byte[] input) {
        String[] values = new String(input, UTF_8).split("\n", 5);
        Map<String, String> headers = new HashMap<>();
        String[] names = {
            DeliveryRun.PRODUCER_HEADER,
            DeliveryRun.EPOCH_HEADER,
            DeliveryRun.FIRST_SEQUENCE_HEADER,
            DeliveryRun.COUNT_HEADER
        };
        for (int i = 0; i < Math.min(names.length, values.length); i++) {
            headers.put(names[i], values[i]);
        }
        Optional<DeliveryRun> run = DeliveryRun.parse(headers::get);
        if (run.isPresent()) {
            String[] written = run.get().headers();
            Map<String, String> again = new HashMap<>();
            for (int i = 0; i < written.length; i += 2) {
                again.put(written[i], written[i + 1]);
            }
            assertThat(DeliveryRun.parse(again::get)).isEqualTo(run);
            assertThat(run.get().endSequence()).isPositive();
            assertThat(run.get().deduplicationToken()).matches("[0-9a-f]{16}-\\d+-\\d+-\\d+");
        }
    }

    @FuzzTest
    void received(byte[] input) {
        ReceivedRun run = ReceivedRun.of(new LogRecord(LogPosition.START, 1, 1, 0, input));
        if (run != null) {
            assertThat(ReceivedRun.isRun(input)).isTrue();
            assertThat(run.bodyOffset() + run.bodyLength()).isEqualTo(input.length);
            assertThat(run.run().count()).isPositive();
        }
    }

    /// A compressed body becomes some bytes within the limit or is refused.
    @FuzzTest
    void compressed(byte[] input) throws IOException {
        int limit = 1 << 16;
        try {
            byte[] body = DeliveryBody.read(new ByteArrayInputStream(input), DeliveryBody.ZSTD, 3, limit);
            assertThat(body.length).isBetween(3, limit + 3);
        } catch (DeliveryBody.Unreadable e) {
            // Input longer than the limit is too long before it is looked at.
            assertThat(e.isTooLong()).isEqualTo(input.length > limit);
        }
    }
}
