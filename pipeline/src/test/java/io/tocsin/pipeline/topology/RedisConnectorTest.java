package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisConnectorTest {
    private static final Path REDIS_CLI = Path.of("/usr/bin/redis-cli");

    @TempDir
    Path folder;

    private static String command(String... words) {
        StringBuilder command = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            command.append('$').append(word.getBytes(UTF_8).length).append("\r\n");
            command.append(word).append("\r\n");
        }
        return command.toString();
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
    }

    private static InputStream in(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        return new BufferedInputStream(socket.getInputStream());
    }

    /// The next reply: its line, and for a bulk string that instead; `end` at the end.
    private static String read(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        while (next >= 0 && next != '\n') {
            if (next != '\r') {
                line.write(next);
            }
            next = in.read();
        }
        String text = next < 0 ? "end" + line.toString(UTF_8) : line.toString(UTF_8);
        if (text.startsWith("$") && !text.equals("$-1")) {
            String bulk = new String(in.readNBytes(Integer.parseInt(text.substring(1))), UTF_8);
            in.skipNBytes(2);
            return bulk;
        }
        return text;
    }

    /// What the real client prints.
    private String redis(CollectorTopology topology, Path input, String... arguments)
            throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.isExecutable(REDIS_CLI), "redis-cli is not installed: apt-get install redis-tools");
        List<String> words = new ArrayList<>(List.of(
                REDIS_CLI.toString(),
                "-p",
                Integer.toString(Harness.address(topology).getPort())));
        words.addAll(List.of(arguments));
        Path output = folder.resolve("redis-cli.txt");
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectInput(input.toFile())
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return Files.readString(output).strip();
    }

    private String redis(CollectorTopology topology, String... arguments) throws IOException, InterruptedException {
        return redis(topology, Path.of("/dev/null"), arguments);
    }

    @Test
    void takesWhatTheRealClientWrites() throws IOException, InterruptedException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", "");
            assertThat(redis(topology, "PING")).isEqualTo("PONG");
            assertThat(redis(topology, "LPUSH", "suricata", "{\"n\":1}")).isEqualTo("1");
            assertThat(redis(topology, "-n", "3", "RPUSH", "suricata", "{\"n\":2}", "{\"n\":3}"))
                    .isEqualTo("2");
            assertThat(redis(topology, "PUBLISH", "suricata", "{\"n\":4}")).isEqualTo("1");
            assertThat(redis(topology, "XADD", "s", "MAXLEN", "~", "1000", "*", "eve", "{\"n\":5}"))
                    .matches("[0-9]+-[0-9]+");
            assertThat(redis(topology, "XADD", "s", "7-1", "host", "a\"b", "n", "6"))
                    .isEqualTo("7-1");
            assertThat(redis(topology, "-3", "RPUSH", "suricata", "{\"n\":7}")).endsWith("1");
            assertThat(redis(topology, "GET", "suricata")).startsWith("ERR unknown command 'GET'");
            assertThat(redis(topology, "INFO")).contains("redis_version:5.0.14");
            assertThat(harness.loggedTexts())
                    .containsExactly(
                            "{\"n\":1}",
                            "{\"n\":2}",
                            "{\"n\":3}",
                            "{\"n\":4}",
                            "{\"n\":5}",
                            "{\"host\":\"a\\\"b\",\"n\":\"6\"}",
                            "{\"n\":7}");
        }
    }

    @Test
    void takesThePipelineOfTheRealClient() throws IOException, InterruptedException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", "");
            StringBuilder all = new StringBuilder();
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                texts.add("{\"number\":" + i + "}");
                all.append(command("RPUSH", "suricata", texts.getLast()));
            }
            Path input = Files.writeString(folder.resolve("input"), all);
            assertThat(redis(topology, input, "--pipe")).contains("errors: 0, replies: 20000");
            assertThat(harness.loggedTexts()).isEqualTo(texts);
        }
    }

    @Test
    void letsNobodyWriteWithoutThePassword() throws IOException, InterruptedException {
        Path password = Files.writeString(folder.resolve("password"), "secret\n");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", ", password: \"file:" + password + "\"");
            assertThat(redis(topology, "RPUSH", "k", "stranger")).isEqualTo("NOAUTH Authentication required.");
            assertThat(redis(topology, "-a", "wrong", "RPUSH", "k", "stranger")).contains("WRONGPASS", "NOAUTH");
            assertThat(redis(topology, "-a", "secret", "--no-auth-warning", "RPUSH", "k", "first"))
                    .isEqualTo("1");
            assertThat(redis(
                            topology, "--user", "default", "-a", "secret", "--no-auth-warning", "RPUSH", "k", "second"))
                    .isEqualTo("1");
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = in(socket);
                write(socket, command("AUTH", "wrong") + command("AUTH", "secret") + command("RPUSH", "k", "third"));
                assertThat(read(in)).startsWith("-WRONGPASS");
                assertThat(read(in)).isEqualTo("+OK");
                assertThat(read(in)).isEqualTo(":1");
            }
            for (String large : List.of("*11\r\n", "*1\r\n$16385\r\n")) {
                try (Socket socket = Harness.connect(topology)) {
                    write(socket, large);
                    assertThat(read(in(socket))).startsWith("-ERR Protocol error: unauthenticated");
                }
            }
            assertThat(harness.loggedTexts()).containsExactly("first", "second", "third");
            assertThat(Harness.count(topology, StageCounter.REQUESTS_REFUSED)).isEqualTo(2);
        }
    }

    @Test
    void takesOnlyKeysThatAreAllowed() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", ", keys: [ suricata ]");
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = in(socket);
                write(
                        socket,
                        command("RPUSH", "other", "a")
                                + command("PUBLISH", "other", "b")
                                + command("XADD", "other", "*", "f", "c")
                                + command("RPUSH", "suricata", "d"));
                for (int i = 0; i < 3; i++) {
                    assertThat(read(in)).startsWith("-NOPERM");
                }
                assertThat(read(in)).isEqualTo(":1");
            }
            assertThat(harness.loggedTexts()).containsExactly("d");
        }
    }

    @Test
    void understandsTheSameCommandsHoweverTheyAreCut() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", "");
            List<String> texts = new ArrayList<>();
            List<String> replies = new ArrayList<>();
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 300; i++) {
                String text = i + " ü " + "b".repeat(random.nextInt(i % 50 == 0 ? 50_000 : 40));
                switch (random.nextInt(7)) {
                    case 0 -> {
                        all.append(command("RPUSH", "k", text, "", text + "'"));
                        texts.add(text);
                        texts.add(text + "'");
                        replies.add(":3");
                    }
                    case 1 -> {
                        all.append("publish  k \"quoted\\x21 ").append(i).append("\"\r\n");
                        texts.add("quoted! " + i);
                        replies.add(":1");
                    }
                    case 2 -> {
                        all.append(command("XADD", "s", i + 1 + "-*", "f", text));
                        texts.add(text);
                        replies.add(i + 1 + "-0");
                    }
                    case 3 -> {
                        all.append(command("PING", "p" + i));
                        replies.add("p" + i);
                    }
                    case 4 -> {
                        all.append("*0\r\n\r\n").append(command("HELLO", "3"));
                        replies.add("-ERR unknown command 'HELLO'");
                    }
                    case 5 -> {
                        all.append(command("LPUSH", "k", ""));
                        replies.add(":1");
                    }
                    default -> {
                        all.append(command("LPUSH", "k", text));
                        texts.add(text);
                        replies.add(":1");
                    }
                }
            }
            all.append(command("QUIT"));
            replies.add("+OK");
            replies.add("end");
            try (Socket socket = Harness.connect(topology)) {
                socket.setTcpNoDelay(true);
                InputStream in = in(socket);
                byte[] bytes = all.toString().getBytes(UTF_8);
                int sent = 0;
                while (sent < bytes.length) {
                    int most = random.nextInt(3) == 0 ? 1 : random.nextBoolean() ? 20 : 9000;
                    int length = Math.min(bytes.length - sent, 1 + random.nextInt(most));
                    socket.getOutputStream().write(bytes, sent, length);
                    sent += length;
                }
                for (String reply : replies) {
                    assertThat(read(in)).as("seed %d", seed).isEqualTo(reply);
                }
            }
            assertThat(harness.loggedTexts()).as("seed %d", seed).isEqualTo(texts);
        }
    }

    @Test
    void survivesDamagedInput() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] good = (command("RPUSH", "k", "first", "second")
                        + command("XADD", "s", "MAXLEN", "~", "5", "*", "a", "b", "c", "d")
                        + "publish k \"inline\"\r\n"
                        + command("CLIENT", "SETNAME", "x")
                        + command("QUIT"))
                .getBytes(UTF_8);
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", "");
            for (int round = 0; round < 500; round++) {
                byte[] bytes = good.clone();
                int changes = 1 + random.nextInt(4);
                for (int i = 0; i < changes; i++) {
                    bytes[random.nextInt(bytes.length)] =
                            (byte) (random.nextBoolean() ? random.nextInt(256) : "*$-9\r\n".charAt(random.nextInt(6)));
                }
                try (Socket socket = Harness.connect(topology)) {
                    socket.setSoTimeout(20_000);
                    socket.getOutputStream().write(bytes, 0, 1 + random.nextInt(bytes.length));
                    socket.shutdownOutput();
                    socket.getInputStream().readAllBytes();
                } catch (java.net.SocketException closedWithBytesUnread) {
                    // That is how the other side ends a connection whose rest it does not read.
                }
            }
            await().until(() -> topology.figures().openSources() == 0);
            assertThat(Harness.count(topology, StageCounter.CONNECTION_ERRORS))
                    .as("seed %d", seed)
                    .isZero();
            try (Socket socket = Harness.connect(topology)) {
                write(socket, command("RPUSH", "k", "alive"));
                assertThat(read(in(socket))).isEqualTo(":1");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*x\\r\\n | invalid multibulk length",
                "*1048577\\r\\n | invalid multibulk length",
                "*99999999999999999999\\r\\n | invalid multibulk length",
                "*1\\r\\n+OK\\r\\n | expected '$', got '+'",
                "*1\\r\\n$-1\\r\\n | invalid bulk length",
                "*1\\r\\n$536870913\\r\\n | invalid bulk length",
                "*1\\r\\n$1\\r\\nabc\\r\\n | expected the end of a bulk string",
                "ping 'a\\r\\n | unbalanced quotes",
                "ping \"a\"b\\r\\n | unbalanced quotes",
            })
    void saysWhatIsWrongAndClosesTheConnection(String sent, String error) throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", "");
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = in(socket);
                write(
                        socket,
                        command("RPUSH", "k", "before")
                                + sent.replace("\\r", "\r").replace("\\n", "\n"));
                assertThat(read(in)).isEqualTo(":1");
                assertThat(read(in)).startsWith("-ERR Protocol error: ").contains(error);
                assertThat(read(in)).isEqualTo("end");
            }
            await().until(() -> Harness.count(topology, StageCounter.FRAMING_ERRORS) == 1);
            assertThat(harness.loggedTexts()).containsExactly("before");
        }
    }

    @Test
    void refusesEndlessLinesAndRequestsOfBrowsers() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", "");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "a".repeat(64 * 1024 + 1));
                assertThat(read(in(socket))).isEqualTo("-ERR Protocol error: too big inline request");
            }
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "POST / HTTP/1.1\r\n");
                assertThat(read(in(socket))).isEqualTo("end");
            }
            assertThat(harness.loggedTexts()).isEmpty();
        }
    }

    @Test
    void cutsWhatIsTooLongAndStaysInStep() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", ", maxEventSize: 100KiB");
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = in(socket);
                write(
                        socket,
                        command("RPUSH", "k", "before", "a".repeat(3_000_000), "between")
                                + command("XADD", "s", "1-1", "f", "a".repeat(60_000), "g", "b".repeat(60_000))
                                + command("PUBLISH", "k", "after\r\n"));
                assertThat(read(in)).isEqualTo(":3");
                assertThat(read(in)).isEqualTo("1-1");
                assertThat(read(in)).isEqualTo(":1");
            }
            assertThat(harness.logged())
                    .extracting(Harness.Logged::cut)
                    .containsExactly(false, true, false, true, false);
            assertThat(harness.logged().get(1).raw()).hasSize(100 << 10);
            assertThat(harness.logged().get(3).raw()).hasSize(100 << 10);
            assertThat(harness.logged().get(4).raw()).isEqualTo("after");
        }
    }

    @Test
    void cutsWhatIsTooLongInOneLineAsWell() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", ", maxEventSize: 64B");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "RPUSH k " + "a".repeat(65) + " " + "b".repeat(64) + "\r\n");
                assertThat(read(in(socket))).isEqualTo(":2");
            }
            assertThat(harness.logged()).extracting(Harness.Logged::cut).containsExactly(true, false);
            assertThat(harness.loggedTexts()).containsExactly("a".repeat(64), "b".repeat(64));
        }
    }

    @Test
    void takesNothingOfACommandThatIsNotWhole() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", "");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, command("RPUSH", "k", "whole") + "*4\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$1\r\na\r\n$1\r\n");
                socket.shutdownOutput();
                InputStream in = in(socket);
                assertThat(read(in)).isEqualTo(":1");
                assertThat(read(in)).isEqualTo("end");
            }
            assertThat(harness.loggedTexts()).containsExactly("whole");
        }
    }

    @Test
    void finishesItsRepliesWhenItDrains() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", "");
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = in(socket);
                StringBuilder all = new StringBuilder();
                for (int i = 0; i < 500; i++) {
                    all.append(command("RPUSH", "k", "event " + i));
                }
                write(socket, all.toString());
                assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
                for (int i = 0; i < 500; i++) {
                    assertThat(read(in)).isEqualTo(":1");
                }
                assertThat(read(in)).isEqualTo("end");
            }
            assertThat(harness.logged()).hasSize(500);
        }
    }

    @Test
    void endsAConnectionThatLeavesALongCommandHalfSent() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("redis", ", eventTimeout: 200ms");
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = in(socket);
                write(
                        socket,
                        command("RPUSH", "k", "whole") + "*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$100000\r\n"
                                + "h".repeat(5000));
                assertThat(read(in)).isEqualTo(":1");
                assertThat(read(in)).isEqualTo("-ERR command takes too long");
            }
            await().until(() -> Harness.count(topology, StageCounter.STALLED_EVENTS) == 1);
            assertThat(harness.loggedTexts()).containsExactly("whole");
        }
    }
}
