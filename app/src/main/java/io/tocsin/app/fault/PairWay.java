package io.tocsin.app.fault;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A second way into the storage of a site, through two collectors that hold lines for each other:
///
/// ```
/// sender → collector (RELP, joins ten lines to an event) ┐
///    or        ↕ a wire that can be cut                  ├→ storage
///          collector of the same configuration           ┘
/// ```
///
/// Thread-safety: one thread.
final class PairWay {
    /// The collector that takes the numbered events.
    static final String INPUT = "paired";

    private static final int SIDES = 2;
    private static final int PORTS = 5;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final String secret;
    private final NetworkRelay link;
    private final List<SiteProcess> sides;
    private final List<Integer> inputs;
    private final List<Integer> services;

    private PairWay(
            String secret, NetworkRelay link, List<SiteProcess> sides, List<Integer> inputs, List<Integer> services) {
        this.secret = secret;
        this.link = link;
        this.sides = sides;
        this.inputs = inputs;
        this.services = services;
    }

    /// Starts both and waits until they are a pair.
    ///
    /// @param name of a folder that nobody else has
    static PairWay start(FaultSite site, String name) throws IOException, InterruptedException {
        Path folder = Files.createDirectories(site.folder().resolve(name));
        Path resources = Files.createDirectories(folder.resolve("resources"));
        // Ten numbers in a row are one event, which the tenth of them ends.
        Files.writeString(resources.resolve("paired.yaml"), """
                kind: collector
                name: %s
                spec:
                  connector: { type: relp, listen: "127.0.0.1:${PAIRED_PORT}" }
                  assemble:
                    key: 'run=(\\S+) n=(\\d*)\\d end'
                    end: 'n=\\d*9 end'
                    idleTimeout: 10s
                  normalizer: syslog
                  keepRaw: true
                  destinations: [ storage ]
                """.formatted(INPUT));
        List<Integer> ports = FaultSite.freePorts(PORTS);
        String secret = Files.readString(site.centreData().resolve("installation.secret"))
                .strip();
        NetworkRelay link = new NetworkRelay(ports.getLast());
        List<SiteProcess> sides = new ArrayList<>();
        PairWay way = new PairWay(secret, link, sides, ports.subList(0, SIDES), ports.subList(SIDES, 2 * SIDES));
        try {
            for (int side = 0; side < SIDES; side++) {
                List<String> arguments = new ArrayList<>(List.of("collector"));
                arguments.addAll(
                        List.of("--data", folder.resolve("side-" + side).toString()));
                arguments.addAll(List.of("--resources", resources.toString()));
                arguments.addAll(List.of(
                        "--secret-file",
                        site.centreData().resolve("installation.secret").toString()));
                arguments.addAll(List.of("--listen", "127.0.0.1:" + way.services.get(side)));
                arguments.addAll(List.of("--reserve-megabytes", "16"));
                arguments.addAll(List.of(
                        "--storage", "http://127.0.0.1:" + site.toStorage().port()));
                arguments.addAll(
                        side == 0
                                ? List.of("--pair-listen", "127.0.0.1:" + ports.getLast())
                                : List.of("--pair", "127.0.0.1:" + link.port()));
                sides.add(SiteProcess.start(
                        name + "-" + side,
                        folder,
                        arguments,
                        Map.of("PAIRED_PORT", Integer.toString(way.inputs.get(side)))));
            }
            way.awaitPair();
            return way;
        } catch (IOException | InterruptedException e) {
            way.close();
            throw e;
        }
    }

    /// Which of the two is the keeper now, 0 or 1.
    ///
    /// @throws IOException when none says that it is
    int keeper() throws IOException, InterruptedException {
        for (int side = 0; side < SIDES; side++) {
            if (state(side).equals("keeper")) {
                return side;
            }
        }
        throw new IOException("none of the two is the keeper of the pair");
    }

    SiteProcess side(int number) {
        return sides.get(number);
    }

    /// Where a sender sends: to the first of these that takes it.
    ///
    /// @param first the side that it prefers
    List<InetSocketAddress> inputs(int first) {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        return List.of(
                new InetSocketAddress(loopback, inputs.get(first)),
                new InetSocketAddress(loopback, inputs.get(1 - first)));
    }

    /// The wire between the two.
    NetworkRelay link() {
        return link;
    }

    /// Waits until one is the keeper and the other one the helper.
    ///
    /// @throws IOException when that does not happen within a minute
    void awaitPair() throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        String seen = "";
        while (!seen.equals("keeper helper") && !seen.equals("helper keeper")) {
            if (System.nanoTime() > until) {
                throw new IOException("the two collectors do not become a pair [states=" + seen + "]");
            }
            Thread.sleep(50);
            seen = state(0) + " " + state(1);
        }
    }

    /// Empty when it does not say.
    private String state(int side) throws InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + services.get(side) + "/api/v1/collectors");
        HttpRequest request = HttpRequest.newBuilder(address)
                .timeout(ANSWER)
                .header("Authorization", "Bearer " + secret)
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            JsonNode items = JsonMapper.shared()
                    .readTree(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .body())
                    .path("items");
            for (JsonNode item : items) {
                if (item.path("name").asString("").equals(INPUT)) {
                    return item.path("pair").path("state").asString("");
                }
            }
            return "";
        } catch (IOException away) {
            return "";
        }
    }

    /// Ends everything.
    void close() throws IOException, InterruptedException {
        for (SiteProcess side : sides) {
            side.close();
        }
        link.close();
    }
}
