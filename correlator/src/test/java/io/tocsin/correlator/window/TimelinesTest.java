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

    @Test
    void believesNoClockThatIsAheadOfItsReception() {
        Timelines timelines = new Timelines(true);
        assertThat(timelines.receivedMillis()).isEqualTo(Long.MIN_VALUE);
        timelines.advance(1, 100_000, 40_000);
        assertThat(timelines.watermark(0, 0)).isEqualTo(40_000);
        timelines.advance(1, Long.MAX_VALUE, 40_001);
        assertThat(timelines.watermark(0, 0)).isEqualTo(40_001);
        timelines.advance(1, 40_000, 40_005);
        assertThat(timelines.watermark(0, 0)).isEqualTo(40_001);
        timelines.advance(1, 90_000, 39_000);
        assertThat(timelines.watermark(0, 0)).isEqualTo(40_001);
        assertThat(timelines.receivedMillis()).isEqualTo(40_005);
        Timelines ofFiles = new Timelines(false);
        ofFiles.advance(1, 100_000_000, 5);
        assertThat(ofFiles.watermark(0, 7)).isEqualTo(99_999_993);
        assertThat(ofFiles.receivedMillis()).isZero();
    }

    @Test
    void putsASourceOnItsOwnTimelineWhenItsClockIsApart() {
        Timelines timelines = new Timelines(true);
        assertThat(timelines.timelineOf(5, 10, 10, 100)).isEqualTo(5);
        assertThat(timelines.watermark(0, 100)).isEqualTo(Long.MIN_VALUE);
        assertThat(timelines.watermark(5, 100)).isEqualTo(Long.MIN_VALUE);
        timelines.advance(9, 1_000, 1_000);
        timelines.advance(5, 300, 1_000);
        assertThat(timelines.timelineOf(5, 1_000, 1_000, 100)).isZero();
        assertThat(timelines.timelineOf(5, 900, 1_000, 100)).isZero();
        assertThat(timelines.timelineOf(5, 899, 1_000, 100)).isEqualTo(5);
        assertThat(timelines.timelineOf(5, 61_000, 1_000, 100)).isZero();
        assertThat(timelines.timelineOf(5, 61_001, 1_000, 100)).isEqualTo(5);
        assertThat(timelines.timelineOf(0, 61_001, 1_000, 100)).isEqualTo(1);
        assertThat(timelines.watermark(5, 100)).isEqualTo(200);
        timelines.advance(5, 250, 1_000);
        assertThat(timelines.watermark(5, 100)).isEqualTo(200);
        timelines.advance(0, 400, 1_000);
        assertThat(timelines.watermark(1, 0)).isEqualTo(400);
    }

    @Test
    void hasSeenWhatBothHaveSeen() {
        Timelines one = new Timelines(true);
        Timelines other = new Timelines(true);
        one.advance(1, 500, 800);
        one.advance(2, 450, 700);
        other.advance(1, 490, 900);
        other.advance(2, 600, 850);
        other.advance(3, 100, 850);
        one.absorb(other);
        assertThat(one.watermark(0, 0)).isEqualTo(600);
        assertThat(one.watermark(1, 0)).isEqualTo(500);
        assertThat(one.watermark(2, 0)).isEqualTo(600);
        assertThat(one.watermark(3, 0)).isEqualTo(100);
        assertThat(one.receivedMillis()).isEqualTo(900);
        other.absorb(one);
        assertThat(other.watermark(1, 0)).isEqualTo(500);
        assertThat(other.receivedMillis()).isEqualTo(900);
    }

    @Test
    void letsSourcesShareTimelinesWhenThereAreTooMany() {
        Timelines timelines = new Timelines(true);
        int many = Timelines.MAXIMUM_SOURCES;
        for (int source = 1; source <= many; source++) {
            timelines.advance(source * 0x9E37_79B9_7F4A_7C15L, source, 2_000_000);
        }
        timelines.advance(0x1234_5678_9ABCL, 1_000_000, 2_000_000);
        timelines.advance(0x4321_5678_9ABCL, 1_000_000, 2_000_000);
        assertThat(timelines.watermark(0x1234_5678_9ABCL, 0)).isEqualTo(1_000_000);
        StateWriter out = new StateWriter();
        timelines.write(out);
        StateReader in = new StateReader(out.toBytes());
        in.number();
        in.number();
        assertThat(in.size()).isEqualTo(many);
    }
}
