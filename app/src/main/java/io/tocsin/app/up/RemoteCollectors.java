package io.tocsin.app.up;

import io.tocsin.core.service.ServiceState;
import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.transport.TimedExchange;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Collectors of other processes, as the screens of this installation show them: it asks each process every few
/// seconds how its collectors are, how those of a pair stand to each other, and whether those of one name are
/// configured alike.
///
/// Thread-safety: one thread starts and closes; any thread asks for states.
final class RemoteCollectors implements AutoCloseable {
    /// The variable with their addresses, separated by commas.
    static final String VARIABLE = "TOCSIN_COLLECTORS";

    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(4);

    private final String authorization;
    private final InstantSource clock;
    private final HttpClient client;
    private final List<Site> sites;
    private final CollectorComparison comparison;
    private final Duration look;
    private final List<Thread> threads = new ArrayList<>();

    /// One process.
    ///
    /// Thread-safety: its thread writes; any thread reads.
    private static final class Site {
        private final URI address;
        private volatile List<ServiceState> states;
        /// Of the last answer; null while it does not answer.
        private volatile @Nullable Map<String, String> fingerprints;

        Site(URI address, long nowMillis) {
            this.address = address;
            this.states = List.of(unknown(address, ServiceState.Status.STARTING, nowMillis, "was not asked yet"));
        }
    }

    private RemoteCollectors(
            List<URI> addresses, String secret, InstantSource clock, MonitoringEvents monitoring, Duration look) {
        this.look = look;
        this.comparison = new CollectorComparison(this::parts, monitoring);
        this.authorization = "Bearer " + secret;
        this.clock = clock;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(ANSWER)
                .build();
        this.sites = addresses.stream()
                .map(address -> new Site(address, clock.millis()))
                .toList();
    }

    /// Begins to ask.
    ///
    /// @param addresses those of `collector --listen`, separated by commas; null or empty: there are none
    /// @param secret of the installation
    /// @param monitoring is told when some of one name are configured differently
    /// @throws TocsinException when one is no address
    static RemoteCollectors start(
            @Nullable String addresses, String secret, InstantSource clock, MonitoringEvents monitoring) {
        return start(addresses, secret, clock, monitoring, LOOK);
    }

    /// @param look asks so often
    static RemoteCollectors start(
            @Nullable String addresses,
            String secret,
            InstantSource clock,
            MonitoringEvents monitoring,
            Duration look) {
        List<URI> parsed = ServiceAddresses.parse(VARIABLE, addresses, "collectors");
        RemoteCollectors collectors = new RemoteCollectors(parsed, secret, clock, monitoring, look);
        for (Site site : collectors.sites) {
            collectors.threads.add(Thread.ofVirtual()
                    .name("collectors-" + site.address.getAuthority())
                    .start(() -> collectors.follow(site)));
        }
        if (parsed.size() > 1) {
            collectors.threads.add(
                    Thread.ofVirtual().name("collectors-compared").start(collectors::compare));
        }
        return collectors;
    }

    private void follow(Site site) {
        try {
            while (true) {
                site.states = look(site);
                Thread.sleep(look);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void compare() {
        try {
            while (true) {
                Thread.sleep(look);
                List<CollectorComparison.Answer> answers = new ArrayList<>();
                for (Site site : sites) {
                    Map<String, String> fingerprints = site.fingerprints;
                    if (fingerprints != null) {
                        answers.add(new CollectorComparison.Answer(site.address.getAuthority(), fingerprints));
                    }
                }
                comparison.look(answers);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    /// What a collector's fingerprint is made of.
    private @Nullable Map<String, String> parts(String authority, String collector) throws InterruptedException {
        for (Site site : sites) {
            if (site.address.getAuthority().equals(authority)) {
                String name =
                        URLEncoder.encode(collector, StandardCharsets.UTF_8).replace("+", "%20");
                try {
                    HttpResponse<String> answer = ask(site, "api/v1/collectors/" + name + "/configuration");
                    if (answer.statusCode() != 200) {
                        return null;
                    }
                    Map<String, String> parts = new HashMap<>();
                    for (Map.Entry<String, JsonNode> part : JsonMapper.shared()
                            .readTree(answer.body())
                            .path("parts")
                            .properties()) {
                        parts.put(part.getKey(), part.getValue().asString(""));
                    }
                    return parts;
                } catch (IOException | JacksonException e) {
                    return null;
                }
            }
        }
        return null;
    }

    private HttpResponse<String> ask(Site site, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(site.address.resolve(path))
                .timeout(ANSWER)
                .header("Authorization", authorization)
                .build();
        return TimedExchange.send(client, request, HttpResponse.BodyHandlers.ofString());
    }

    private List<ServiceState> look(Site site) throws InterruptedException {
        try {
            HttpResponse<String> answer = ask(site, "api/v1/collectors");
            if (answer.statusCode() != 200) {
                return away(
                        site,
                        answer.statusCode() == 401
                                ? "refuses the secret of this installation"
                                : "answers " + answer.statusCode());
            }
            List<ServiceState> states = new ArrayList<>();
            Map<String, String> fingerprints = new HashMap<>();
            for (JsonNode item : JsonMapper.shared().readTree(answer.body()).path("items")) {
                states.add(state(site.address, item));
                String fingerprint = item.path("fingerprint").asString("");
                if (!fingerprint.isEmpty()) {
                    fingerprints.put(item.path("name").asString(""), fingerprint);
                }
            }
            site.fingerprints = Map.copyOf(fingerprints);
            return List.copyOf(states);
        } catch (IOException e) {
            return away(site, "does not answer: " + (e.getMessage() == null ? e.toString() : e.getMessage()));
        } catch (JacksonException e) {
            return away(site, "answers something that is not JSON");
        }
    }

    /// What was known of it, as down from now on.
    private List<ServiceState> away(Site site, String reason) {
        site.fingerprints = null;
        List<ServiceState> before = site.states;
        if (before.stream().allMatch(state -> state.status() == ServiceState.Status.DOWN) && !before.isEmpty()) {
            return before;
        }
        long now = clock.millis();
        List<ServiceState> known = before.stream()
                .filter(state -> state.status() == ServiceState.Status.UP)
                .map(state -> new ServiceState(
                        state.id(),
                        state.name(),
                        state.kind(),
                        ServiceState.Status.DOWN,
                        now,
                        state.address(),
                        state.version(),
                        0,
                        0,
                        0,
                        0,
                        reason))
                .toList();
        return known.isEmpty() ? List.of(unknown(site.address, ServiceState.Status.DOWN, now, reason)) : known;
    }

    private static ServiceState unknown(URI address, ServiceState.Status status, long since, String detail) {
        String at = address.getAuthority();
        return new ServiceState(
                "collectors@" + at,
                "collectors at " + at,
                ServiceState.Kind.COLLECTOR,
                status,
                since,
                address.toString(),
                "",
                0,
                0,
                0,
                0,
                detail);
    }

    private ServiceState state(URI address, JsonNode item) {
        String name = item.path("name").asString("");
        String at = address.getAuthority();
        List<String> addresses = new ArrayList<>();
        item.path("addresses").forEach(each -> addresses.add(each.asString("")));
        return new ServiceState(
                "collector-" + name + "@" + at,
                name + " at " + at,
                ServiceState.Kind.COLLECTOR,
                switch (item.path("status").asString("")) {
                    case "up", "draining" -> ServiceState.Status.UP;
                    case "starting" -> ServiceState.Status.STARTING;
                    default -> ServiceState.Status.DOWN;
                },
                item.path("since").asLong(0),
                String.join(", ", addresses),
                "",
                item.path("eventsPerSecond").asDouble(0),
                0,
                item.path("openEvents").asLong(0),
                0,
                item.path("waitingForLog").asBoolean(false)
                        ? "the log has no room: sources have to wait"
                        : detail(comparison.difference(name), pair(item.path("pair"))));
    }

    private static @Nullable String detail(@Nullable String difference, @Nullable String pair) {
        return difference == null ? pair : pair == null ? difference : difference + "; " + pair;
    }

    /// How it stands in its pair, for people; null when it has none.
    private static @Nullable String pair(JsonNode pair) {
        String state = pair.path("state").asString("");
        if (state.isEmpty()) {
            return null;
        }
        String peer = pair.path("peer").asString("");
        StringBuilder text = new StringBuilder("pair: ").append(state);
        if (!peer.isEmpty()) {
            text.append(", the other one is ").append(peer);
        }
        long until = pair.path("replicatedUntil").asLong(0);
        if (until > 0) {
            text.append(", replicated until ")
                    .append(Instant.ofEpochMilli(until).truncatedTo(ChronoUnit.MILLIS));
        }
        long waiting = pair.path("waitingRecords").asLong(0);
        if (waiting > 0) {
            text.append(String.format(
                    Locale.ROOT,
                    ", lag %.1f s (%d batches)",
                    pair.path("lagMillis").asLong(0) / 1e3,
                    waiting));
        }
        return text.append(": ").append(pair.path("detail").asString("")).toString();
    }

    /// How they were a few seconds ago, at most.
    List<ServiceState> states() {
        return sites.stream().flatMap(site -> site.states.stream()).toList();
    }

    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
        client.shutdownNow();
    }
}
