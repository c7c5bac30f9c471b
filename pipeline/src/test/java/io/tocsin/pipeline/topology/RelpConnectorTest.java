package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RelpConnectorTest {
    private static final String OFFERS = "relp_version=0\nrelp_software=test,1,http://example.com\ncommands=syslog";

    @TempDir
    Path folder;

    private static String frame(int number, String command, String data) {
        int length = data.getBytes(ISO_8859_1).length;
        return number + " " + command + " " + length + (length == 0 ? "\n" : " " + data + "\n");
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }

    /// The next frame as `number command data`.
    private static String read(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int spaces = 0;
        int next;
        while ((next = in.read()) >= 0) {
            if (next == '\n') {
                return head.toString(ISO_8859_1);
            }
            if (next == ' ' && ++spaces == 3) {
                String[] words = head.toString(ISO_8859_1).split(" ", -1);
                byte[] data = in.readNBytes(Integer.parseInt(words[2]));
                assertThat(in.read()).isEqualTo('\n');
                return words[0] + " " + words[1] + " " + new String(data, ISO_8859_1);
            }
            head.write(next);
        }
        return "end " + head.toString(ISO_8859_1);
    }

    private static InputStream open(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        write(socket, frame(1, "open", OFFERS));
        InputStream in = new java.io.BufferedInputStream(socket.getInputStream());
        assertThat(read(in)).startsWith("1 rsp 200 OK\nrelp_version=0\n").contains("commands=syslog");
        return in;
    }

    @Test
    void answersEveryMessageInOrderOnceItIsOnDisk() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("relp", "");
            List<String> texts = IntStream.range(0, 20_000)
                    .mapToObj(i -> "<13>Nov 22 10:00:00 host app[1]: message " + i)
                    .toList();
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = open(socket);
                Thread sender = Thread.ofVirtual().start(() -> {
                    try {
                        StringBuilder all = new StringBuilder();
                        for (int i = 0; i < texts.size(); i++) {
                            all.append(frame(i + 2, "syslog", texts.get(i)));
                        }
                        write(socket, all + frame(texts.size() + 2, "close", ""));
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
                for (int i = 0; i < texts.size(); i++) {
                    assertThat(read(in)).isEqualTo((i + 2) + " rsp 200 OK");
                }
                // Whatever was answered is on disk, whatever happens now.
                assertThat(harness.loggedTexts()).isEqualTo(texts);
                assertThat(read(in)).isEqualTo((texts.size() + 2) + " rsp 0");
                assertThat(read(in)).isEqualTo("0 serverclose 0");
                assertThat(in.read()).isEqualTo(-1);
                assertThat(sender.isAlive()).isFalse();
            }
            await().until(() -> topology.figures().openSources() == 0);
            assertThat(Harness.count(topology, StageCounter.FRAMING_ERRORS)).isZero();
        }
    }

    @Test
    void answersMessagesThatAreFilteredAsWell() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                kind: collector
                name: test
                spec:
                  connector: { type: relp, listen: "127.0.0.1:0" }
                  filter: { drop: "Severity = Severity" }
                """);
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = open(socket);
                for (int i = 0; i < 3; i++) {
                    write(socket, frame(i + 2, "syslog", "<13>dropped"));
                    long before = System.nanoTime();
                    assertThat(read(in)).isEqualTo((i + 2) + " rsp 200 OK");
                    assertThat(System.nanoTime() - before).isLessThan(3_000_000_000L);
                }
            }
        }
    }

    @Test
    void cutsWhatIsTooLongAndStaysInStep() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("relp", ", maxEventSize: 100KiB");
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = open(socket);
                String big = "<13>" + "a".repeat(3_000_000);
                write(
                        socket,
                        frame(2, "syslog", "<13>before")
                                + frame(3, "syslog", big)
                                + frame(4, "syslog", "<13>after\nwith a line end\n"));
                for (int i = 2; i <= 4; i++) {
                    assertThat(read(in)).isEqualTo(i + " rsp 200 OK");
                }
            }
            assertThat(harness.logged()).extracting(Harness.Logged::cut).containsExactly(false, true, false);
            assertThat(harness.logged().get(1).raw()).hasSize(100 << 10);
            assertThat(harness.logged().get(2).raw()).isEqualTo("<13>after\nwith a line end");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3 syslog 9 <13>wrong\n",
                "2 syslog 3 <13>long\n",
                "2 syslog x\n",
                "2222222222 syslog 0\n",
                "2 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0\n",
                "2  syslog 0\n",
                "<13>no relp at all\n",
                "0 hint 0\n",
                "2 open 20000 ",
            })
    void endsASessionWhoseFramesAreWrong(String text) throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("relp", "");
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = open(socket);
                write(socket, text);
                assertThat(read(in)).isEqualTo("end ");
            }
            await().until(() -> Harness.count(topology, StageCounter.FRAMING_ERRORS) == 1);
            try (Socket next = Harness.connect(topology)) {
                InputStream in = open(next);
                write(next, frame(2, "syslog", "<13>alive"));
                assertThat(read(in)).isEqualTo("2 rsp 200 OK");
            }
            assertThat(harness.loggedTexts()).containsExactly("<13>alive");
        }
    }

    @Test
    void takesNothingBeforeTheOffers() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("relp", "");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, frame(1, "syslog", "<13>early"));
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(harness.loggedTexts()).isEmpty();
        }
    }

    @Test
    void negotiatesVersionAndCommands() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("relp", "");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, frame(1, "open", "commands=eventlog,syslog\nrelp_version=7"));
                assertThat(read(socket.getInputStream())).startsWith("1 rsp 200 OK\nrelp_version=1\n");
                write(socket, frame(2, "open", OFFERS) + frame(3, "starttls", ""));
                assertThat(read(socket.getInputStream())).startsWith("2 rsp 500 ");
                assertThat(read(socket.getInputStream())).startsWith("3 rsp 500 ");
            }
            for (String offers : List.of("relp_version=0\ncommands=eventlog", "commands=syslog", "relp_version=x")) {
                try (Socket socket = Harness.connect(topology)) {
                    write(socket, frame(1, "open", offers));
                    assertThat(read(socket.getInputStream())).startsWith("1 rsp 500 ");
                    assertThat(read(socket.getInputStream())).isEqualTo("0 serverclose 0");
                    assertThat(socket.getInputStream().read()).isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void finishesItsAnswersAndSaysSoWhenItDrains() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("relp", "");
            try (Socket socket = Harness.connect(topology);
                    Socket idle = Harness.connect(topology)) {
                InputStream in = open(socket);
                InputStream idleIn = open(idle);
                StringBuilder all = new StringBuilder();
                for (int i = 0; i < 500; i++) {
                    all.append(frame(i + 2, "syslog", "<13>message " + i));
                }
                write(socket, all.toString());
                long before = System.nanoTime();
                assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
                assertThat(System.nanoTime() - before).isLessThan(10_000_000_000L);
                for (int i = 0; i < 500; i++) {
                    assertThat(read(in)).isEqualTo((i + 2) + " rsp 200 OK");
                }
                assertThat(read(in)).isEqualTo("0 serverclose 0");
                assertThat(read(idleIn)).isEqualTo("0 serverclose 0");
            }
            assertThat(harness.logged()).hasSize(500);
        }
    }

    @Test
    void goesOnForAPeerThatReadsNoAnswers() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("relp", ", window: 1000");
            try (Socket deaf = Harness.connect(topology);
                    Socket other = Harness.connect(topology)) {
                open(deaf);
                Thread.ofVirtual().start(() -> {
                    try {
                        for (int i = 2; i < 10_000_000; i++) {
                            write(deaf, frame(i, "syslog", "<13>x"));
                        }
                    } catch (IOException closedAtTheEnd) {
                        // The test is over.
                    }
                });
                InputStream in = open(other);
                for (int i = 2; i < 50; i++) {
                    write(other, frame(i, "syslog", "<13>y " + i));
                    assertThat(read(in)).isEqualTo(i + " rsp 200 OK");
                }
            }
        }
    }

    @Test
    void closesAConnectionWhosePeerTakesNoAnswers() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("relp", ", window: 1000, answerTimeout: 300ms");
            try (Socket deaf = Harness.connect(topology)) {
                open(deaf);
                assertThatThrownBy(() -> {
                            for (int i = 2; ; i++) {
                                write(deaf, frame(i, "syslog", "<13>x"));
                            }
                        })
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void understandsTheSameFramesHoweverTheyAreCut() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("relp", "");
            List<String> texts = new ArrayList<>();
            try (Socket socket = Harness.connect(topology)) {
                socket.setTcpNoDelay(true);
                InputStream in = open(socket);
                StringBuilder all = new StringBuilder();
                for (int i = 0; i < 300; i++) {
                    String text = "<13>" + i + " " + "b".repeat(random.nextInt(i % 50 == 0 ? 50_000 : 40));
                    texts.add(text);
                    all.append(frame(i + 2, "syslog", text));
                }
                byte[] bytes = all.toString().getBytes(ISO_8859_1);
                int sent = 0;
                while (sent < bytes.length) {
                    int length = Math.min(bytes.length - sent, 1 + random.nextInt(random.nextBoolean() ? 20 : 9000));
                    socket.getOutputStream().write(bytes, sent, length);
                    sent += length;
                }
                for (int i = 0; i < 300; i++) {
                    assertThat(read(in)).as("seed %d", seed).isEqualTo((i + 2) + " rsp 200 OK");
                }
            }
            assertThat(harness.loggedTexts()).as("seed %d", seed).isEqualTo(texts);
        }
    }

    @Test
    void endsASessionThatLeavesALongMessageHalfSent() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startListening("relp", ", eventTimeout: 200ms");
            try (Socket socket = Harness.connect(topology)) {
                InputStream in = open(socket);
                write(socket, frame(2, "syslog", "<13>whole"));
                assertThat(read(in)).isEqualTo("2 rsp 200 OK");
                write(socket, "3 syslog 100000 <13>" + "h".repeat(5000));
                assertThat(read(in)).startsWith("end");
            }
            await().until(() -> Harness.count(topology, StageCounter.STALLED_EVENTS) == 1);
            assertThat(Harness.count(topology, StageCounter.FRAMING_ERRORS)).isZero();
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.loggedTexts()).containsExactly("<13>whole");
        }
    }
}
