package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.TimedExchange;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Storage as the witness: `POST /claims/v1`, see `docs/specs/pair.md`. It notes a claim on disk before
/// it answers, and who cannot reach it cannot store what it would claim either.
///
/// Thread-safety: any thread.
public final class StorageWitness implements Witness {
    private static final String PATH = "/claims/v1";
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final int OK = 200;
    private static final int WORDS = 3;
    private static final int HEX = 16;

    private final URI address;
    private final String secret;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();

    /// @param storage address of the storage service
    /// @param secret of the installation
    public StorageWitness(URI storage, String secret) {
        this.address = storage.resolve(PATH);
        this.secret = secret;
    }

    @Override
    public PairMessage.Ending claim(PairMessage.Ending claim) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address)
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + secret)
                .POST(HttpRequest.BodyPublishers.ofString(text(claim)))
                .build();
        HttpResponse<String> answer = TimedExchange.send(client, request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != OK) {
            throw new IOException("the witness refuses [status=" + answer.statusCode() + "]");
        }
        return parse(answer.body());
    }

    /// A claim as one line.
    static String text(PairMessage.Ending claim) {
        LogPosition reached = claim.reached();
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(claim.session()) + " " + hex.toHexDigits(claim.winner()) + " "
                + (reached == null ? "-" : reached.toString());
    }

    /// Reads what [#text] gives.
    ///
    /// @throws IOException when it is none
    static PairMessage.Ending parse(String line) throws IOException {
        String[] words = line.strip().split(" ", -1);
        if (words.length != WORDS) {
            throw new IOException("the witness answers with something else than a claim");
        }
        try {
            return new PairMessage.Ending(
                    Long.parseUnsignedLong(words[0], HEX), Long.parseUnsignedLong(words[1], HEX), place(words[2]));
        } catch (IllegalArgumentException e) {
            throw new IOException("the witness answers with something else than a claim", e);
        }
    }

    private static @Nullable LogPosition place(String word) {
        int slash = word.indexOf('/');
        return slash < 0
                ? null
                : new LogPosition(Long.parseLong(word.substring(0, slash)), Long.parseLong(word.substring(slash + 1)));
    }

    @Override
    public String name() {
        return address.toString();
    }
}
