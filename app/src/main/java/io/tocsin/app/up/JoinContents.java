package io.tocsin.app.up;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.tocsin.correlator.table.SharingStep;
import io.tocsin.correlator.table.TableRecord;
import io.tocsin.correlator.table.Tables;
import io.tocsin.time.SystemClock;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Hands the records of shared lists to correlators that join, as they were at the place in the order of all changes
/// where each joins. The correlator of this process takes them there; the joining one fetches them once.
///
/// `GET /changes/v1/contents?<join>`, with the identifier in 16 hexadecimal digits, answers 404 as long as the place
/// was not reached, 409 when the records cannot be taken there, and else 200 with records of the joining correlator's
/// log, each with its length in 4 bytes before it, most significant first. The last of them is the end.
///
/// Thread-safety: any thread.
final class JoinContents implements HttpHandler, Tables.ContentsTaker {
    static final String PATH = SharedLists.PATH + "/contents";

    private static final Logger LOG = System.getLogger(JoinContents.class.getName());
    /// Contents that nobody has fetched: the records are those of the lists as long as these do not change.
    private static final int MOST = 4;
    private static final long KEPT_MILLIS = Duration.ofMinutes(10).toMillis();
    private static final int STEP_BYTES = 256 << 10;

    private final byte[] authorization;
    private final SystemClock clock;
    private final LinkedHashMap<String, Taken> waiting = new LinkedHashMap<>();

    private record Taken(Tables.@Nullable Contents contents, long atMillis) {}

    /// @param secret the installation's secret that who joins must show
    JoinContents(String secret, SystemClock clock) {
        this.authorization = ("Bearer " + secret).getBytes(StandardCharsets.UTF_8);
        this.clock = clock;
    }

    /// How a join is named in the request.
    static String name(long join) {
        return "%016x".formatted(join);
    }

    @Override
    public void take(long join, Tables.@Nullable Contents contents) {
        synchronized (waiting) {
            forgetOld();
            waiting.put(name(join), new Taken(contents, clock.millis()));
            while (waiting.size() > MOST) {
                waiting.pollFirstEntry();
            }
        }
    }

    private void forgetOld() {
        waiting.values().removeIf(each -> clock.millis() - each.atMillis() > KEPT_MILLIS);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String shown = exchange.getRequestHeaders().getFirst("Authorization");
            if (shown == null || !MessageDigest.isEqual(shown.getBytes(StandardCharsets.UTF_8), authorization)) {
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            String join = String.valueOf(exchange.getRequestURI().getRawQuery());
            Taken taken;
            synchronized (waiting) {
                forgetOld();
                taken = waiting.get(join);
            }
            if (taken == null) {
                exchange.sendResponseHeaders(404, -1);
            } else if (taken.contents() == null) {
                exchange.sendResponseHeaders(409, -1);
            } else {
                send(exchange, Long.parseUnsignedLong(join, 16), taken.contents());
                synchronized (waiting) {
                    waiting.remove(join);
                }
            }
        }
    }

    private void send(HttpExchange exchange, long join, Tables.Contents contents) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        exchange.sendResponseHeaders(200, 0);
        StepEncoder encoder = new StepEncoder(clock);
        long count = 0;
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(exchange.getResponseBody(), 1 << 16))) {
            for (Map.Entry<String, List<TableRecord>> table : contents.records().entrySet()) {
                send(join, table.getKey(), table.getValue(), encoder, out);
                count += table.getValue().size();
            }
            send(encoder.uncounted(new SharingStep.End(join, count, contents.mark())), out);
        }
        LOG.log(
                Logger.Level.INFO,
                "a correlator joins: the records of shared lists were passed on [correlator={0}, lists={1},"
                        + " records={2}]",
                exchange.getRemoteAddress().getAddress().getHostAddress(),
                contents.records().size(),
                count);
    }

    private static void send(
            long join, String table, List<TableRecord> records, StepEncoder encoder, DataOutputStream out)
            throws IOException {
        List<SharingStep.Row> rows = new ArrayList<>();
        int bytes = 0;
        for (TableRecord record : records) {
            SharingStep.Row row = SharingStep.Row.of(record);
            if (!rows.isEmpty() && bytes + row.bytes() > STEP_BYTES) {
                send(encoder.uncounted(new SharingStep.Rows(join, table, rows)), out);
                rows.clear();
                bytes = 0;
            }
            rows.add(row);
            bytes += row.bytes();
        }
        // A list without records is one that the joining correlator is to have empty.
        send(encoder.uncounted(new SharingStep.Rows(join, table, rows)), out);
    }

    private static void send(byte[] record, DataOutputStream out) throws IOException {
        out.writeInt(record.length);
        out.write(record);
    }
}
