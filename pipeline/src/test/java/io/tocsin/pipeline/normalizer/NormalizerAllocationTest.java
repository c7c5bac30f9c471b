package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Events leave no garbage: what a text is taken apart into lies in the batch. Measured as the compiler leaves it,
/// which is why the bound is not zero: what needs no object once it is compiled well may need one before.
class NormalizerAllocationTest {
    private static final int EVENTS = 2_000;
    private static final int LARGEST_BYTES_PER_EVENT = 200;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "auditd ! type=SYSCALL msg=audit(1795341600.125:7): arch=c000003e syscall=42 pid=7 comm=69640A exe=\"/bin/id\" key=\"net\"~type=SOCKADDR msg=audit(1795341600.125:7): saddr=020001BBC6336407~type=EXECVE msg=audit(1795341600.125:7): argc=2 a0=\"id\" a1[0]=2D a1[1]=75~type=PATH msg=audit(1795341600.125:7): item=0 name=2F746D702F6120622E747874 nametype=NORMAL~type=PROCTITLE msg=audit(1795341600.125:7): proctitle=6964002D75",
                "cef    ! CEF:0|Northgate|BorderWall|7.4|100|traffic|3|src=192.0.2.1 spt=4711 dst=198.51.100.7 act=blocked rt=1795341600000 msg=a \\=b",
                "json   ! {\"SourceAddress\": \"192.0.2.1\", \"nested\": {\"key\": \"a\\u00e4\"}, \"list\": [1, 2]}",
                "kv     ! SourceAddress=192.0.2.1 DeviceAction=\"allow and log\" other=1",
                "leef   ! LEEF:2.0|Northgate|BorderWall|7.4|traffic|^|src=192.0.2.1^usrName=deploy^x=1",
                "syslog ! <86>1 2026-11-22T10:11:12.25Z bastion sshd 7 ID47 [login@32473 user=\"deploy\"] Accepted",
                "syslog ! <13>1 2026-11-23T10:00:00Z web1 app 1 - [timeQuality tzKnown=\"1\"][meta sequenceId=\"7\"] numbered",
                "xml    ! <Event><System><EventID>4624</EventID></System><EventData><Data Name=\"a\">b &amp; c</Data></EventData></Event>"
            })
    void leavesNoGarbagePerEvent(String format, String text) {
        Normalizer normalizer =
                Normalized.normalizer("{kind: normalizer, name: sample, spec: {format: " + format + "}}");
        byte[] bytes = text.replace('~', '\n').getBytes(UTF_8);
        EventBatch batch = new EventBatch(8, 1 << 16);
        EntryOrigin origin = new EntryOrigin("", "test", "udp", "192.0.2.9", 514, "", 514, "");
        // The compiler comes round to it after some time.
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 40 && least > LARGEST_BYTES_PER_EVENT; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < EVENTS; i++) {
                take(normalizer, batch, origin, bytes);
            }
            least = Math.min(least, (THREADS.getCurrentThreadAllocatedBytes() - before) / EVENTS);
        }
        assertThat(least).as("bytes an event").isLessThanOrEqualTo(LARGEST_BYTES_PER_EVENT);
    }

    private static void take(Normalizer normalizer, EventBatch batch, EntryOrigin origin, byte[] bytes) {
        EventBuilder builder = batch.builder();
        builder.begin(origin, 1, 2, 1_795_341_600_000_000_000L, 1, bytes, 0, bytes.length);
        requireUnderstood(normalizer.normalize(builder));
        builder.commit();
        batch.clear();
    }

    private static void requireUnderstood(boolean understood) {
        if (!understood) {
            throw new AssertionError("not understood");
        }
    }
}
