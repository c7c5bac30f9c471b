package io.tocsin.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.pipeline.normalizer.NormalizerMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Flow protocols. An input is a sequence of datagrams, each behind its length in two bytes (big-endian); what a length
/// says beyond the end of the input does not count, so that the last datagram needs none that is right.
final class FlowFuzzTest {
    private static final int MEMORY_HEAD_BYTES = 12;

    private static void take(String format, byte[] input) {
        Effort effort = new Effort();
        Datagrams datagrams = new Datagrams(format);
        int at = 0;
        while (at + 2 <= input.length) {
            int length = (input[at] & 0xff) << 8 | (input[at + 1] & 0xff);
            int end = Math.min(input.length, at + 2 + length);
            if (end > at + 2) {
                datagrams.take(Arrays.copyOfRange(input, at + 2, end));
            }
            at = end;
        }
        datagrams.end();
        effort.check();
    }

    @FuzzTest
    void ipfix(byte[] input) {
        take("ipfix", input);
    }

    @FuzzTest
    void netflow(byte[] input) {
        take("netflow", input);
    }

    @FuzzTest
    void netflow5(byte[] input) {
        take("netflow5", input);
    }

    @FuzzTest
    void netflow9(byte[] input) {
        take("netflow9", input);
    }

    @FuzzTest
    void sflow5(byte[] input) {
        take("sflow5", input);
    }

    /// What is remembered of templates over a restart: the bytes of the file, and the same with a right checksum.
    @FuzzTest
    void memory(byte[] input) {
        restore(input);
        if (input.length >= MEMORY_HEAD_BYTES) {
            byte[] sealed = input.clone();
            CRC32C checksum = new CRC32C();
            checksum.update(sealed, MEMORY_HEAD_BYTES, sealed.length - MEMORY_HEAD_BYTES);
            ByteBuffer.wrap(sealed).putInt(8, (int) checksum.getValue());
            restore(sealed);
        }
    }

    private static void restore(byte[] bytes) {
        NormalizerMemory memory = new NormalizerMemory();
        if (!memory.restore(bytes)) {
            assertThat(memory.toBytes()).isEqualTo(new NormalizerMemory().toBytes());
            return;
        }
        byte[] once = memory.toBytes();
        NormalizerMemory again = new NormalizerMemory();
        assertThat(again.restore(once)).isTrue();
        assertThat(again.toBytes()).isEqualTo(once);
    }
}
