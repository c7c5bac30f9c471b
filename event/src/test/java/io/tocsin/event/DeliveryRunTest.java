package io.tocsin.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
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
