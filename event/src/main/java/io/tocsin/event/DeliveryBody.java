package io.tocsin.event;

import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The body of a delivery on the wire: as it is, or compressed with zstd (RFC 8878) and marked so by
/// `Content-Encoding`. What [DeliveryRun] names and checks is always the body as it was before it was compressed.
///
/// A receiver says in each answer that it undoes the encoding ([#ACCEPT_HEADER]); a sender compresses only what goes
/// to a receiver that has said so, so that older ones go on to understand it.
///
/// Stateless.
public final class DeliveryBody {
    /// Header that says how the body is encoded.
    public static final String ENCODING_HEADER = "Content-Encoding";

    /// Header of an answer: which encodings the receiver undoes (RFC 9110, section 12.5.3).
    public static final String ACCEPT_HEADER = "Accept-Encoding";

    /// The only encoding there is.
    public static final String ZSTD = "zstd";

    private static final int LEVEL = 1;
    /// Frames that need a greater window are refused: 8 MiB (RFC 9659).
    private static final int WINDOW_LOG = 23;
    private static final int CHUNK_BYTES = 64 << 10;

    private DeliveryBody() {}

    /// Why a body cannot be taken.
    ///
    /// Immutable.
    public static final class Unreadable extends IOException {
        private static final long serialVersionUID = 1;
        private final boolean tooLong;

        Unreadable(String message, boolean tooLong, @Nullable Throwable cause) {
            super(message, cause);
            this.tooLong = tooLong;
        }

        /// True: it is longer than allowed. False: it is damaged, and may be sent again.
        public boolean isTooLong() {
            return tooLong;
        }
    }

    /// Compresses a body.
    ///
    /// @param bodies the body in pieces
    /// @param bytes how many there are in all
    public static byte[] compress(List<byte[]> bodies, long bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream((int) Math.min(1 << 20, bytes / 3 + 64));
        try (ZstdOutputStreamNoFinalizer compressed = new ZstdOutputStreamNoFinalizer(out, LEVEL)) {
            for (byte[] body : bodies) {
                compressed.write(body);
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory takes what is written", e);
        }
        return out.toByteArray();
    }

    /// Whether an encoding is one that [#read] undoes.
    ///
    /// @param encoding value of [#ENCODING_HEADER], null when the request has none
    public static boolean isKnown(@Nullable String encoding) {
        return encoding == null || encoding.isBlank() || isZstd(encoding);
    }

    private static boolean isZstd(@Nullable String encoding) {
        return encoding != null && encoding.strip().toLowerCase(Locale.ROOT).equals(ZSTD);
    }

    /// Reads a body as it was before it was compressed.
    ///
    /// A compressed body that becomes too long counts as damaged: nobody can tell whether it was sent so, and its
    /// sender sends it plain the next time.
    ///
    /// @param source what arrives
    /// @param encoding value of [#ENCODING_HEADER], null when the request has none
    /// @param front so many bytes are left free before the body
    /// @param limit longest body, and longest body that is sent; no more than that is held in memory
    /// @throws Unreadable when it is longer, or is not what its encoding says
    public static byte[] read(InputStream source, @Nullable String encoding, int front, int limit) throws IOException {
        if (!isZstd(encoding)) {
            return bounded(source, front, limit);
        }
        byte[] sent = bounded(source, 0, limit);
        try (ZstdInputStreamNoFinalizer decoded = new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(sent))) {
            decoded.setLongMax(WINDOW_LOG);
            return bounded(decoded, front, limit);
        } catch (IOException | ZstdException e) {
            throw new Unreadable("body cannot be decompressed: " + e.getMessage(), false, e);
        }
    }

    private static byte[] bounded(InputStream source, int front, int limit) throws IOException {
        byte[] bytes = new byte[front + Math.min(limit, CHUNK_BYTES)];
        int length = front;
        while (true) {
            int read = source.read(bytes, length, bytes.length - length);
            if (read < 0) {
                return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
            }
            length += read;
            if (length == bytes.length) {
                if (length - front >= limit) {
                    if (source.read() >= 0) {
                        throw tooLong(limit);
                    }
                    return bytes;
                }
                bytes = Arrays.copyOf(bytes, (int) Math.min(front + (long) limit, length * 2L));
            }
        }
    }

    private static Unreadable tooLong(int limit) {
        return new Unreadable("body is longer than allowed [limit=" + limit + "]", true, null);
    }
}
