package io.tocsin.pipeline.diagnostics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.tocsin.config.Problems;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import java.lang.management.ManagementFactory;
import java.time.ZoneOffset;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// W14: the messages that a source lost show in its figures.
class SequenceSendersTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final ParseDiagnostics diagnostics = new ParseDiagnostics();
    private final ParseRecorder recorder = diagnostics.recorder();
    private final EventBatch batch = new EventBatch();
    private final Normalizer normalizer = Objects.requireNonNull(
                    new NormalizerLoader(ZoneOffset.UTC).load("syslog", new Problems()))
            .create();
    private long nanos = 1_790_000_000_000_000_000L;

    private void take(String source, String host, String program, String data) {
        byte[] text = ("<13>1 2026-11-23T10:00:00Z " + host + " " + program + " 1 - " + data + " text").getBytes(UTF_8);
        var builder = batch.builder();
        builder.begin(new EntryOrigin("", "test", "udp", source, 1, "", -1, ""), 1, 2, nanos, 1, text, 0, text.length);
        recorder.record(builder, text.length, normalizer, normalizer.normalize(builder), null);
        builder.commit();
        batch.clear();
    }

    private void number(String source, String host, String program, long number) {
        take(source, host, program, "[timeQuality tzKnown=\"1\"][meta language=\"en\" sequenceId=\"" + number + "\"]");
    }

    private long missing(String source) {
        recorder.publish();
        return Objects.requireNonNull(diagnostics.source(SourceFigures.id(source), nanos / 1_000_000))
                .missing();
    }

    @Test
    void countsTheGapsOfEachSenderForItsSource() {
        for (int i = 1; i <= 1000; i++) {
            if (i % 100 != 50) {
                number("10.0.0.1", "web1", "app", i);
            }
            number("10.0.0.1", "web2", "app", 7000 + i);
            number("10.0.0.2", "web1", "app", 3_000_000 + 2 * i);
        }
        assertThat(missing("10.0.0.1")).isEqualTo(7);
        assertThat(missing("10.0.0.2")).isEqualTo(1000 - 1 - SequenceTrack.WINDOW / 2);
        assertThat(recorder.takeMissing()).isEqualTo(missing("10.0.0.1") + missing("10.0.0.2"));
        assertThat(recorder.takeMissing()).isZero();
    }

    @Test
    void takesNumbersOfAHostAndNumbersOfItsProgramsAlike() {
        int host = 0;
        int[] programs = new int[5];
        for (int i = 0; i < 5000; i++) {
            int program = (i * 31 + i / 7) % programs.length;
            number("10.0.0.1", "whole", "program" + program, ++host + (i >= 2500 ? 3 : 0));
            number(
                    "10.0.0.2",
                    "apart",
                    "program" + program,
                    1000 * program + ++programs[program] + (i >= 2500 ? 1 : 0));
        }
        assertThat(missing("10.0.0.1")).isEqualTo(3);
        assertThat(missing("10.0.0.2")).isEqualTo(programs.length);
    }

    @Test
    void followsTheNumbersOfAHostWithManyPrograms() {
        for (int i = 1; i <= 5000; i++) {
            if (i < 3000 || i > 3004) {
                number("10.0.0.1", "host", "program" + i % 100, i);
            }
        }
        assertThat(missing("10.0.0.1")).isEqualTo(5);
    }

    @Test
    void paysNoHeedToWhatIsNoNumber() {
        for (String wrong : new String[] {"0", "-1", "x", "", "2147483648", "99999999999999999999", "1.5"}) {
            take("10.0.0.1", "host", "app", "[meta sequenceId=\"" + wrong + "\"]");
            assertThat(normalizer.sequence()).as(wrong).isZero();
        }
        take("10.0.0.1", "host", "app", "[other sequenceId=\"7\"][meta sequenceIx=\"7\"]");
        assertThat(normalizer.sequence()).isZero();
        number("10.0.0.1", "host", "app", 2147483647);
        assertThat(normalizer.sequence()).isEqualTo(2147483647);
        take("10.0.0.1", "host", "app", "-");
        assertThat(normalizer.sequence()).isZero();
    }

    @Test
    void forgetsSendersWhenThereAreTooMany() {
        for (int host = 0; host < 3 * SequenceSenders.MAXIMUM_SENDERS; host++) {
            number("10.0.0.1", "host" + host, "app", 1);
            number("10.0.0.1", "host" + host, "app", 2);
        }
        assertThat(missing("10.0.0.1")).isZero();
    }

    /// Numbers with gaps, of hosts and programs that are known. What is kept of the texts themselves is held elsewhere.
    @Test
    void leavesNoGarbagePerMessage() {
        SequenceSenders senders = new SequenceSenders();
        long missing = 0;
        long allocated = Long.MAX_VALUE;
        // The first round meets the hosts and programs.
        for (int round = 0; round < 3; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                nanos += 1_000_000;
                missing += senders.receive("10.0.0.1", i % 8, i % 3, 1 + round * 40_000 + i / 8 * 3, nanos);
            }
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(missing).as("gaps that were found").isPositive();
        assertThat(allocated).as("bytes of 10,000 messages").isZero();
    }
}
