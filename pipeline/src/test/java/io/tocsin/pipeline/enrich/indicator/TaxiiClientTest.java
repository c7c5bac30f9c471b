package io.tocsin.pipeline.enrich.indicator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a small server that keeps to TAXII 2.1, sections 3 and 5: media type, authentication, collections, paging
/// by `next`, `added_after`, `match[type]`, `X-TAXII-Date-Added-Last`.
final class TaxiiClientTest {
    private static final String ID = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";

    @TempDir
    private Path folder;

    private final List<String> requests = new CopyOnWriteArrayList<>();
    /// Time of addition and object.
    private final List<Map.Entry<String, String>> objects = new CopyOnWriteArrayList<>();
    private volatile int refuseWith;
    private final HttpServer server;

    TaxiiClientTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeEach
    void start() {
        server.createContext("/api1/collections/", this::answer);
        server.start();
        for (int i = 0; i < 5; i++) {
            add(i, "2026-01-0" + (i + 1) + "T00:00:00.000001Z", "host" + i + ".evil.example");
        }
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void add(int number, String time, String domain) {
        objects.add(Map.entry(
                time,
                "{\"type\":\"indicator\",\"id\":\"indicator--" + number + "\",\"modified\":\"" + time
                        + "\",\"pattern_type\":\"stix\",\"pattern\":\"[domain-name:value = '" + domain + "']\"}"));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String target = exchange.getRequestURI().toString();
        requests.add(URLDecoder.decode(target, UTF_8));
        String accept = exchange.getRequestHeaders().getFirst("Accept");
        String basic = "Basic " + Base64.getEncoder().encodeToString("anna:pass".getBytes(UTF_8));
        int status = refuseWith;
        if (!"application/taxii+json;version=2.1".equals(accept)) {
            status = 406;
        } else if (!basic.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            status = 401;
        }
        byte[] body = new byte[0];
        if (status == 0) {
            status = 200;
            body = (target.endsWith("/collections/")
                            ? "{\"collections\":[{\"id\":\"x\",\"title\":\"other\",\"can_read\":true},{\"id\":\"" + ID
                                    + "\",\"title\":\"Bad names\",\"can_read\":true,\"can_write\":false}]}"
                            : page(exchange))
                    .getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/taxii+json;version=2.1");
        }
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private String page(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        for (String pair : exchange.getRequestURI().getRawQuery().split("&", -1)) {
            String[] parts = pair.split("=", 2);
            query.put(URLDecoder.decode(parts[0], UTF_8), URLDecoder.decode(parts[1], UTF_8));
        }
        String after = query.getOrDefault("added_after", "");
        List<Map.Entry<String, String>> wanted = objects.stream()
                .filter(one -> one.getKey().compareTo(after) > 0)
                .toList();
        int from = Integer.parseInt(query.getOrDefault("next", "0"));
        int to = Math.min(wanted.size(), from + Integer.parseInt(query.getOrDefault("limit", "100")));
        if (from >= to) {
            return "{}";
        }
        exchange.getResponseHeaders()
                .set("X-TAXII-Date-Added-First", wanted.get(from).getKey());
        exchange.getResponseHeaders()
                .set("X-TAXII-Date-Added-Last", wanted.get(to - 1).getKey());
        String more = to < wanted.size() ? "\"more\":true,\"next\":\"" + to + "\"," : "";
        return "{" + more + "\"objects\":["
                + String.join(
                        ",",
                        wanted.subList(from, to).stream()
                                .map(Map.Entry::getValue)
                                .toList()) + "]}";
    }

    private TaxiiList list(String collection) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read(
                "lists",
                "{ lists: [ { type: taxii, name: bad, url: 'http://127.0.0.1:"
                        + server.getAddress().getPort() + "/api1', collection: '" + collection
                        + "', user: anna, secret: pass, pageSize: 2, interval: 1s } ] }",
                problems);
        IndicatorConfig config = IndicatorConfig.SPEC.read(Objects.requireNonNull(node), problems);
        problems.throwIfAny();
        return (TaxiiList) Objects.requireNonNull(config).lists().getFirst();
    }

    private List<String> read(TaxiiList list) throws IOException {
        IndicatorBuilder builder = new IndicatorBuilder();
        list.read(list.file(folder), new IndicatorSink(builder, 0));
        IndicatorIndex index = builder.build();
        List<String> values = new ArrayList<>();
        for (int i = 0; i < index.size(); i++) {
            values.add(index.value(i));
        }
        return values;
    }

    @Test
    void fetchesAllPagesAndLaterOnlyWhatWasAdded() throws Exception {
        TaxiiList list = list("Bad names");
        assertThat(new TaxiiClient(list, list.file(folder)).fetch()).isEqualTo(3);
        assertThat(read(list)).hasSize(5);
        assertThat(requests).hasSize(4).allMatch(request -> request.contains(ID) || request.endsWith("collections/"));
        assertThat(requests.get(1)).contains("match[type]=indicator", "limit=2");

        requests.clear();
        add(2, "2026-02-01T00:00:00Z", "renamed.evil.example");
        assertThat(new TaxiiClient(list, list.file(folder)).fetch()).isOne();
        assertThat(requests.get(1)).contains("added_after=2026-01-05T00:00:00.000001Z");
        assertThat(read(list)).hasSize(5).contains("renamed.evil.example").doesNotContain("host2.evil.example");
        assertThat(new TaxiiClient(list, list.file(folder)).fetch()).isZero();
    }

    @Test
    void cutsAwayAPageThatWasWrittenInPart() throws Exception {
        TaxiiList list = list(ID);
        new TaxiiClient(list, list.file(folder)).fetch();
        Files.writeString(list.file(folder), "{\"objects\":[{\"typ", StandardOpenOption.APPEND);
        add(9, "2026-02-01T00:00:00Z", "late.example");
        new TaxiiClient(list, list.file(folder)).fetch();
        assertThat(read(list)).hasSize(6).contains("late.example");
    }

    @Test
    void keepsWhatItHasWhenTheServerRefuses() throws Exception {
        TaxiiList list = list(ID);
        try (IndicatorSource source = open(list)) {
            Awaitility.await().untilAsserted(() -> {
                source.refresh();
                assertThat(source.current().size()).isEqualTo(5);
            });
            refuseWith = 503;
            Awaitility.await().untilAsserted(() -> assertThat(source.failures()).isPositive());
            assertThat(source.current().size()).isEqualTo(5);
        }
        try (IndicatorSource restarted = open(list)) {
            assertThat(restarted.current().size()).isEqualTo(5);
        }
    }

    private IndicatorSource open(TaxiiList list) {
        return IndicatorSource.open(IndicatorConfig.of(List.of(list)), folder, SystemClock.process());
    }
}
