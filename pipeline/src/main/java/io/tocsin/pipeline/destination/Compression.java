package io.tocsin.pipeline.destination;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import org.xerial.snappy.SnappyFramedOutputStream;

/// How packets are compressed. Each is compressed by itself; one behind the other they are a stream that every tool
/// of the format reads.
public enum Compression {
    NONE,
    /// RFC 1952; each packet is a member.
    GZIP,
    /// RFC 8878; each packet is a frame.
    ZSTD,
    /// LZ4 frame format 1.6.1; each packet is a frame with a checksum of its content.
    LZ4,
    /// Snappy framing format; each packet begins with a stream identifier.
    SNAPPY;

    private static final int ZSTD_LEVEL = 3;

    /// The bytes of a packet in this form; [Packet#bytes()] themselves when nothing is to be done
    /// and they are the whole.
    byte[] apply(Packet packet) throws IOException {
        return switch (this) {
            case NONE -> packet.wholeBytes();
            case GZIP, LZ4, SNAPPY -> {
                ByteArrayOutputStream out = new ByteArrayOutputStream(packet.length() / 4 + 64);
                try (OutputStream compressed = stream(out)) {
                    compressed.write(packet.bytes(), packet.start(), packet.length());
                }
                yield out.toByteArray();
            }
            case ZSTD -> zstd(packet);
        };
    }

    private OutputStream stream(OutputStream out) throws IOException {
        return switch (this) {
            case GZIP -> new GZIPOutputStream(out, 8192);
            case LZ4 ->
                new LZ4FrameOutputStream(
                        out, BLOCKSIZE.SIZE_256KB, FLG.Bits.BLOCK_INDEPENDENCE, FLG.Bits.CONTENT_CHECKSUM);
            case SNAPPY -> new SnappyFramedOutputStream(out);
            case NONE, ZSTD -> throw new IllegalStateException("not a stream [compression=" + this + "]");
        };
    }

    private static byte[] zstd(Packet packet) throws IOException {
        byte[] frame = new byte[(int) Zstd.compressBound(packet.length())];
        long length = Zstd.compressByteArray(
                frame, 0, frame.length, packet.bytes(), packet.start(), packet.length(), ZSTD_LEVEL);
        if (Zstd.isError(length)) {
            throw new IOException("zstd cannot compress: " + Zstd.getErrorName(length));
        }
        return Arrays.copyOf(frame, (int) length);
    }

    /// What stands behind the name of a compressed file.
    String ending() {
        return switch (this) {
            case NONE -> "";
            case GZIP -> ".gz";
            case ZSTD -> ".zst";
            case LZ4 -> ".lz4";
            case SNAPPY -> ".sz";
        };
    }
}
