package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import org.junit.jupiter.api.Test;

final class TimelinesTest {
    @Test
    void standsWhereItStoodAfterARestartHoweverManySourcesThereAre() {
        for (int sources : new int[] {0, 1, 31, 32, 33, 50, 1000}) {
            Timelines before = new Timelines(true);
            for (int source = 1; source <= sources; source++) {
                before.advance(source * 7919L, 1_000_000L + source, 2_000_000L);
            }
            StateWriter out = new StateWriter();
            before.write(out);

            Timelines after = Timelines.read(new StateReader(out.toBytes()), true);

            for (int source = 1; source <= sources; source++) {
                assertThat(after.watermark(source * 7919L, 10)).isEqualTo(before.watermark(source * 7919L, 10));
            }
            assertThat(after.watermark(0, 10)).isEqualTo(before.watermark(0, 10));
        }
    }
}
