package io.tocsin.pipeline.connector.http;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Undoes the content encoding of a body (RFC 9110, section 8.4.1; RFC 8878 for zstd) within limits:
/// so many bytes in all, and beyond the first of them so many times what was received.
public final class ContentDecoding {
    /// What `Accept-Encoding` of an answer to an unknown encoding says.
    public static final String KNOWN = "gzip, zstd, deflate";

    private static final int BUFFER_BYTES = 16 << 10;
    /// Window that senders of zstd over HTTP must not exceed (RFC 9659): 8 MiB.
    private static final int ZSTD_WINDOW_LOG = 23;
    /// Short bodies may expand more: a run of equal lines does.
    private static final long FREE_BYTES = 1 << 20;

    private static final int GREATEST_RATIO = 100;

    private ContentDecoding() {}

    /// The body as it was before it was encoded.
    ///
    /// @param encoding the value of `Content-Encoding`, null when there was none
    /// @param maximumBytes longest decoded body
    /// @throws HttpProblem 415 when the encoding is not known
    public static InputStream decode(InputStream body, @Nullable String encoding, long maximumBytes)
            throws IOException {
        String name = encoding == null ? "" : encoding.strip().toLowerCase(Locale.ROOT);
        Counted received = new Counted(body);
        InputStream decoded = switch (name) {
            case "", "identity" -> received;
            case "gzip", "x-gzip" -> opened(() -> new GZIPInputStream(received, BUFFER_BYTES));
            case "deflate" -> deflated(received);
            case "zstd" -> opened(() -> zstd(received));
            default -> throw new HttpProblem(415, "content encoding is not known");
        };
        return new Bounded(decoded, received, maximumBytes);
    }

    @FunctionalInterface
    private interface Opening {
        InputStream open() throws IOException;
    }

    /// Decoders that read ahead complain of what they cannot read.
    private static InputStream opened(Opening opening) throws IOException {
        try {
            return opening.open();
        } catch (ZipException | EOFException e) {
            throw new HttpProblem(400, "body is not encoded as it says");
        }
    }

    private static InputStream zstd(InputStream body) throws IOException {
        ZstdInputStreamNoFinalizer decoded = new ZstdInputStreamNoFinalizer(body);
        decoded.setLongMax(ZSTD_WINDOW_LOG);
        return decoded;
    }

    /// The name means the zlib format, but some senders leave its header out.
    private static InputStream deflated(InputStream body) throws IOException {
        PushbackInputStream ahead = new PushbackInputStream(body, 2);
        byte[] head = ahead.readNBytes(2);
        ahead.unread(head);
        boolean zlib =
                head.length == 2 && (head[0] & 0x0f) == 8 && ((head[0] & 0xff) << 8 | (head[1] & 0xff)) % 31 == 0;
        Inflater inflater = new Inflater(!zlib);
        return new InflaterInputStream(ahead, inflater, BUFFER_BYTES) {
            @Override
            public void close() throws IOException {
                super.close();
                inflater.end();
            }
        };
    }

    /// Counts what comes in. Does not close the connection that it reads from.
    ///
    /// Thread-safety: one thread.
    private static final class Counted extends FilterInputStream {
        private long count;

        Counted(InputStream body) {
            super(body);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read = super.read(into, offset, length);
            count += Math.max(0, read);
            return read;
        }

        @Override
        public int available() {
            // Lets the gzip decoder look for a further member; the end tells it that there is none.
            return 1;
        }

        @Override
        public void close() {}
    }

    /// Thread-safety: one thread.
    private static final class Bounded extends FilterInputStream {
        private final Counted received;
        private final long maximumBytes;
        private long count;

        Bounded(InputStream decoded, Counted received, long maximumBytes) {
            super(decoded);
            this.received = received;
            this.maximumBytes = maximumBytes;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read;
            try {
                read = super.read(into, offset, length);
            } catch (HttpProblem e) {
                throw e;
            } catch (ZipException e) {
                throw new HttpProblem(400, "body is not encoded as it says");
            } catch (com.github.luben.zstd.ZstdIOException e) {
                throw new HttpProblem(400, "body is not encoded as it says");
            } catch (EOFException e) {
                if (in instanceof Counted) {
                    throw e;
                }
                throw new HttpProblem(400, "encoded body ends too early");
            }
            count += Math.max(0, read);
            if (count > maximumBytes) {
                throw new HttpProblem(413, "decoded body is longer than allowed");
            }
            if (count > FREE_BYTES && count / GREATEST_RATIO > received.count) {
                throw new HttpProblem(413, "body expands too much");
            }
            return read;
        }
    }
}
