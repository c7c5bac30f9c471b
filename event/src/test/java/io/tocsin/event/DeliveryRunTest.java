package io.tocsin.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DeliveryRunTest {
    private static final DeliveryRun RUN = new DeliveryRun(0xfedcba9876543210L, 3, 41, 7);

    @Test
    void readsBackTheHeadersItPrints() {
        assertThat(DeliveryRun.parse(headersOf(RUN)::get)).contains(RUN);
    }

    @Test
    void refusesMissingAndMalformedHeaders() {
        for (String name : headersOf(RUN).keySet()) {
            for (String bad : new String[] {null, "", "x", "-5", "18446744073709551616"}) {
                Map<String, String> headers = headersOf(RUN);
                headers.put(name, bad);
                assertThat(DeliveryRun.parse(headers::get)).as(name + "=" + bad).isEmpty();
            }
        }
    }

    @Test
    void seesEveryBitThatIsTurnedInItsNameOrItsBody() {
        byte[] body = "a body of some length".getBytes(StandardCharsets.US_ASCII);
        List<byte[]> pieces = List.of(Arrays.copyOf(body, 5), Arrays.copyOfRange(body, 5, body.length));
        Map<String, String> headers = headersOf(RUN);
        assertThat(RUN.isIntact(headers::get, body, 0, body.length))
                .as("a header that the wire has damaged is a header that is not there")
                .isFalse();
        headers.put(DeliveryRun.CHECKSUM_HEADER, RUN.checksum(false, pieces));
        assertThat(RUN.isIntact(headers::get, body, 0, body.length)).isTrue();
        for (int bit = 0; bit < body.length * 8; bit++) {
            body[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(RUN.isIntact(headers::get, body, 0, body.length)).isFalse();
            body[bit / 8] ^= (byte) (1 << bit % 8);
        }
        assertThat(RUN.isIntact(headers::get, body, 0, body.length - 1)).isFalse();
        for (DeliveryRun other : List.of(
                new DeliveryRun(RUN.producer() ^ 1, 3, 41, 7),
                new DeliveryRun(RUN.producer(), 2, 41, 7),
                new DeliveryRun(RUN.producer(), 3, 40, 7),
                new DeliveryRun(RUN.producer(), 3, 41, 6))) {
            assertThat(other.isIntact(headers::get, body, 0, body.length))
                    .as(other.toString())
                    .isFalse();
        }
        headers.put(DeliveryRun.GAPS_HEADER, DeliveryRun.GAPS_ALLOWED);
        assertThat(RUN.isIntact(headers::get, body, 0, body.length)).as("a gap").isFalse();
    }

    @Test
    void refusesRunsWhoseEndOverflows() {
        assertThatIllegalArgumentException().isThrownBy(() -> new DeliveryRun(1, 1, Long.MAX_VALUE, 1));
    }

    @Test
    void tokenTellsRunsApart() {
        assertThat(RUN.deduplicationToken()).isEqualTo("fedcba9876543210-3-41-7");
        assertThat(new DeliveryRun(RUN.producer(), 3, 4, 17).deduplicationToken())
                .isNotEqualTo(RUN.deduplicationToken());
    }

    private static Map<String, String> headersOf(DeliveryRun run) {
        Map<String, String> headers = new HashMap<>();
        String[] pairs = run.headers();
        for (int i = 0; i < pairs.length; i += 2) {
            headers.put(pairs[i], pairs[i + 1]);
        }
        return headers;
    }
}
