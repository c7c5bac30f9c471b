package io.tocsin.pipeline.connector;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.framing.FrameDecoder;
import io.tocsin.pipeline.connector.framing.Framing;
import io.tocsin.pipeline.connector.http.AccessTokens;
import io.tocsin.pipeline.connector.http.ContentDecoding;
import io.tocsin.pipeline.connector.http.HecAnswer;
import io.tocsin.pipeline.connector.http.HecEnvelope;
import io.tocsin.pipeline.connector.http.HttpInput;
import io.tocsin.pipeline.connector.http.HttpProblem;
import io.tocsin.pipeline.connector.http.HttpRequest;
import io.tocsin.pipeline.connector.http.JsonElements;
import io.tocsin.pipeline.connector.http.RequestKey;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What is said on one connection of an HTTP input: requests are read, their bodies cut into events,
/// and each is answered when the log has its events on disk, in order.
///
/// Thread-safety: one thread.
final class HttpConversation {
    /// What is left unread of a refused body, and read so that the connection can go on.
    private static final int SKIPPED_BYTES = 64 << 10;

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(US_ASCII);
    private static final int RETRY_SECONDS = 5;
    private static final int READ_BYTES = 16 << 10;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};
    private static final String EVENT = "/services/collector";
    private static final String RAW = "/services/collector/raw";
    private static final String HEALTH = "/services/collector/health";
    private static final String ACK = "/services/collector/ack";
    private static final int MAXIMUM_ACK_BYTES = 1 << 20;

    /// What is sent back.
    ///
    /// @param more header lines, each with its end
    private record Answer(int status, String body, String more, boolean last) {
        static Answer of(int status, String body) {
            return new Answer(status, body, "", false);
        }

        static Answer of(HecAnswer answer) {
            return of(answer.status(), answer.body());
        }

        static Answer problem(int status, String detail) {
            return of(
                    status,
                    "{\"type\":\"about:blank\",\"status\":" + status + ",\"detail\":\"" + detail.replace('"', '\'')
                            + "\"}");
        }

        Answer with(String headerLine) {
            return new Answer(status, body, more + headerLine + "\r\n", last);
        }

        Answer asLast() {
            return new Answer(status, body, more, true);
        }
    }

    private final HttpConnector connector;
    private final HttpInput input;
    private final StreamConnection connection;
    private @Nullable EntryOrigin origin;
    /// Who sends the request at hand, by the name of the token; empty: nobody was asked.
    private String holder = "";
    /// The sender may send the body of the request at hand.
    private boolean asked;

    HttpConversation(HttpConnector connector, StreamConnection connection, HttpInput input) {
        this.connector = connector;
        this.connection = connection;
        this.input = input;
    }

    /// Answers requests until the connection is of no more use.
    ///
    /// @return true when this side ends it, and the peer may not have read its last answer
    boolean run() throws IOException, InterruptedException {
        try {
            HttpRequest request = input.next();
            while (request != null) {
                if (!serve(request)) {
                    return true;
                }
                request = input.next();
            }
            return false;
        } catch (HttpProblem e) {
            // Where the next request begins is not known any more.
            connector.count(StageCounter.REQUESTS_REFUSED);
            connector.count(StageCounter.FRAMING_ERRORS);
            send(Answer.problem(e.status(), String.valueOf(e.getMessage())).asLast(), true);
            return true;
        }
    }

    private boolean serve(HttpRequest request) throws IOException, InterruptedException {
        Answer answer;
        asked = false;
        try {
            answer = answer(request);
        } catch (HttpProblem e) {
            answer = Answer.problem(e.status(), String.valueOf(e.getMessage()));
            if (e.status() == 415) {
                answer = answer.with("Accept-Encoding: " + ContentDecoding.KNOWN);
            }
            if (e.status() == 408) {
                answer = answer.asLast();
            }
        }
        connector.count(
                answer.status < 400
                        ? StageCounter.REQUESTS
                        : answer.status == 503 ? StageCounter.REQUESTS_SENT_AWAY : StageCounter.REQUESTS_REFUSED);
        // A sender that was not asked for its body does not send it, or does: nobody can tell.
        boolean unclear = request.waitsForContinue() && !asked;
        boolean last = answer.last || request.isLast() || connection.stopping() || unclear;
        send(last ? answer.asLast() : answer, !request.method().equals("HEAD"));
        return !unclear && input.skipBody(SKIPPED_BYTES) && !last;
    }

    private Answer answer(HttpRequest request) throws IOException, InterruptedException {
        String path = request.path();
        if (path.endsWith("/1.0")) {
            path = path.substring(0, path.length() - 4);
        }
        if (path.equals(HEALTH) || path.equals("/health")) {
            return health(request);
        }
        boolean collector = path.equals(EVENT) || path.equals(EVENT + "/event");
        boolean protocol = collector || path.equals(RAW) || path.equals(ACK);
        if (!protocol && !path.equals(connector.config().path())) {
            return Answer.problem(
                    404, "no such path: events go to " + connector.config().path());
        }
        if (!request.method().equals("POST") && !(request.method().equals("PUT") && !protocol)) {
            return Answer.problem(405, "events are sent with POST").with("Allow: POST");
        }
        Answer refusal = admit(request, protocol);
        if (refusal != null) {
            return refusal;
        }
        if (connection.stopping()) {
            return protocol
                    ? later(Answer.of(HecAnswer.SHUTTING_DOWN))
                    : later(Answer.problem(503, "this collector is shutting down"));
        }
        asked = true;
        if (request.waitsForContinue() && !input.hasMore()) {
            connection.write(CONTINUE, 0, CONTINUE.length);
        }
        if (path.equals(ACK)) {
            return acknowledgements(request);
        }
        return path.equals(RAW) ? raw(request) : collector ? envelopes(request) : events(request);
    }

    private Answer health(HttpRequest request) {
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return Answer.problem(405, "health is asked for with GET").with("Allow: GET, HEAD");
        }
        if (connection.stopping()) {
            return later(Answer.of(HecAnswer.SHUTTING_DOWN));
        }
        return connector.isStuck() ? later(Answer.of(HecAnswer.QUEUES_FULL)) : Answer.of(HecAnswer.HEALTHY);
    }

    /// Null when the sender may send.
    private @Nullable Answer admit(HttpRequest request, boolean protocol) {
        HecAnswer refusal;
        switch (connector.tokens().check(request.field("authorization"))) {
            case AccessTokens.Access.Granted granted -> {
                AccessTokens.Token token = granted.token();
                holder = token == null ? "" : token.name();
                String tenant = token == null || token.tenant().isEmpty() ? connector.tenant() : token.tenant();
                EntryOrigin known = origin;
                if (known == null || !known.tenant().equals(tenant)) {
                    origin = withTenant(connection.origin(), tenant);
                }
                return null;
            }
            case AccessTokens.Access.Missing _ ->
                refusal = request.parameter("token") == null ? HecAnswer.TOKEN_REQUIRED : HecAnswer.QUERY_TOKEN_REFUSED;
            case AccessTokens.Access.Malformed _ -> refusal = HecAnswer.INVALID_AUTHORIZATION;
            case AccessTokens.Access.Unknown _ -> refusal = HecAnswer.INVALID_TOKEN;
        }
        Answer answer = protocol
                ? Answer.of(refusal)
                : Answer.problem(
                        401,
                        refusal == HecAnswer.INVALID_TOKEN
                                ? "token is not known"
                                : "token is missing: send Authorization: Bearer TOKEN");
        return answer.with("WWW-Authenticate: Bearer");
    }

    private static EntryOrigin withTenant(EntryOrigin from, String tenant) {
        return new EntryOrigin(
                tenant,
                from.service(),
                from.connector(),
                from.peerAddress(),
                from.peerPort(),
                from.localAddress(),
                from.localPort(),
                from.path(),
                from.relayAddress(),
                from.relayPort(),
                from.subject());
    }

    private static Answer later(Answer answer) {
        return answer.with("Retry-After: " + RETRY_SECONDS);
    }

    // ---------------------------------------------------------------- bodies

    /// Events of one request on their way. Whole bodies up to the piece's size are handed over at
    /// once; what is longer goes piece by piece, so that the memory of a request stays bounded.
    ///
    /// Thread-safety: one thread.
    private final class Intake {
        private final EntryOrigin from;
        private final @Nullable RequestKey key;
        private EventTexts texts = new EventTexts(connection.budget());
        private long events;
        private boolean handing;

        Intake(HttpRequest request) {
            this.from = origin();
            this.key = key(request);
        }

        void add(byte[] buffer, int offset, int length, boolean incomplete) {
            int flag = incomplete ? EventBatch.FLAG_CUT : 0;
            if (key != null) {
                key.next(buffer, offset, length);
            }
            if (!texts.add(buffer, offset, length, flag, key == null ? 0 : key.high(), key == null ? 0 : key.low())) {
                throw new BusyException();
            }
            events++;
        }

        /// Hands on what is there when it is much.
        void afterRead() throws InterruptedException {
            if (texts.bytes() >= connector.pieceBytes()) {
                EventTexts full = texts;
                texts = new EventTexts(connection.budget());
                connector.handOver(connection, from, full);
                handing = true;
            }
        }

        /// Waits until all of it is on disk.
        void finish() throws InterruptedException {
            if (texts.count() > 0 || handing) {
                EventTexts rest = texts;
                texts = new EventTexts(connection.budget());
                connector.handOverDurably(connection, from, rest);
            }
        }

        void abandon() {
            texts.release();
        }
    }

    /// There is no memory or no log for more.
    static final class BusyException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BusyException() {
            super("no room for events", null, false, false);
        }
    }

    /// Cuts a body into events.
    private interface Cutting {
        /// Takes the next bytes of the body, valid during the call.
        void received(byte[] buffer, int length);

        void ended();
    }

    private void read(HttpRequest request, Intake intake, Cutting cutting) throws IOException, InterruptedException {
        try (InputStream body = ContentDecoding.decode(
                request.body(),
                request.field("content-encoding"),
                connector.config().maxBodyBytes())) {
            byte[] buffer = new byte[READ_BYTES];
            int length = body.readNBytes(buffer, 0, BYTE_ORDER_MARK.length);
            if (length == BYTE_ORDER_MARK.length
                    && Arrays.equals(buffer, 0, length, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length)) {
                length = 0;
            }
            int more = Math.max(0, body.read(buffer, length, buffer.length - length));
            length += more;
            while (length > 0) {
                cutting.received(buffer, length);
                intake.afterRead();
                length = Math.max(0, body.read(buffer, 0, buffer.length));
            }
            cutting.ended();
        }
    }

    /// What makes events that are sent again recognisable; null when the sender gave no key.
    private @Nullable RequestKey key(HttpRequest request) {
        String field = request.field("idempotency-key");
        if (field == null || field.isBlank()) {
            return null;
        }
        EntryOrigin from = origin();
        String sender = holder.isEmpty() ? "from " + from.peerAddress() : "token " + holder;
        return RequestKey.of(
                from.tenant() + '\n' + sender,
                field.strip(),
                SystemClock.process().millis(),
                connector.knownKeys());
    }

    private EntryOrigin origin() {
        EntryOrigin known = origin;
        if (known == null) {
            throw new IllegalStateException("request was not admitted");
        }
        return known;
    }

    /// Events without an envelope: lines or JSON.
    private Answer events(HttpRequest request) throws IOException, InterruptedException {
        Intake intake = new Intake(request);
        JsonElements elements = new JsonElements(connector.config().maxEventBytes(), connection.budget());
        Form form = Form.of(request.mediaType());
        try (Lines lines = new Lines(intake::add)) {
            read(request, intake, new Cutting() {
                private @Nullable Boolean json = form == Form.JSON ? Boolean.TRUE : form == Form.LINES ? false : null;

                @Override
                public void received(byte[] buffer, int length) {
                    if (json == null) {
                        json = looksLikeJson(buffer, length);
                    }
                    if (json) {
                        elements.feed(buffer, 0, length, intake::add);
                    } else {
                        lines.received(buffer, length);
                    }
                }

                @Override
                public void ended() {
                    elements.end(intake::add);
                    lines.ended();
                }
            });
            intake.finish();
        } catch (BusyException e) {
            return later(Answer.problem(503, "no room for events now")).asLast();
        } finally {
            intake.abandon();
            elements.close();
        }
        if (elements.isBroken()) {
            return Answer.of(
                    400,
                    "{\"type\":\"about:blank\",\"status\":400,\"accepted\":" + intake.events
                            + ",\"detail\":\"JSON is damaged behind value " + Math.max(0, elements.elements() - 1)
                            + "; everything was kept, the damaged part as one event\"}");
        }
        return Answer.of(200, "{\"accepted\":" + intake.events + "}");
    }

    /// How a body says that it is to be read.
    private enum Form {
        JSON,
        LINES,
        UNKNOWN;

        static Form of(String mediaType) {
            if (mediaType.equals("application/json") || mediaType.endsWith("+json")) {
                return JSON;
            }
            return mediaType.startsWith("text/")
                            || mediaType.endsWith("ndjson")
                            || mediaType.endsWith("jsonl")
                            || mediaType.endsWith("jsonlines")
                            || mediaType.endsWith("json-stream")
                    ? LINES
                    : UNKNOWN;
        }
    }

    /// An object, or an array of something. A bracket alone may as well begin a line of a log.
    private static boolean looksLikeJson(byte[] buffer, int length) {
        int at = skipSpace(buffer, 0, length);
        if (at == length || buffer[at] != '[') {
            return at < length && buffer[at] == '{';
        }
        int inside = skipSpace(buffer, at + 1, length);
        return inside < length && (buffer[inside] == '{' || buffer[inside] == ']' || buffer[inside] == '"');
    }

    private static int skipSpace(byte[] buffer, int from, int to) {
        int at = from;
        while (at < to && buffer[at] >= 0 && buffer[at] <= ' ') {
            at++;
        }
        return at;
    }

    /// Lines of a body.
    ///
    /// Thread-safety: one thread.
    private final class Lines implements Cutting, AutoCloseable {
        private final FrameDecoder decoder =
                new FrameDecoder(Framing.LF, connector.config().maxEventBytes(), connection.budget());
        private final JsonElements.Receiver receiver;

        Lines(JsonElements.Receiver receiver) {
            this.receiver = receiver;
        }

        private void frame(byte[] buffer, int offset, int length, int flags) {
            receiver.element(buffer, offset, length, flags == EventBatch.FLAG_CUT);
        }

        @Override
        public void received(byte[] buffer, int length) {
            int at = 0;
            while (at < length) {
                byte[] into = decoder.buffer();
                int part = Math.min(length - at, decoder.room());
                System.arraycopy(buffer, at, into, decoder.writeOffset(), part);
                decoder.received(part, this::frame);
                at += part;
            }
        }

        /// A body may end without a line end: its length says that it is whole.
        @Override
        public void ended() {
            received(new byte[] {'\n'}, 1);
        }

        @Override
        public void close() {
            decoder.close();
        }
    }

    // ---------------------------------------------------------------- Splunk HTTP Event Collector

    private Answer envelopes(HttpRequest request) throws IOException, InterruptedException {
        Intake intake = new Intake(request);
        JsonElements elements = new JsonElements(connector.config().maxEventBytes(), connection.budget());
        HecAnswer[] problem = {HecAnswer.SUCCESS};
        long[] problemAt = {-1};
        JsonElements.Receiver receiver = (buffer, offset, length, incomplete) -> {
            boolean tooLong = incomplete && !elements.isBroken();
            HecAnswer verdict = tooLong
                    ? HecAnswer.SUCCESS
                    : HecEnvelope.judge(buffer, offset, length).answer();
            if (verdict != HecAnswer.SUCCESS && problemAt[0] < 0) {
                problem[0] = verdict;
                problemAt[0] = intake.events;
            }
            // What is wrong is kept as well, as an event that nobody understood: the sender will not send it again.
            intake.add(buffer, offset, length, incomplete);
        };
        try {
            read(request, intake, new Cutting() {
                @Override
                public void received(byte[] buffer, int length) {
                    elements.feed(buffer, 0, length, receiver);
                }

                @Override
                public void ended() {
                    elements.end(receiver);
                }
            });
            if (intake.events == 0) {
                return Answer.of(elements.isBroken() ? HecAnswer.INVALID_DATA_FORMAT : HecAnswer.NO_DATA);
            }
            intake.finish();
        } catch (BusyException e) {
            return later(Answer.of(HecAnswer.BUSY)).asLast();
        } catch (HttpProblem e) {
            return e.status() == 400 ? Answer.of(HecAnswer.INVALID_DATA_FORMAT).asLast() : refused(e);
        } finally {
            intake.abandon();
            elements.close();
        }
        if (problemAt[0] >= 0) {
            return Answer.of(problem[0].status(), problem[0].body("invalid-event-number", problemAt[0]));
        }
        return success(request);
    }

    private static Answer refused(HttpProblem problem) throws HttpProblem {
        throw problem;
    }

    private Answer success(HttpRequest request) {
        return channel(request).isEmpty()
                ? Answer.of(HecAnswer.SUCCESS)
                : Answer.of(200, HecAnswer.SUCCESS.body("ackId", connector.nextAcknowledgement()));
    }

    private static String channel(HttpRequest request) {
        String field = request.field("x-splunk-request-channel");
        String parameter = field == null ? request.parameter("channel") : field;
        return parameter == null ? "" : parameter.strip();
    }

    private static String parameter(HttpRequest request, String name) {
        String value = request.parameter(name);
        return value == null ? "" : value;
    }

    private Answer raw(HttpRequest request) throws IOException, InterruptedException {
        byte[] head = HecEnvelope.members(
                "time", parameter(request, "time"),
                "host", parameter(request, "host"),
                "source", parameter(request, "source"),
                "sourcetype", parameter(request, "sourcetype"),
                "index", parameter(request, "index"));
        Intake intake = new Intake(request);
        JsonElements.Receiver receiver = (buffer, offset, length, incomplete) -> {
            if (head.length == 0) {
                intake.add(buffer, offset, length, incomplete);
            } else {
                byte[] wrapped = HecEnvelope.wrap(head, buffer, offset, length);
                intake.add(wrapped, 0, wrapped.length, incomplete);
            }
        };
        try (Lines lines = new Lines(receiver)) {
            read(request, intake, lines);
            if (intake.events == 0) {
                return Answer.of(HecAnswer.NO_DATA);
            }
            intake.finish();
        } catch (BusyException e) {
            return later(Answer.of(HecAnswer.BUSY)).asLast();
        } finally {
            intake.abandon();
        }
        return success(request);
    }

    /// Says of each number that was asked for that its events are on disk. A number is only ever given
    /// in an answer that came after that, so the answer is always yes, in this process, in the next
    /// one and in the collector beside it.
    private Answer acknowledgements(HttpRequest request) throws IOException {
        if (channel(request).isEmpty()) {
            return Answer.of(HecAnswer.CHANNEL_MISSING);
        }
        String body;
        try (InputStream decoded =
                ContentDecoding.decode(request.body(), request.field("content-encoding"), MAXIMUM_ACK_BYTES)) {
            body = new String(decoded.readAllBytes(), UTF_8);
        }
        if (body.isBlank()) {
            return Answer.of(HecAnswer.NO_DATA);
        }
        int open = body.indexOf('[');
        int close = body.indexOf(']');
        if (!body.contains("\"acks\"") || open < 0 || close < open) {
            return Answer.of(HecAnswer.INVALID_DATA_FORMAT);
        }
        StringBuilder answer = new StringBuilder("{\"acks\":{");
        for (String number : body.substring(open + 1, close).split(",", -1)) {
            String id = number.strip();
            if (id.isEmpty() || id.length() > 18 || !id.chars().allMatch(c -> c >= '0' && c <= '9')) {
                if (id.isEmpty() && answer.charAt(answer.length() - 1) == '{') {
                    continue;
                }
                return Answer.of(HecAnswer.INVALID_DATA_FORMAT);
            }
            answer.append(answer.charAt(answer.length() - 1) == '{' ? "\"" : ",\"")
                    .append(id)
                    .append("\":true");
        }
        return Answer.of(200, answer.append("}}").toString());
    }

    // ---------------------------------------------------------------- answers

    private void send(Answer answer, boolean withBody) throws IOException {
        byte[] body = answer.body.getBytes(UTF_8);
        String head = "HTTP/1.1 " + answer.status + ' ' + reason(answer.status)
                + "\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + body.length + "\r\n" + answer.more + (answer.last ? "Connection: close\r\n" : "")
                + "\r\n";
        byte[] bytes = head.getBytes(US_ASCII);
        byte[] both = new byte[bytes.length + (withBody ? body.length : 0)];
        System.arraycopy(bytes, 0, both, 0, bytes.length);
        System.arraycopy(body, 0, both, bytes.length, both.length - bytes.length);
        connection.write(both, 0, both.length);
    }

    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 413 -> "Content Too Large";
            case 415 -> "Unsupported Media Type";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 501 -> "Not Implemented";
            case 503 -> "Service Unavailable";
            case 505 -> "HTTP Version Not Supported";
            default -> "Answer";
        };
    }
}
