package io.tocsin.app.up;

import io.tocsin.core.ledger.LogPlaces;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Asks collectors and routers of other processes for an event, all at once: what their logs hold and what they put
/// aside. Who does not answer is named.
///
/// Thread-safety: any thread.
final class RemoteFinders implements AutoCloseable {
    /// The variable with the addresses of event routers, separated by commas.
    static final String ROUTERS_VARIABLE = "TOCSIN_ROUTERS";

    private static final Duration CONNECT = Duration.ofSeconds(2);
    /// The other side looks for five seconds at most.
    private static final Duration ANSWER = Duration.ofSeconds(8);

    /// Nobody else is asked.
    static final RemoteFinders NONE = new RemoteFinders(List.of(), "");

    private final List<URI> sites;
    private final String authorization;
    private final HttpClient client;

    /// @param sites those of `--listen` of the other processes, each ending with a slash
    /// @param secret of the installation
    RemoteFinders(List<URI> sites, String secret) {
        this.sites = List.copyOf(sites);
        this.authorization = "Bearer " + secret;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .build();
    }

    /// Answers that are on their way.
    ///
    /// @param answers in the order of the sites
    record Question(List<URI> sites, List<CompletableFuture<HttpResponse<byte[]>>> answers) {
        /// Waits for the answers and adds them to what was found here.
        LogPlaces addTo(LogPlaces here) {
            List<LogPlaces.Place> places = new ArrayList<>(here.places());
            List<String> deadLetters = new ArrayList<>(here.deadLetters());
            List<String> notAsked = new ArrayList<>(here.notAsked());
            boolean complete = here.complete();
            for (int i = 0; i < sites.size(); i++) {
                String at = sites.get(i).getAuthority();
                try {
                    LogPlaces there = read(answers.get(i).join());
                    there.places()
                            .forEach(place -> places.add(new LogPlaces.Place(
                                    place.log() + " of " + at,
                                    place.route(),
                                    place.position(),
                                    place.receivedMillis(),
                                    place.appendedMillis(),
                                    place.consumers())));
                    there.deadLetters().forEach(file -> deadLetters.add(file + " at " + at));
                    there.notAsked().forEach(notAsked::add);
                    complete &= there.complete();
                } catch (CompletionException e) {
                    Throwable cause = e.getCause() == null ? e : e.getCause();
                    notAsked.add(at + " (does not answer: "
                            + (cause.getMessage() == null ? cause.toString() : cause.getMessage()) + ")");
                } catch (IOException e) {
                    notAsked.add(at + " (" + e.getMessage() + ")");
                }
            }
            return new LogPlaces(places, deadLetters, complete, notAsked);
        }

        private static LogPlaces read(HttpResponse<byte[]> answer) throws IOException {
            if (answer.statusCode() != 200) {
                throw new IOException(
                        answer.statusCode() == 401
                                ? "refuses the secret of this installation"
                                : "answers " + answer.statusCode());
            }
            try {
                return JsonMapper.shared().readValue(answer.body(), LogPlaces.class);
            } catch (JacksonException e) {
                throw new IOException("answers something else than places", e);
            }
        }
    }

    /// Begins to ask.
    Question ask(UUID id, @Nullable Long madeAtMillis) {
        List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
        for (URI site : sites) {
            HttpRequest request = HttpRequest.newBuilder(site.resolve(EventPlaces.PATH.substring(1) + "/" + id
                            + (madeAtMillis == null ? "" : "?made=" + madeAtMillis)))
                    .timeout(ANSWER)
                    .header("Authorization", authorization)
                    .build();
            answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()));
        }
        return new Question(sites, answers);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
