package io.tocsin.pipeline.connector.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads requests of HTTP/1.0 and 1.1 (RFC 9112) from a connection, one after another, so that
/// pipelined requests are answered in their order.
///
/// Strict where leniency has cost others: no line end but CR LF, no folded or padded field names, one
/// `Content-Length` of digits only, nothing beside `chunked`, never both. Every wait has an end: idle,
/// head as a whole, body by a smallest rate; a peer that sends an octet a second is let go.
///
/// The buffer of an idle connection is 4 KiB; it grows to [HttpLimits#headBytes()] for a long head
/// only.
///
/// Thread-safety: one thread.
public final class HttpInput {
    /// Sets how long the next reads may wait.
    @FunctionalInterface
    public interface Patience {
        /// @param millis 0: as long as the connection may be idle at all
        void readsWaitAtMost(int millis) throws IOException;
    }

    private static final int SMALL_BUFFER_BYTES = 4 << 10;
    private static final int MAXIMUM_FIELDS = 100;
    private static final int MAXIMUM_CHUNK_LINE_BYTES = 1 << 10;
    private static final int MAXIMUM_TRAILER_BYTES = 8 << 10;
    private static final int MAXIMUM_LENGTH_DIGITS = 15;

    private final InputStream in;
    private final Patience patience;
    private final HttpLimits limits;
    private byte[] buffer = new byte[SMALL_BUFFER_BYTES];
    private int start;
    private int end;
    private long deadlineNanos;
    private @Nullable Body body;

    public HttpInput(InputStream in, Patience patience, HttpLimits limits) {
        this.in = in;
        this.patience = patience;
        this.limits = limits;
    }

    /// True when bytes of a further request are at hand already.
    public boolean hasMore() {
        return start < end;
    }

    /// The next request; null when the peer has ended the connection, or sent nothing for too long.
    ///
    /// @throws HttpProblem when it is no request; the connection is of no use then
    public @Nullable HttpRequest next() throws IOException {
        body = null;
        if (start == end) {
            start = 0;
            end = 0;
            if (buffer.length > SMALL_BUFFER_BYTES) {
                buffer = new byte[SMALL_BUFFER_BYTES];
            }
            patience.readsWaitAtMost(limits.idleMillis());
            try {
                if (!fill()) {
                    return null;
                }
            } catch (SocketTimeoutException idle) {
                return null;
            }
        }
        deadlineNanos = System.nanoTime() + limits.headMillis() * 1_000_000L;
        skipEmptyLines();
        int headEnd = headEnd();
        HttpRequest request = parse(headEnd);
        start = headEnd;
        return request;
    }

    /// Reads what is left of the body, if that is not much; false when the connection has to end
    /// instead.
    public boolean skipBody(int maximumBytes) throws IOException {
        Body reading = body;
        if (reading == null) {
            return true;
        }
        byte[] waste = new byte[1 << 10];
        long skipped = 0;
        while (skipped <= maximumBytes) {
            int length = reading.read(waste, 0, waste.length);
            if (length < 0) {
                return true;
            }
            skipped += length;
        }
        return false;
    }

    private boolean fill() throws IOException {
        int length = in.read(buffer, end, buffer.length - end);
        if (length < 0) {
            return false;
        }
        end += length;
        return true;
    }

    /// Reads more before the deadline.
    private void more() throws IOException {
        if (end == buffer.length) {
            if (start > 0) {
                System.arraycopy(buffer, start, buffer, 0, end - start);
                end -= start;
                start = 0;
            } else if (buffer.length < limits.headBytes()) {
                buffer = Arrays.copyOf(buffer, limits.headBytes());
            } else {
                throw new HttpProblem(431, "request line and header fields are too long");
            }
        }
        waitUntilDeadline();
        try {
            if (!fill()) {
                throw new EOFException("connection ended inside a request");
            }
        } catch (SocketTimeoutException e) {
            throw new HttpProblem(408, "request took too long");
        }
    }

    private void waitUntilDeadline() throws IOException {
        long millis = (deadlineNanos - System.nanoTime()) / 1_000_000L;
        if (millis <= 0) {
            throw new HttpProblem(408, "request took too long");
        }
        patience.readsWaitAtMost((int) Math.min(Integer.MAX_VALUE, millis));
    }

    /// Some senders put an empty line behind a body.
    private void skipEmptyLines() throws IOException {
        for (int lines = 0; ; lines++) {
            while (end - start < 2) {
                if (end > start && buffer[start] != '\r') {
                    return;
                }
                more();
            }
            if (buffer[start] != '\r' || buffer[start + 1] != '\n') {
                return;
            }
            if (lines == 4) {
                throw new HttpProblem(400, "empty lines instead of a request");
            }
            start += 2;
        }
    }

    /// Where the body begins, relative to the buffer after it was filled so far.
    private int headEnd() throws IOException {
        int looked = 0;
        while (true) {
            for (int i = Math.max(0, looked - 3); start + i + 3 < end; i++) {
                int at = start + i;
                if (buffer[at] == '\r' && buffer[at + 1] == '\n' && buffer[at + 2] == '\r' && buffer[at + 3] == '\n') {
                    return at + 4;
                }
            }
            looked = end - start;
            if (looked > limits.headBytes()) {
                throw new HttpProblem(431, "request line and header fields are too long");
            }
            more();
        }
    }

    private HttpRequest parse(int headEnd) throws HttpProblem {
        int lineEnd = lineEnd(start, headEnd);
        String line = new String(buffer, start, lineEnd - start, StandardCharsets.ISO_8859_1);
        int first = line.indexOf(' ');
        int last = line.lastIndexOf(' ');
        if (first <= 0 || last <= first + 1 || line.indexOf(' ', first + 1) != last) {
            throw new HttpProblem(400, "request line is not method, target and version");
        }
        String method = line.substring(0, first);
        String version = line.substring(last + 1);
        if (!isToken(method)) {
            throw new HttpProblem(400, "method is not a word");
        }
        if (!version.equals("HTTP/1.1") && !version.equals("HTTP/1.0")) {
            throw new HttpProblem(version.startsWith("HTTP/") ? 505 : 400, "version is not HTTP/1.1");
        }
        int minor = version.charAt(7) - '0';
        List<HttpRequest.HeaderField> fields = fields(lineEnd + 2, headEnd - 2);
        String target = target(line.substring(first + 1, last));
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        Body reading = body(fields, minor);
        body = reading;
        return new HttpRequest(
                method,
                HttpRequest.decoded(path, false),
                question < 0 ? "" : target.substring(question + 1),
                minor,
                fields,
                reading);
    }

    private static String target(String target) throws HttpProblem {
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c == 0x7f) {
                throw new HttpProblem(400, "target holds a control character");
            }
        }
        if (target.startsWith("/") || target.equals("*")) {
            return target;
        }
        int scheme = target.indexOf("://");
        if (scheme <= 0) {
            throw new HttpProblem(400, "target is no path");
        }
        int slash = target.indexOf('/', scheme + 3);
        return slash < 0 ? "/" : target.substring(slash);
    }

    private int lineEnd(int from, int to) throws HttpProblem {
        for (int i = from; i < to; i++) {
            byte b = buffer[i];
            if (b == '\r' && i + 1 < to && buffer[i + 1] == '\n') {
                return i;
            }
            if (b == '\r' || b == '\n' || b == 0) {
                throw new HttpProblem(400, "line of the head holds a control character");
            }
        }
        throw new HttpProblem(400, "head has no end");
    }

    private List<HttpRequest.HeaderField> fields(int from, int to) throws HttpProblem {
        List<HttpRequest.HeaderField> fields = new ArrayList<>();
        int at = from;
        while (at < to) {
            int lineEnd = lineEnd(at, to);
            String line = new String(buffer, at, lineEnd - at, StandardCharsets.ISO_8859_1);
            int colon = line.indexOf(':');
            if (colon <= 0 || !isToken(line.substring(0, colon))) {
                throw new HttpProblem(400, "header field has no proper name");
            }
            if (fields.size() == MAXIMUM_FIELDS) {
                throw new HttpProblem(431, "too many header fields");
            }
            fields.add(new HttpRequest.HeaderField(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip()));
            at = lineEnd + 2;
        }
        return fields;
    }

    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
            if (!letter && !(c >= '0' && c <= '9') && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private Body body(List<HttpRequest.HeaderField> fields, int minor) throws HttpProblem {
        String coding = null;
        String length = null;
        boolean host = false;
        for (HttpRequest.HeaderField field : fields) {
            switch (field.name()) {
                case "transfer-encoding" -> {
                    if (coding != null || minor == 0) {
                        throw new HttpProblem(400, "transfer encoding is not allowed here");
                    }
                    coding = field.value();
                }
                case "content-length" -> {
                    if (length != null) {
                        throw new HttpProblem(400, "content length is given twice");
                    }
                    length = field.value();
                }
                case "host" -> {
                    if (host) {
                        throw new HttpProblem(400, "host is given twice");
                    }
                    host = true;
                }
                default -> {}
            }
        }
        if (minor > 0 && !host) {
            throw new HttpProblem(400, "host is missing");
        }
        if (coding != null) {
            if (length != null) {
                throw new HttpProblem(400, "transfer encoding and content length exclude each other");
            }
            if (!coding.equalsIgnoreCase("chunked")) {
                throw new HttpProblem(501, "transfer encoding is not chunked");
            }
            return new Body(-1);
        }
        return new Body(length == null ? 0 : lengthOf(length));
    }

    private long lengthOf(String text) throws HttpProblem {
        if (text.isEmpty() || text.length() > MAXIMUM_LENGTH_DIGITS) {
            throw new HttpProblem(text.isEmpty() ? 400 : 413, "content length is no fitting number");
        }
        long length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                throw new HttpProblem(400, "content length is not a number");
            }
            length = length * 10 + (c - '0');
        }
        if (length > limits.maximumBodyBytes()) {
            throw new HttpProblem(413, "body is longer than allowed");
        }
        return length;
    }

    /// The body of the request at hand, with its chunks put together.
    ///
    /// Thread-safety: that of the input.
    private final class Body extends InputStream {
        private static final int BEFORE_CHUNK = 0;
        private static final int IN_CHUNK = 1;
        private static final int BEHIND_CHUNK = 2;
        private static final int ENDED = 3;

        private final boolean chunked;
        private final byte[] one = new byte[1];
        private int place;
        private long left;
        private long received;
        private long begunNanos;

        Body(long length) {
            chunked = length < 0;
            left = Math.max(0, length);
            place = chunked ? BEFORE_CHUNK : left == 0 ? ENDED : IN_CHUNK;
        }

        @Override
        public int read() throws IOException {
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (place == ENDED) {
                return -1;
            }
            if (begunNanos == 0) {
                begunNanos = System.nanoTime() | 1;
            }
            deadlineNanos = begunNanos
                    + limits.bodyMillis() * 1_000_000L
                    + received / limits.bodyBytesPerSecond() * 1_000_000_000L;
            if (chunked && !openChunk()) {
                return -1;
            }
            int got = take(into, offset, (int) Math.min(length, left));
            left -= got;
            received += got;
            if (left == 0) {
                place = chunked ? BEHIND_CHUNK : ENDED;
            }
            return got;
        }

        /// Goes to the next byte of a chunk; false behind the last one.
        private boolean openChunk() throws IOException {
            if (place == BEHIND_CHUNK) {
                if (!chunkLine(2).isEmpty()) {
                    throw new HttpProblem(400, "chunk is longer than it says");
                }
                place = BEFORE_CHUNK;
            }
            if (place == BEFORE_CHUNK) {
                left = chunkSize(chunkLine(MAXIMUM_CHUNK_LINE_BYTES));
                if (left > limits.maximumBodyBytes() - received) {
                    throw new HttpProblem(413, "body is longer than allowed");
                }
                if (left == 0) {
                    skipTrailer();
                    place = ENDED;
                    return false;
                }
                place = IN_CHUNK;
            }
            return true;
        }

        private void skipTrailer() throws IOException {
            int bytes = 0;
            while (true) {
                String line = chunkLine(MAXIMUM_TRAILER_BYTES);
                if (line.isEmpty()) {
                    return;
                }
                bytes += line.length() + 2;
                if (bytes > MAXIMUM_TRAILER_BYTES) {
                    throw new HttpProblem(431, "trailer is too long");
                }
            }
        }

        private long chunkSize(String line) throws HttpProblem {
            int digits = 0;
            long size = 0;
            while (digits < line.length() && Character.digit(line.charAt(digits), 16) >= 0) {
                size = size << 4 | Character.digit(line.charAt(digits++), 16);
                if (digits > 12) {
                    throw new HttpProblem(413, "chunk is longer than allowed");
                }
            }
            int behind = digits;
            while (behind < line.length() && (line.charAt(behind) == ' ' || line.charAt(behind) == '\t')) {
                behind++;
            }
            if (digits == 0 || (behind < line.length() && line.charAt(behind) != ';')) {
                throw new HttpProblem(400, "chunk does not begin with its size");
            }
            return size;
        }

        private String chunkLine(int maximumBytes) throws IOException {
            int looked = 0;
            while (true) {
                for (int i = looked; start + i < end; i++) {
                    int at = start + i;
                    if (buffer[at] == '\n') {
                        if (i == 0 || buffer[at - 1] != '\r') {
                            throw new HttpProblem(400, "line of a chunk does not end with CR LF");
                        }
                        String line = new String(buffer, start, i - 1, StandardCharsets.ISO_8859_1);
                        start = at + 1;
                        return line;
                    }
                    if (i >= maximumBytes) {
                        throw new HttpProblem(400, "line of a chunk is too long");
                    }
                }
                looked = end - start;
                if (start == end) {
                    start = 0;
                    end = 0;
                }
                more();
            }
        }

        private int take(byte[] into, int offset, int length) throws IOException {
            if (start < end) {
                int held = Math.min(length, end - start);
                System.arraycopy(buffer, start, into, offset, held);
                start += held;
                return held;
            }
            waitUntilDeadline();
            try {
                int got = in.read(into, offset, length);
                if (got < 0) {
                    throw new EOFException("connection ended inside a body");
                }
                return got;
            } catch (SocketTimeoutException e) {
                throw new HttpProblem(408, "body took too long");
            }
        }
    }
}
