package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.app.command.Commands;
import io.tocsin.config.Problems;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `tocsin compare` over collectors that run, each with a folder of resources of its own.
final class ComparedCollectorsTest {
    private static final String SECRET = "s".repeat(64);

    @TempDir
    private Path folder;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    /// Starts a collector and returns its address.
    private String start(String node, String resources) throws IOException {
        Path home = Files.createDirectory(folder.resolve(node));
        Path own = Files.createDirectory(home.resolve("resources"));
        Files.writeString(own.resolve("all.yaml"), resources);
        Problems problems = new Problems();
        CollectorSet collectors = CollectorSet.read(Resources.load(own, null, _ -> null, problems), problems);
        problems.throwIfAny();
        DurableLog log =
                DurableLog.open(home.resolve("log"), LogOptions.defaults().withReserveBytes(0), SystemClock.process());
        open.push(log);
        open.push(collectors);
        collectors.open(log, home.resolve("positions"), SystemClock.process(), _ -> {});
        collectors.start();
        ServiceListener listener = ServiceListener.open(
                ListenAddress.parse("127.0.0.1:0"),
                Map.of(
                        CollectorRoutes.PATH,
                        new CollectorRoutes(
                                new LocalCollectors(collectors::topologies, collectors::fingerprints), SECRET)),
                () -> true,
                () -> "");
        open.push(listener);
        await().until(() -> !collectors.fingerprints().isEmpty());
        return listener.address().toString();
    }

    private static String collector(String name, String threshold) {
        return """
                kind: collector
                name: %s
                spec:
                  connector: { type: tcp, listen: "${PORT:-127.0.0.1:0}" }
                  normalizer: mine
                  stages:
                    - { type: aggregate, threshold: %s, lifetime: 1h, identical: [ SourceUserName ] }
                """.formatted(name, threshold);
    }

    private static String normalizer(String format) {
        return "---\nkind: normalizer\nname: mine\nspec: { format: " + format + " }\n";
    }

    private static String run(int expected, String... urls) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        String[] arguments = new String[urls.length + 3];
        arguments[0] = "compare";
        arguments[1] = "--token";
        arguments[2] = SECRET;
        System.arraycopy(urls, 0, arguments, 3, urls.length);
        int code = Commands.execute(arguments, out, out);
        out.flush();
        assertThat(code).as(text.toString()).isEqualTo(expected);
        return text.toString();
    }

    @Test
    void collectorsOfTheSameFilesAreAlike() throws IOException {
        String one = start("one", collector("edge", "10") + normalizer("kv"));
        String two = start("two", collector("edge", "10") + normalizer("kv"));
        String three = start("three", collector("edge", "10") + normalizer("kv"));
        assertThat(run(0, one, two, three)).contains("edge").contains("alike");
    }

    @Test
    void keysAndResourcesThatDifferAreNamed() throws IOException {
        String one = start("one", collector("edge", "10") + normalizer("kv"));
        String two = start("two", collector("edge", "11") + normalizer("json"));
        assertThat(run(1, one, two))
                .contains("differently")
                .contains("stages")
                .contains("normalizer mine")
                .doesNotContain("connector.listen");
    }

    @Test
    void aCollectorThatIsMissingSomewhereIsNamed() throws IOException {
        String one = start("one", collector("edge", "10") + normalizer("kv"));
        String two = start("two", collector("other", "10") + normalizer("kv"));
        assertThat(run(1, one, two)).contains("not at " + one).contains("not at " + two);
    }
}
