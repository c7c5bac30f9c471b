package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.InvalidConfigException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileDestinationTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Pattern NUMBER = Pattern.compile("\"Message\":\"n=(\\d+);\"");

    @TempDir
    Path folder;

    private String spec(String keys) {
        return "{ type: file, path: \"" + folder.resolve("out") + "\", temporary: \"" + folder.resolve("temporary")
                + "\", flushInterval: 10ms, " + keys + " }";
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("out"))) {
            return files.sorted().toList();
        }
    }

    private static List<Integer> numbers(List<Path> files) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        for (Path file : files) {
            var in = Files.newInputStream(file);
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(Decompressed.byName(file.toString(), in), StandardCharsets.UTF_8))) {
                lines.lines().forEach(line -> {
                    Matcher number = NUMBER.matcher(line);
                    assertThat(number.find()).isTrue();
                    numbers.add(Integer.parseInt(number.group(1)));
                });
            }
        }
        return numbers;
    }

    @Test
    void filesAppearWholeBySizeAndTheRestWhenItEnds() throws Exception {
        try (NumberedEvents events = new NumberedEvents(folder)) {
            events.append(20, 100);
            try (RunningDestination out = events.start("diode", spec("fileSize: 64KiB, batch: 8KiB, fileAge: 1h"))) {
                assertThat(out.drain(LONG)).isTrue();
            }
            assertThat(files())
                    .hasSizeGreaterThan(3)
                    .allMatch(file -> file.toString().endsWith(".ndjson"));
            assertThat(numbers(files()))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, 2_000).boxed().toList());
            try (Stream<Path> left = Files.list(folder.resolve("temporary"))) {
                assertThat(left).isEmpty();
            }
        }
    }

    @Test
    void fileIsFinishedByItsAge() throws Exception {
        try (NumberedEvents events = new NumberedEvents(folder);
                RunningDestination out = events.start("diode", spec("fileAge: 100ms"))) {
            events.append(1, 10);
            await().atMost(LONG).until(() -> out.figures().deliveredEvents() == 10);
            assertThat(numbers(files())).hasSize(10);
        }
    }

    @ParameterizedTest
    @CsvSource({"gzip, .gz", "zstd, .zst", "lz4, .lz4", "snappy, .sz"})
    void compressedFilesHoldEverything(String compression, String ending) throws Exception {
        try (NumberedEvents events = new NumberedEvents(folder)) {
            events.append(10, 100);
            try (RunningDestination out =
                    events.start("diode", spec("compression: " + compression + ", batch: 4KiB, fileAge: 1h"))) {
                assertThat(out.drain(LONG)).isTrue();
            }
            assertThat(files()).isNotEmpty().allMatch(file -> file.toString().endsWith(".ndjson" + ending));
            assertThat(numbers(files()))
                    .isEqualTo(IntStream.range(0, 1_000).boxed().toList());
        }
    }

    /// Killed while a file was open: what was in it is not counted as delivered and is written
    /// again, once.
    @Test
    void fileThatWasNotFinishedIsWrittenAgainOnce() throws Exception {
        try (NumberedEvents events = new NumberedEvents(folder)) {
            events.append(2, 100);
            try (RunningDestination out = events.start("diode", spec("fileAge: 1h"))) {
                await().atMost(LONG).until(() -> out.figures().inFlightEvents() == 200);
            }
            Files.writeString(folder.resolve("temporary").resolve(".events-diode-1-1.part"), "half a fi");
            assertThat(files()).isEmpty();
            try (RunningDestination again = events.start("diode", spec("fileAge: 1h"))) {
                assertThat(again.drain(LONG)).isTrue();
            }
            assertThat(numbers(files()))
                    .isEqualTo(IntStream.range(0, 200).boxed().toList());
            try (Stream<Path> left = Files.list(folder.resolve("temporary"))) {
                assertThat(left).isEmpty();
            }
        }
    }

    @Test
    void refusesAFileThatDoesNotFitIntoMemory() {
        assertThatThrownBy(() -> NumberedEvents.plan("diode", spec("fileSize: 64MiB, buffer: 1MiB")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("must fit into the buffer");
    }
}
