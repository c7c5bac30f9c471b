package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Kills a real process that appends, several times on the same folder.
final class LogKillTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int ROUNDS = 3;
    private static final int LINES_BEFORE_KILL = 2000;

    @TempDir
    Path temporary;

    /// The process that is killed: appends numbered records and prints each number after `append`
    /// returned for it.
    static final class Victim {
        public static void main(String[] arguments) throws InterruptedException {
            LogOptions options = options(SyncMode.valueOf(arguments[1]));
            DurableLog log = DurableLog.open(Path.of(arguments[0]), options, InstantSource.system());
            StringBuilder lines = new StringBuilder();
            while (true) {
                long number = log.end().recordIndex();
                byte[] payload = new byte[8 + (int) (number % 3000)];
                ByteBuffer.wrap(payload).putLong(0, number);
                log.append(payload, 1, PATIENCE);
                lines.setLength(0);
                System.out.print(lines.append(number).append('\n'));
                System.out.flush();
            }
        }
    }

    private static LogOptions options(SyncMode mode) {
        return new LogOptions(mode, Duration.ofMillis(5), 1 << 18, 1L << 32, 0, 1 << 20);
    }

    @ParameterizedTest
    @EnumSource(SyncMode.class)
    void rsyslog2965KeepsEveryAppendedRecordWhenTheProcessIsKilled(SyncMode mode) throws Exception {
        long printed = -1;
        for (int round = 0; round < ROUNDS; round++) {
            Process victim = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Victim.class.getName(),
                            temporary.toString(),
                            mode.name())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(victim.getInputStream(), StandardCharsets.US_ASCII))) {
                for (int i = 0; i < LINES_BEFORE_KILL; i++) {
                    printed = Long.parseLong(lines.readLine());
                }
                victim.toHandle().destroyForcibly();
                String line = lines.readLine();
                while (line != null) {
                    // The last line may have been cut in the middle.
                    if (Long.parseLong("0" + line) == printed + 1) {
                        printed++;
                    }
                    line = lines.readLine();
                }
            } finally {
                victim.destroyForcibly();
                assertThat(victim.waitFor(20, TimeUnit.SECONDS)).isTrue();
            }
        }
        try (DurableLog log = DurableLog.open(temporary, options(mode), InstantSource.system());
                LogReader reader = log.reader(LogPosition.START)) {
            assertThat(log.end().recordIndex()).isGreaterThan(printed);
            assertThat(log.epoch()).isEqualTo(1);
            long expected = 0;
            List<LogRecord> records = reader.poll(1000, 1 << 24, Duration.ZERO);
            while (!records.isEmpty()) {
                for (LogRecord record : records) {
                    assertThat(ByteBuffer.wrap(record.payload()).getLong()).isEqualTo(expected++);
                }
                records = reader.poll(1000, 1 << 24, Duration.ZERO);
            }
            assertThat(expected).isEqualTo(log.end().recordIndex());
            assertThat(log.metrics().lostRecords()).isZero();
        }
        assertThat(LogCheck.check(temporary).findings()).isEmpty();
    }
}
