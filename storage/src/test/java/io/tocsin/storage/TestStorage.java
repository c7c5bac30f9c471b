package io.tocsin.storage;

import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import io.tocsin.storage.store.Retention;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;

/// Speaks to a storage service as its callers do.
public final class TestStorage {
    public static final String SECRET = "0123456789abcdef0123456789abcdef";
    public static final long MINUTE_MILLIS = 60_000;

    private static final EntryOrigin ORIGIN =
            new EntryOrigin("", "syslog", "tcp", "10.0.0.1", 40000, "127.0.0.1", 5140, "");

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final URI address;

    public TestStorage(URI address) {
        this.address = address;
    }

    public static StorageOptions options(Path folder) {
        return options(folder, 0);
    }

    /// Events of tests have times of long ago: they are kept for ever.
    static StorageOptions options(Path folder, int port) {
        return StorageOptions.of(
                        folder,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        SECRET,
                        InstantSource.system())
                .withRetention(new Retention.Limits(0, 0));
    }

    static URI uri(StorageServer server) {
        return URI.create("http://127.0.0.1:" + server.address().getPort());
    }

    /// `count` numbered events, one each 10 ms from `startMillis`, encoded as one batch with its ledger. The
    /// same arguments give the same bytes.
    public static byte[] batch(long first, int count, long startMillis) {
        EventBatch batch = new EventBatch();
        EventBuilder builder = batch.builder();
        for (int i = 0; i < count; i++) {
            long number = first + i;
            byte[] raw = ("line " + number).getBytes(StandardCharsets.UTF_8);
            long millis = startMillis + i * 10L;
            builder.begin(ORIGIN, millis << 16 | 0x7000, number, millis * 1_000_000, number, raw, 0, raw.length);
            builder.setFlag(EventBatch.FLAG_KEEP_RAW);
            builder.setText(Field.DEVICE_VENDOR, "OpenBSD");
            builder.setText(Field.DEVICE_PRODUCT, "sshd");
            builder.setText(Field.MESSAGE, "message number " + number);
            builder.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, number);
            builder.commit();
            batch.ledger().add(millis * 1_000_000, ORIGIN, BatchLedger.Counter.RECEIVED, "", 1);
        }
        BatchEncoder encoder = new BatchEncoder();
        int length = encoder.encode(batch, "syslog");
        return Arrays.copyOf(encoder.buffer(), length);
    }

    public static String id(long number, long millis) {
        return EventIds.text(millis << 16 | 0x7000, number);
    }

    public HttpResponse<String> deliver(DeliveryRun run, byte[] body) throws IOException, InterruptedException {
        return deliver(run, body, run.checksum(false, List.of(body)));
    }

    /// @param checksum what the header says of the run and the body
    public HttpResponse<String> deliver(DeliveryRun run, byte[] body, String checksum)
            throws IOException, InterruptedException {
        return send(request(DeliveryRun.PATH)
                .headers(run.headers())
                .header(DeliveryRun.CHECKSUM_HEADER, checksum)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
    }

    /// @param packed what is sent of the body
    public HttpResponse<String> deliverCompressed(DeliveryRun run, byte[] body, byte[] packed)
            throws IOException, InterruptedException {
        return send(request(DeliveryRun.PATH)
                .headers(run.headers())
                .header(DeliveryRun.CHECKSUM_HEADER, run.checksum(false, List.of(body)))
                .header("Content-Encoding", "zstd")
                .POST(HttpRequest.BodyPublishers.ofByteArray(packed))
                .build());
    }

    public HttpResponse<String> query(String json) throws IOException, InterruptedException {
        return send(request("/query")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build());
    }

    /// Runs a query with defaults.
    public HttpResponse<String> sql(String sql) throws IOException, InterruptedException {
        return query(
                Json.append(new StringBuilder("{\"sql\":"), sql).append('}').toString());
    }

    public HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path).build());
    }

    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + SECRET);
    }

    public HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    public HttpClient client() {
        return client;
    }
}
