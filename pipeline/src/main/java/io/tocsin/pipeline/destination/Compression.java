package io.tocsin.pipeline.destination;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;

/// How packets are compressed. Each is compressed by itself; one behind the other they are a stream that every tool
/// of the format reads.
public enum Compression {
    NONE,
    /// RFC 1952; each packet is a member.
    GZIP;

    /// The bytes of a packet in this form; [Packet#bytes()] themselves when nothing is to be done
    /// and they are the whole.
    byte[] apply(Packet packet) throws IOException {
        return switch (this) {
            case NONE -> packet.wholeBytes();
            case GZIP -> {
                ByteArrayOutputStream out = new ByteArrayOutputStream(packet.length() / 4 + 64);
                try (GZIPOutputStream gzip = new GZIPOutputStream(out, 8192)) {
                    gzip.write(packet.bytes(), packet.start(), packet.length());
                }
                yield out.toByteArray();
            }
        };
    }

    /// What stands behind the name of a compressed file.
    String ending() {
        return switch (this) {
            case NONE -> "";
            case GZIP -> ".gz";
        };
    }
}
