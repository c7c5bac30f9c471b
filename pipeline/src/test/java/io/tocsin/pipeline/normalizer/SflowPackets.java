package io.tocsin.pipeline.normalizer;

import static io.tocsin.pipeline.normalizer.FlowPackets.all;
import static io.tocsin.pipeline.normalizer.FlowPackets.bytes;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.List;

/// Writes sFlow datagrams, for tests.
final class SflowPackets {
    private SflowPackets() {}

    static byte[] datagram(long sequence, byte[]... samples) {
        return bytes(
                out -> {
                    out.writeInt(5);
                    out.writeInt(1);
                    out.writeInt(0xC0000263);
                    out.writeInt(2);
                    out.writeInt((int) sequence);
                    out.writeInt(123_456);
                    out.writeInt(samples.length);
                },
                all(samples));
    }

    /// A sample or a record: its kind, its length, its bytes.
    static byte[] block(int format, byte[]... parts) {
        byte[] body = bytes(all(parts));
        return bytes(
                out -> {
                    out.writeInt(format);
                    out.writeInt(body.length);
                },
                all(body));
    }

    static byte[] words(int... values) {
        return bytes(out -> {
            for (int value : values) {
                out.writeInt(value);
            }
        });
    }

    static byte[] flowSample(byte[]... records) {
        return block(1, words(9, 3, 1000, 500_000, 2, 3, 4, records.length), bytes(all(records)));
    }

    static byte[] expandedFlowSample(byte[]... records) {
        return block(3, words(9, 0, 3, 1000, 500_000, 2, 0, 3, 0, 4, records.length), bytes(all(records)));
    }

    /// A TCP packet over IPv4 in a tagged Ethernet frame.
    static byte[] rawPacket() {
        byte[] header = bytes(out -> {
            out.write(new byte[] {0, 1, 2, 3, 4, 5, 0, 0x1b, 0x21, 1, 2, 3});
            out.writeShort(0x8100);
            out.writeShort(0x2000 | 42);
            out.writeShort(0x0800);
            out.write(new byte[] {0x45, 0x10, 0, 100, 0, 1, 0x40, 0, 63, 6, 0, 0});
            out.writeInt(0xC6336401);
            out.writeInt(0xCB007105);
            out.writeShort(50_001);
            out.writeShort(443);
            out.writeInt(1);
            out.writeInt(2);
            out.write(new byte[] {0x50, 0x18, 1, 0});
            out.writeShort(0);
        });
        return block(1, words(1, 1514, 4, header.length), header, new byte[-header.length & 3]);
    }

    static byte[] counters() {
        return block(2, words(1, 3, 1), block(1, bytes(out -> {
            out.writeInt(3);
            out.writeInt(6);
            out.writeLong(1_000_000_000L);
            out.writeInt(1);
            out.writeInt(3);
            out.writeLong(77_000_000_000L);
            for (int i = 0; i < 6; i++) {
                out.writeInt(i == 3 ? -1 : i);
            }
            out.writeLong(88);
            for (int i = 0; i < 6; i++) {
                out.writeInt(i);
            }
        })));
    }

    static List<byte[]> samples() {
        byte[] url = block(1005, words(1, 5), "/path\0\0\0".getBytes(US_ASCII), words(0));
        return List.of(
                datagram(1, flowSample(rawPacket(), block(1001, words(1, 2, 3, 4))), counters()),
                datagram(2, expandedFlowSample(rawPacket(), url, block(1002, words(1, 0xC0000201, 24, 16)))),
                datagram(3, block(7, words(1, 2, 3))));
    }
}
