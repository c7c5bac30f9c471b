package io.tocsin.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.pipeline.pair.PairCodec;
import io.tocsin.pipeline.pair.PairMessage;
import java.io.IOException;

/// Messages between the two collectors of a pair.
final class PairFuzzTest {
    @FuzzTest
    void message(byte[] input) {
        Effort effort = new Effort();
        try {
            PairMessage message = PairCodec.decode(input);
            assertThat(PairCodec.decode(PairCodec.encode(message)))
                    .usingRecursiveComparison()
                    .isEqualTo(message);
        } catch (IOException _) {
            // No message, or cut.
        }
        effort.check();
    }
}
