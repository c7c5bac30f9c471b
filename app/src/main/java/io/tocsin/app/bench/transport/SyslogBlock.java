package io.tocsin.app.bench.transport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Lines as any service of a Linux host writes them, RFC 5424, 160 bytes on average. The same number gives the same
/// line.
final class SyslogBlock {
    /// Lines in the block.
    static final int LINES = 50_000;

    private static final List<byte[]> TEXTS = texts();

    private SyslogBlock() {}

    private static List<byte[]> texts() {
        List<byte[]> texts = new ArrayList<>(LINES);
        for (int i = 0; i < LINES; i++) {
            String text =
                    "<%d>1 2026-11-22T10:%02d:%02d.%06dZ web-%d.example.org orders %d ID%d - order %d of customer %d taken in %d ms, %d articles, total %d.%02d"
                            .formatted(
                                    134 + i % 4,
                                    i / 60 % 60,
                                    i % 60,
                                    i * 19 % 1_000_000,
                                    i % 40,
                                    1000 + i % 97,
                                    i % 12,
                                    7_000_000 + i,
                                    i * 31 % 90_000,
                                    i % 900,
                                    i % 9 + 1,
                                    i * 7 % 5_000,
                                    i % 100);
            texts.add(text.getBytes(StandardCharsets.US_ASCII));
        }
        return List.copyOf(texts);
    }

    /// The lines without their ends.
    static List<byte[]> lines() {
        return TEXTS;
    }

    /// Mean length of a line.
    static double meanBytes() {
        return TEXTS.stream().mapToInt(each -> each.length).average().orElse(0);
    }

    /// All lines, each ended by LF.
    static ByteBuffer text() {
        return joined(new byte[0], new byte[] {'\n'});
    }

    /// All lines as JSON objects with one member, one a line.
    static ByteBuffer objects() {
        return joined(
                "{\"message\":\"".getBytes(StandardCharsets.US_ASCII), "\"}\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static ByteBuffer joined(byte[] before, byte[] behind) {
        int bytes = TEXTS.stream()
                .mapToInt(each -> before.length + each.length + behind.length)
                .sum();
        ByteBuffer block = ByteBuffer.allocateDirect(bytes);
        for (byte[] text : TEXTS) {
            block.put(before).put(text).put(behind);
        }
        return block.flip();
    }
}
