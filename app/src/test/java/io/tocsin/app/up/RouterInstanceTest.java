package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An event router whose resources change while it runs.
final class RouterInstanceTest {
    private static final Duration LONGEST = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private Path own = Path.of("");

    @BeforeEach
    void makeFolder() throws IOException {
        own = Files.createDirectory(folder.resolve("own"));
    }

    private void write(String routed) throws IOException {
        StringBuilder text =
                new StringBuilder("kind: router\nname: centre\nspec: { destinations: [ " + routed + " ] }\n");
        for (String name : new String[] {"first", "second"}) {
            text.append("---\nkind: destination\nname: ")
                    .append(name)
                    .append("\nspec: { type: file, path: \"")
                    .append(folder.resolve(name))
                    .append("\" }\n");
        }
        Files.writeString(own.resolve("router.yaml"), text);
    }

    private static String metrics(URI address) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(address.resolve("/metrics")).build(), BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void passesEventsOnToOtherDestinationsWithoutARestartAndKeepsThemWhenAChangeIsWrong() throws Exception {
        write("first");
        RouterInstance router = RouterInstance.start(new ServiceOptions(
                folder.resolve("data"),
                null,
                own,
                Files.createDirectory(folder.resolve("content")),
                ListenAddress.parse("127.0.0.1:0"),
                null,
                null,
                null,
                _ -> null,
                0));
        try {
            String ready = router.readyText();
            URI address = URI.create(ready.substring(ready.indexOf('=') + 1, ready.indexOf(' ')));
            assertThat(metrics(address)).contains("\"first\"").doesNotContain("\"second\"");
            write("second");
            await().atMost(LONGEST).until(() -> metrics(address).contains("\"second\""));
            assertThat(metrics(address)).doesNotContain("destination=\"first\"");
            write("third");
            await().during(Duration.ofSeconds(5))
                    .atMost(LONGEST)
                    .until(() -> metrics(address).contains("\"second\""));
        } finally {
            router.close();
        }
    }
}
