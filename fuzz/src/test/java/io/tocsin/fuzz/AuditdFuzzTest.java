package io.tocsin.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.assemble.AssembleConfig;
import io.tocsin.pipeline.assemble.Assembled;
import io.tocsin.pipeline.assemble.Assembler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// Joining of audit records. An input is a sequence of texts, each ended by a zero byte and begun with a byte that says
/// from which of four senders it comes and how much later than the text before it.
final class AuditdFuzzTest {
    private static final EntryOrigin[] SENDERS = {
        EntryOrigin.local("collector", "file", "/var/log/audit/audit.log"),
        new EntryOrigin("", "syslog", "tcp", "192.0.2.1", 1, "", -1, ""),
        new EntryOrigin("", "syslog", "tcp", "192.0.2.2", 1, "", -1, ""),
        new EntryOrigin("", "syslog", "udp", "192.0.2.1", 1, "", -1, "")
    };

    @FuzzTest
    void assemble(byte[] input) throws IOException {
        Effort effort = new Effort();
        List<Assembled> without = run(input, Integer.MAX_VALUE);
        // Restarted in the middle, the same comes out.
        List<Assembled> restarted = run(input, input.length / 2);
        assertThat(restarted.stream().map(AuditdFuzzTest::print))
                .containsExactlyElementsOf(
                        without.stream().map(AuditdFuzzTest::print).toList());
        effort.check();
    }

    /// What is held over a restart, damaged.
    @FuzzTest
    void state(byte[] input) {
        Effort effort = new Effort();
        Assembler assembler = AssembleConfig.AUDITD.create();
        try {
            assembler.read(new DataInputStream(new ByteArrayInputStream(input)));
        } catch (IOException _) {
            return; // no such state, or cut
        }
        List<Assembled> events = new ArrayList<>();
        assembler.flush(events::add);
        effort.check();
    }

    private static String print(Assembled event) {
        return event.key() + event.late() + event.incomplete() + event.ignored() + new String(event.text(), ISO_8859_1);
    }

    private static List<Assembled> run(byte[] input, int restartAt) throws IOException {
        List<Assembled> events = new ArrayList<>();
        Assembler assembler = AssembleConfig.AUDITD.create();
        long now = Normalizing.RECEIVED_NANOS;
        int lines = 0;
        boolean restarted = false;
        int at = 0;
        while (at < input.length) {
            int head = input[at++] & 0xff;
            int end = at;
            while (end < input.length && input[end] != 0) {
                end++;
            }
            now += (long) (head >> 2) * 100_000_000L;
            if (end > at) {
                assembler.accept(SENDERS[head & 3], now, input, at, end - at, 0, events::add);
                lines += lines(input, at, end);
            }
            at = end + 1;
            if (at >= restartAt && !restarted) {
                restarted = true;
                assembler = restart(assembler);
            }
        }
        assembler.flush(events::add);
        assertThat(assembler.openParts()).isZero();
        assertThat(events.stream().mapToInt(event -> event.parts().size()).sum())
                .isEqualTo(lines);
        return events;
    }

    /// Lines of a text that are not empty; at least one.
    private static int lines(byte[] input, int from, int to) {
        int lines = 0;
        int start = from;
        for (int i = from; i <= to; i++) {
            if (i == to || input[i] == '\n') {
                int end = i > start && input[i - 1] == '\r' ? i - 1 : i;
                if (end > start) {
                    lines++;
                }
                start = i + 1;
            }
        }
        return Math.max(1, lines);
    }

    private static Assembler restart(Assembler assembler) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            assembler.write(new DataOutputStream(bytes));
            Assembler next = AssembleConfig.AUDITD.create();
            next.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
            return next;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
