package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.transport.log.LogOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A sender forgets what it was answered: that is on disk, also when the log has no room for the rest.
@Timeout(120)
final class AnsweredOnDiskTest {
    private static final int EVENTS = 40_000;
    private static final int QUIET_MILLIS = 2000;

    @TempDir
    private Path folder;

    private static String stream(String type) {
        Random random = new Random(3);
        StringBuilder stream = new StringBuilder();
        if (type.equals("relp")) {
            String offers = "relp_version=0\ncommands=syslog";
            stream.append("1 open ")
                    .append(offers.length())
                    .append(' ')
                    .append(offers)
                    .append('\n');
        }
        for (int i = 0; i < EVENTS; i++) {
            String text =
                    "<13>line " + i + " " + Long.toHexString(random.nextLong()).repeat(10);
            stream.append(
                    type.equals("relp")
                            ? (i + 2) + " syslog " + text.length() + " " + text + "\n"
                            : "*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$" + text.length() + "\r\n" + text + "\r\n");
        }
        return stream.toString();
    }

    @ParameterizedTest
    @CsvSource({"relp,' rsp 6 200 OK\n'", "redis,':1\r\n'"})
    void answersNothingThatTheLogHasNotTaken(String type, String answer) throws IOException {
        byte[] stream = stream(type).getBytes(ISO_8859_1);
        LogOptions small = LogOptions.defaults().withReserveBytes(1).withSizes(64 << 10, 256 << 10);
        try (Harness harness = new Harness(folder, small)) {
            harness.keepAll();
            CollectorTopology topology = harness.startListening(type, "");
            try (Socket socket = Harness.connect(topology)) {
                Thread.ofVirtual().start(() -> {
                    try {
                        socket.getOutputStream().write(stream);
                    } catch (IOException closed) {
                        // It waits for room until the end of the test.
                    }
                });
                String answers = untilQuiet(socket);
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> topology.figures().waitingForLog());
                long answered = Pattern.compile(Pattern.quote(answer))
                        .matcher(answers)
                        .results()
                        .count();
                assertThat(answered).isBetween(1L, EVENTS - 1L);
                assertThat((long) harness.loggedTexts().size()).isGreaterThanOrEqualTo(answered);
            }
        }
    }

    /// What comes until nothing has come for a while.
    private static String untilQuiet(Socket socket) throws IOException {
        socket.setSoTimeout(QUIET_MILLIS);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[8192];
        try {
            int length = in.read(buffer);
            while (length >= 0) {
                all.write(buffer, 0, length);
                length = in.read(buffer);
            }
        } catch (SocketTimeoutException quiet) {
            // All that will come has come.
        }
        return all.toString(ISO_8859_1);
    }
}
