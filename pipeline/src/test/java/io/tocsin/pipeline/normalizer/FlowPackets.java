package io.tocsin.pipeline.normalizer;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// Writes packets of flow exporters, for tests.
public final class FlowPackets {
    static final long EXPORT_SECONDS = 1_789_999_990L;
    static final int UP_TIME = 600_000;

    private FlowPackets() {}

    /// Writes bytes.
    interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    static byte[] bytes(Writing... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (Writing part : parts) {
                part.to(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] netflow5(int stated, long sequence, byte[]... records) {
        return bytes(
                out -> {
                    out.writeShort(5);
                    out.writeShort(stated);
                    out.writeInt(UP_TIME);
                    out.writeInt((int) EXPORT_SECONDS);
                    out.writeInt(500_000_000);
                    out.writeInt((int) sequence);
                    out.writeByte(1);
                    out.writeByte(7);
                    out.writeShort(1 << 14 | 100);
                },
                all(records));
    }

    static byte[] netflow5Record(int lastByte, int port) {
        return bytes(out -> {
            out.writeInt(0xC6336400 | lastByte);
            out.writeInt(0xCB007105);
            out.writeInt(0);
            out.writeShort(3);
            out.writeShort(4);
            out.writeInt(10);
            out.writeInt(1500);
            out.writeInt(UP_TIME - 5000);
            out.writeInt(UP_TIME - 1000);
            out.writeShort(port);
            out.writeShort(443);
            out.writeByte(0);
            out.writeByte(0x12);
            out.writeByte(6);
            out.writeByte(0);
            out.writeShort(64496);
            out.writeShort(64497);
            out.writeByte(24);
            out.writeByte(24);
            out.writeShort(0);
        });
    }

    static Writing all(byte[]... parts) {
        return out -> {
            for (byte[] part : parts) {
                out.write(part);
            }
        };
    }

    static byte[] netflow9(int count, long sequence, long source, byte[]... sets) {
        return bytes(
                out -> {
                    out.writeShort(9);
                    out.writeShort(count);
                    out.writeInt(UP_TIME);
                    out.writeInt((int) EXPORT_SECONDS);
                    out.writeInt((int) sequence);
                    out.writeInt((int) source);
                },
                all(sets));
    }

    public static byte[] ipfix(long sequence, long domain, byte[]... sets) {
        int length = 16;
        for (byte[] set : sets) {
            length += set.length;
        }
        int stated = length;
        return bytes(
                out -> {
                    out.writeShort(10);
                    out.writeShort(stated);
                    out.writeInt((int) EXPORT_SECONDS);
                    out.writeInt((int) sequence);
                    out.writeInt((int) domain);
                },
                all(sets));
    }

    public static byte[] set(int id, byte[]... parts) {
        byte[] body = bytes(all(parts));
        return bytes(
                out -> {
                    out.writeShort(id);
                    out.writeShort(body.length + 4);
                },
                all(body));
    }

    /// @param fields number, length, number, length, …; a number from 0x8000 is followed by length and enterprise
    static byte[] template(int id, long... fields) {
        return bytes(
                out -> {
                    out.writeShort(id);
                    out.writeShort(count(fields));
                },
                specifiers(fields));
    }

    /// Options template of IPFIX.
    static byte[] optionsTemplate(int id, int scopes, long... fields) {
        return bytes(
                out -> {
                    out.writeShort(id);
                    out.writeShort(count(fields));
                    out.writeShort(scopes);
                },
                specifiers(fields));
    }

    private static int count(long[] fields) {
        int count = 0;
        for (int i = 0; i < fields.length; i += fields[i] >= 0x8000 ? 3 : 2) {
            count++;
        }
        return count;
    }

    private static Writing specifiers(long[] fields) {
        return out -> {
            for (int i = 0; i < fields.length; i += fields[i] >= 0x8000 ? 3 : 2) {
                out.writeShort((int) fields[i]);
                out.writeShort((int) fields[i + 1]);
                if (fields[i] >= 0x8000) {
                    out.writeInt((int) fields[i + 2]);
                }
            }
        };
    }

    /// The template of [#flow]: addresses, ports, protocol, bytes.
    public static byte[] flowTemplate(int id) {
        return template(id, 8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 1, 4);
    }

    public static byte[] flow(int lastByte, int octets) {
        return bytes(out -> {
            out.writeInt(0xC6336400 | lastByte);
            out.writeInt(0xCB007105);
            out.writeShort(50_000 + lastByte);
            out.writeShort(443);
            out.writeByte(17);
            out.writeInt(octets);
        });
    }

    static List<byte[]> samples() {
        byte[] template = set(2, flowTemplate(256), template(257, 82, 65535, 1, 3, 0x8000 | 129, 4, 5951));
        byte[] variable = bytes(out -> {
            out.writeByte(4);
            out.write(new byte[] {'e', 't', 'h', '0'});
            out.write(new byte[] {0, 1, 2});
            out.writeInt(77);
        });
        return List.of(
                netflow5(2, 1, netflow5Record(1, 4000), netflow5Record(2, 4001)),
                netflow9(3, 1, 5, set(0, flowTemplate(256)), set(256, flow(1, 100), flow(2, 200))),
                ipfix(1, 5, template, set(256, flow(1, 100), flow(2, 200)), set(257, variable, variable)),
                ipfix(1, 5, set(3, optionsTemplate(300, 1, 149, 4, 302, 8, 305, 4, 306, 4)), set(300, bytes(out -> {
                    out.writeInt(5);
                    out.writeLong(9);
                    out.writeInt(1);
                    out.writeInt(99);
                }))));
    }
}
