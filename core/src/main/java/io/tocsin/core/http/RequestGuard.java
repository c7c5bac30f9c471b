package io.tocsin.core.http;

import io.tocsin.error.ErrorCode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.springframework.web.filter.OncePerRequestFilter;

/// The outermost filter: bounds the body of every request, counts answers, and makes sure that a failure below
/// never leaves as anything but a problem.
///
/// Thread-safety: any thread.
public final class RequestGuard extends OncePerRequestFilter {
    /// Bytes of a request body; the largest honest one is a long SQL text.
    static final long MAX_BODY_BYTES = 1 << 20;
    /// Bytes of a file that is imported; it is read as it comes and never held whole.
    static final long MAX_IMPORT_BYTES = 256 << 20;

    private static final System.Logger LOG = System.getLogger(RequestGuard.class.getName());

    private final ProblemWriter problems;
    private final Metrics metrics;

    public RequestGuard(ProblemWriter problems, Metrics metrics) {
        this.problems = problems;
        this.metrics = metrics;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long most = maximumBytes(request);
        try {
            if (request.getContentLengthLong() > most) {
                response.setHeader("Connection", "close");
                problems.write(response, new BodyTooLargeException(most).problem());
                return;
            }
            // The files of the web interface say better themselves.
            response.setHeader("Cache-Control", "no-store");
            HttpServletRequest bounded = new BoundedRequest(request, most);
            chain.doFilter(bounded, new ProblemResponse(response));
            // A body that nobody read, because the request was refused, would cost the client its connection.
            bounded.getInputStream().skip(MAX_BODY_BYTES + 1);
        } catch (BodyTooLargeException e) {
            problems.write(response, e.problem());
        } catch (IOException | ServletException | RuntimeException e) {
            if (response.isCommitted() || e instanceof IOException) {
                // The client or storage broke off in the middle: the server closes the connection.
                LOG.log(
                        System.Logger.Level.DEBUG,
                        "an answer broke off [path=" + request.getRequestURI() + ", reason=" + e.getMessage() + "]");
                throw e;
            }
            LOG.log(System.Logger.Level.ERROR, "a request failed [path=" + request.getRequestURI() + "]", e);
            problems.write(
                    response,
                    Problem.of(500, ErrorCode.INTERNAL, "the core could not serve this request, its log says why"));
        } finally {
            metrics.answered(request.getMethod(), response.getStatus());
        }
    }

    private static long maximumBytes(HttpServletRequest request) {
        String path = request.getRequestURI();
        return path.startsWith("/api/v1/tables/") && path.endsWith("/import") ? MAX_IMPORT_BYTES : MAX_BODY_BYTES;
    }

    /// Makes problems of the errors that Spring would hand to the server for one of its pages.
    private final class ProblemResponse extends HttpServletResponseWrapper {
        ProblemResponse(HttpServletResponse response) {
            super(response);
        }

        @Override
        public void sendError(int status) throws IOException {
            problems.write((HttpServletResponse) getResponse(), Problem.ofStatus(status));
        }

        @Override
        public void sendError(int status, String message) throws IOException {
            sendError(status);
        }
    }

    private static final class BoundedRequest extends HttpServletRequestWrapper {
        private final long mostBytes;

        BoundedRequest(HttpServletRequest request, long mostBytes) {
            super(request);
            this.mostBytes = mostBytes;
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            return new BoundedStream(super.getInputStream(), mostBytes);
        }

        @Override
        public BufferedReader getReader() throws IOException {
            return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
        }
    }

    /// Thread-safety: one thread.
    private static final class BoundedStream extends ServletInputStream {
        private final ServletInputStream body;
        private final long mostBytes;
        private long bytes;

        BoundedStream(ServletInputStream body, long mostBytes) {
            this.body = body;
            this.mostBytes = mostBytes;
        }

        @Override
        public int read() throws IOException {
            int next = body.read();
            count(next < 0 ? 0 : 1);
            return next;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = body.read(target, offset, length);
            count(Math.max(read, 0));
            return read;
        }

        private void count(int read) throws BodyTooLargeException {
            bytes += read;
            if (bytes > mostBytes) {
                throw new BodyTooLargeException(mostBytes);
            }
        }

        @Override
        public boolean isFinished() {
            return body.isFinished();
        }

        @Override
        public boolean isReady() {
            return body.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            body.setReadListener(listener);
        }
    }
}
