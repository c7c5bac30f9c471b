package io.tocsin.storage;

import static io.tocsin.storage.TestStorage.MINUTE_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.event.DeliveryBody;
import io.tocsin.event.DeliveryRun;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("native")
final class StorageServerTest {
    private static final long START_MILLIS = 1_780_000_020_000L / MINUTE_MILLIS * MINUTE_MILLIS;

    @TempDir
    private Path folder;

    private interface Body {
        void run(TestStorage storage, StorageServer server) throws Exception;
    }

    private void with(Body body) throws Exception {
        TestEngine.leakFree(folder, library -> {
            try (StorageServer server = StorageServer.open(TestStorage.options(folder))) {
                body.run(new TestStorage(TestStorage.uri(server)), server);
            }
        });
    }

    @Test
    void storesDeliveriesAndFindsTheirEvents() throws Exception {
        with((storage, server) -> {
            byte[] body = TestStorage.batch(0, 100, START_MILLIS);
            DeliveryRun run = new DeliveryRun(9, 1, 0, 100);
            HttpResponse<String> answer = storage.deliver(run, body);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"next\":100}");
            assertThat(storage.deliver(run, body).body()).as("a repeat").isEqualTo("{\"next\":100}");

            HttpResponse<String> found = storage.sql(
                    "SELECT ID, Timestamp, Raw, DeviceCustomNumber1 AS n FROM events WHERE DeviceProduct = 'sshd' ORDER BY n LIMIT 2");
            assertThat(found.statusCode()).as(found.body()).isEqualTo(200);
            assertThat(found.headers().firstValue("Content-Type")).contains("application/json");
            assertThat(found.body())
                    .startsWith("{\"columns\":[{\"name\":\"ID\",\"type\":\"UUID\"},"
                            + "{\"name\":\"Timestamp\",\"type\":\"DateTime64(3, 'UTC')\"},"
                            + "{\"name\":\"Raw\",\"type\":\"String\"},{\"name\":\"n\",\"type\":\"Int64\"}],\"rows\":[[\""
                            + TestStorage.id(0, START_MILLIS) + "\", \"2026-05-28T20:27:00.000Z\", \"line 0\", 0],[")
                    .contains("\"rows\":2,\"truncated\":false}}");
            assertThat(storage.sql("SELECT count() FROM events").body()).contains("\"rows\":[[100]]");
        });
    }

    @Test
    void findsWordsOnAnIndexedDayWithinTheTimeThatIsAskedFor() throws Exception {
        with((storage, server) -> {
            storage.deliver(new DeliveryRun(9, 1, 0, 100), TestStorage.batch(0, 100, START_MILLIS));
            String sql = "SELECT count() FROM events WHERE (Raw ILIKE '%LINE%' OR Message ILIKE '%LINE%')"
                    + " AND hasAllTokens(Raw, ['line', '7']) AND hasToken(Raw, 'line')";
            assertThat(storage.sql(sql).body()).contains("\"rows\":[[1]]");
            assertThat(server.indexNow(Instant.now().plus(Duration.ofHours(1)))).isEqualTo(1);
            assertThat(storage.sql(sql).body()).contains("\"rows\":[[1]]");
            assertThat(storage.query("{\"sql\":\"" + sql + "\",\"from\":0,\"to\":" + (START_MILLIS + 70) + "}")
                            .body())
                    .contains("\"rows\":[[0]]");
            assertThat(storage.query("{\"sql\":\"" + sql + "\",\"from\":0,\"to\":" + (START_MILLIS + 71) + "}")
                            .body())
                    .contains("\"rows\":[[1]]");
        });
    }

    @Test
    void storesTensOfThousandsOfBatchesOfOneEventInOneDelivery() throws Exception {
        with((storage, server) -> {
            int count = 20_000;
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (int i = 0; i < count; i++) {
                body.writeBytes(TestStorage.batch(i, 1, START_MILLIS + i % 60_000));
            }
            HttpResponse<String> answer = storage.deliver(new DeliveryRun(9, 1, 0, count), body.toByteArray());
            assertThat(answer.body()).isEqualTo("{\"next\":" + count + "}");
            assertThat(storage.sql("SELECT count(), uniqExact(ID), sum(DeviceCustomNumber1) FROM events")
                            .body())
                    .contains("[[20000, 20000, 199990000]]");
        });
    }

    @Test
    void takesCompressedDeliveriesAndKnowsTheirRepeatsHoweverTheyAreSent() throws Exception {
        with((storage, server) -> {
            byte[] body = TestStorage.batch(0, 100, START_MILLIS);
            byte[] packed = DeliveryBody.compress(List.of(body), body.length);
            assertThat(packed.length).isLessThan(body.length);
            DeliveryRun run = new DeliveryRun(9, 1, 0, 100);
            HttpResponse<String> answer = storage.deliverCompressed(run, body, packed);
            assertThat(answer.body()).isEqualTo("{\"next\":100}");
            assertThat(answer.headers().allValues("Accept-Encoding")).containsExactly("zstd");
            assertThat(storage.deliver(run, body).body()).as("a repeat").isEqualTo("{\"next\":100}");
            byte[] cut = Arrays.copyOf(packed, packed.length / 2);
            assertThat(storage.deliverCompressed(new DeliveryRun(9, 1, 100, 100), body, cut)
                            .statusCode())
                    .isEqualTo(502);
            assertThat(storage.sql("SELECT count() FROM events").body()).contains("[[100]]");
        });
    }

    @Test
    void sendsADeliveryBackThatDidNotArriveAsItWasSent() throws Exception {
        with((storage, server) -> {
            byte[] good = TestStorage.batch(0, 10, START_MILLIS);
            DeliveryRun run = new DeliveryRun(9, 1, 0, 10);
            DeliveryRun turned = new DeliveryRun(9, 1, 0, 11);
            assertThat(storage.deliver(run, good, turned.checksum(false, List.of(good)))
                            .statusCode())
                    .as("a digit of a header was turned on the way")
                    .isEqualTo(502);
            byte[] damaged = good.clone();
            damaged[good.length / 2] ^= 8;
            assertThat(storage.deliver(run, damaged, run.checksum(false, List.of(good)))
                            .body())
                    .contains("TOCSIN-4008");
            assertThat(storage.deliver(run, good, run.checksum(false, List.of(good)))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(storage.sql("SELECT count() FROM events").body()).contains("\"rows\":[[10]]");
        });
    }

    @Test
    void keepsTheOrderOfAProducer() throws Exception {
        with((storage, server) -> {
            storage.deliver(new DeliveryRun(9, 1, 0, 10), TestStorage.batch(0, 10, START_MILLIS));
            HttpResponse<String> gap =
                    storage.deliver(new DeliveryRun(9, 1, 20, 10), TestStorage.batch(20, 10, START_MILLIS));
            assertThat(gap.statusCode()).isEqualTo(409);
            assertThat(gap.body()).isEqualTo("{\"expected\":10}");
            assertThat(storage.deliver(new DeliveryRun(9, 2, 0, 10), TestStorage.batch(0, 10, START_MILLIS))
                            .statusCode())
                    .as("another epoch")
                    .isEqualTo(200);
            assertThat(storage.deliver(new DeliveryRun(8, 1, 77, 10), TestStorage.batch(77, 10, START_MILLIS))
                            .statusCode())
                    .as("a producer not known yet may begin anywhere")
                    .isEqualTo(200);
        });
    }

    @Test
    void refusesDamagedDeliveriesAndKeepsServing() throws Exception {
        with((storage, server) -> {
            byte[] good = TestStorage.batch(0, 10, START_MILLIS);
            Random random = new Random(5);
            for (int i = 0; i < 60; i++) {
                byte[] damaged = good.clone();
                switch (i % 3) {
                    case 0 -> damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                    case 1 -> damaged = java.util.Arrays.copyOf(damaged, random.nextInt(1, damaged.length));
                    default -> random.nextBytes(damaged);
                }
                HttpResponse<String> answer = storage.deliver(new DeliveryRun(9, 1, 0, 10), damaged);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
                assertThat(answer.body()).contains("TOCSIN-2003");
            }
            HttpResponse<String> more = storage.deliver(new DeliveryRun(9, 1, 0, 5), good);
            assertThat(more.statusCode()).as("more events than the run covers").isEqualTo(400);
            HttpRequest nameless = storage.request(DeliveryRun.PATH)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(good))
                    .build();
            assertThat(storage.send(nameless).statusCode()).isEqualTo(400);
            assertThat(storage.deliver(new DeliveryRun(9, 1, 0, 10), good).statusCode())
                    .isEqualTo(200);
            assertThat(storage.sql("SELECT count() FROM events").body()).contains("\"rows\":[[10]]");
        });
    }

    @Test
    void demandsTheSecret() throws Exception {
        with((storage, server) -> {
            for (String path : List.of("/query", "/ledger", DeliveryRun.PATH)) {
                for (String header : List.of("", "Bearer", "Bearer " + TestStorage.SECRET + "x", "Basic abc")) {
                    HttpRequest request = HttpRequest.newBuilder(
                                    TestStorage.uri(server).resolve(path))
                            .header("Authorization", header)
                            .POST(HttpRequest.BodyPublishers.ofString("{}"))
                            .build();
                    assertThat(storage.send(request).statusCode()).isEqualTo(401);
                }
            }
            for (String path : List.of("/healthz", "/readyz", "/metrics")) {
                HttpRequest request = HttpRequest.newBuilder(
                                TestStorage.uri(server).resolve(path))
                        .build();
                assertThat(storage.send(request).statusCode()).isEqualTo(200);
            }
        });
    }

    @Test
    void countsStoredEventsIndependentlyInTheLedger() throws Exception {
        with((storage, server) -> {
            storage.deliver(new DeliveryRun(9, 1, 0, 100), TestStorage.batch(0, 100, START_MILLIS));
            storage.deliver(new DeliveryRun(9, 1, 100, 50), TestStorage.batch(100, 50, START_MILLIS + MINUTE_MILLIS));
            String ledger = storage.get("/ledger?from=" + START_MILLIS + "&to=" + (START_MILLIS + 10 * MINUTE_MILLIS))
                    .body();
            assertThat(ledger)
                    .isEqualTo("{\"entries\":[" + entry(START_MILLIS, 100) + ","
                            + entry(START_MILLIS + MINUTE_MILLIS, 50) + "]}");
            assertThat(storage.get("/ledger?from=x").statusCode()).isEqualTo(400);
        });
    }

    private static String entry(long minute, int count) {
        return "{\"minute\":" + minute + ",\"collector\":\"syslog\",\"source\":\"10.0.0.1\",\"received\":" + count
                + ",\"stored\":" + count + ",\"filtered\":0,\"aggregated\":0,\"rejected\":{}}";
    }

    @Test
    void writesTheFormThatWasAskedFor() throws Exception {
        with((storage, server) -> {
            storage.deliver(new DeliveryRun(9, 1, 0, 3), TestStorage.batch(0, 3, START_MILLIS));
            String sql = "\"sql\":\"SELECT Raw, DeviceCustomNumber1 AS n FROM events ORDER BY n\"";
            assertThat(storage.query("{" + sql + ",\"format\":\"csv\"}").body())
                    .isEqualTo("\"Raw\",\"n\"\n\"line 0\",0\n\"line 1\",1\n\"line 2\",2\n");
            assertThat(storage.query("{" + sql + ",\"format\":\"ndjson\"}").body())
                    .isEqualTo(
                            "{\"Raw\":\"line 0\",\"n\":0}\n{\"Raw\":\"line 1\",\"n\":1}\n{\"Raw\":\"line 2\",\"n\":2}\n");
            assertThat(storage.query("{" + sql + ",\"maxRows\":2}").body())
                    .contains("[[\"line 0\", 0],[\"line 1\", 1]]")
                    .contains("\"rows\":2,\"truncated\":true");
            assertThat(storage.query("{\"sql\":\"SELECT Raw FROM events WHERE 0\"}")
                            .body())
                    .startsWith("{\"columns\":[{\"name\":\"Raw\",\"type\":\"String\"}],\"rows\":[],")
                    .contains("\"truncated\":false");
            assertThat(storage.query("{" + sql + ",\"from\":" + (START_MILLIS + 10) + ",\"to\":" + (START_MILLIS + 20)
                                    + "}")
                            .body())
                    .as("the time range")
                    .contains("\"rows\":[[\"line 1\", 1]]");
            assertThat(storage.query(
                                    "{\"sql\":\"SELECT Raw FROM events WHERE Raw = {text:String}\",\"parameters\":{\"text\":\"line 2\"}}")
                            .body())
                    .contains("\"rows\":[[\"line 2\"]]");
        });
    }

    @Test
    void saysWhereAQueryIsWrong() throws Exception {
        with((storage, server) -> {
            assertThat(storage.sql("SELECT Raw\nFROM events\nWHERE Raw ==== 1").body())
                    .contains("\"status\":400")
                    .contains("TOCSIN-1003")
                    .contains("\"line\":3");
            assertThat(storage.sql("SELECT Raw,\n Rwa FROM events").body())
                    .contains("Rwa")
                    .contains("\"line\":2,\"column\":2");
            assertThat(storage.sql("SELECT * FROM\n url('http://127.0.0.1/')").body())
                    .contains("\"line\":2,\"column\":2");
            assertThat(storage.query("{\"sql\":1}").statusCode()).isEqualTo(400);
            assertThat(storage.query("{\"sql\":\"SELECT 1\",\"formt\":\"csv\"}").body())
                    .contains("formt");
            assertThat(storage.query("no json").statusCode()).isEqualTo(400);
        });
    }

    @Test
    void keepsSearchesWithinTheirLimits() throws Exception {
        with((storage, server) -> {
            String endless = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1";
            HttpResponse<String> slow = storage.query("{\"sql\":\"" + endless + "\",\"maxSeconds\":1}");
            assertThat(slow.statusCode()).isEqualTo(422);
            assertThat(slow.body()).contains("TOCSIN-3003");
            HttpResponse<String> large = storage.sql("SELECT groupArray(toString(number)) FROM numbers(100000000)");
            assertThat(large.statusCode()).isEqualTo(422);
            assertThat(large.body()).contains("TOCSIN-3002");
            HttpResponse<String> late =
                    storage.sql("SELECT throwIf(number = 9000000) FROM numbers(10000000) LIMIT 9999999");
            assertThat(late.body()).contains("\"truncated\":true");
            HttpResponse<String> failing = storage.query(
                    "{\"sql\":\"SELECT number, throwIf(number = 400000) FROM numbers(500000)\",\"maxRows\":1000000}");
            assertThat(failing.body()).contains("],\"error\":{").contains("throwIf");
        });
    }

    @Test
    void stopsAQueryWhoseCallerGoesAway() throws Exception {
        with((storage, server) -> {
            HttpRequest request = storage.request("/query")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"sql\":\"SELECT number, sleepless FROM (SELECT number,"
                            + " sipHash64(number) AS sleepless FROM numbers(1000000000000))\",\"maxRows\":1000000,"
                            + "\"maxBytes\":1000000000,\"maxSeconds\":600}"))
                    .build();
            HttpResponse<InputStream> response =
                    storage.client().send(request, HttpResponse.BodyHandlers.ofInputStream());
            assertThat(response.body().read()).isEqualTo('{');
            response.body().close();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> storage.get("/metrics").body().contains("searches_abandoned_total 1\n"));
        });
    }

    @Test
    void sendsSearchesAwayWhenTooManyRun() throws Exception {
        with((storage, server) -> {
            String endless = "{\"sql\":\"SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1\","
                    + "\"maxSeconds\":6}";
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Integer>> running = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    running.add(threads.submit(() -> storage.query(endless).statusCode()));
                }
                List<Integer> statuses = new ArrayList<>();
                for (Future<Integer> future : running) {
                    statuses.add(future.get());
                }
                assertThat(statuses).containsOnly(422, 429).contains(429);
            }
            assertThat(storage.sql("SELECT 1").statusCode()).as("serves on").isEqualTo(200);
        });
    }

    @Test
    void refusesASecondServiceOverTheSameFolderOrAddress() throws Exception {
        with((storage, server) -> {
            assertThatThrownBy(() -> StorageServer.open(TestStorage.options(folder)))
                    .isInstanceOfSatisfying(
                            TocsinException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FOLDER_IN_USE));
        });
    }
}
