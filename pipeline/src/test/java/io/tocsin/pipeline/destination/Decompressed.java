package io.tocsin.pipeline.destination;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.xerial.snappy.SnappyFramedInputStream;

/// Undoes the compression of what destinations sent, with readers that take any number of frames.
final class Decompressed {
    private Decompressed() {}

    /// @param name of a file, or of a compression
    static InputStream byName(String name, InputStream in) throws IOException {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "gz", "gzip" -> new GZIPInputStream(in);
            case "zst", "zstd" -> new ZstdInputStream(in).setContinuous(true);
            case "lz4" -> new LZ4FrameInputStream(in);
            case "sz", "snappy" -> new SnappyFramedInputStream(in);
            default -> in;
        };
    }
}
