package io.tocsin.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableFileTest {
    @TempDir
    Path folder;

    private static ByteBuffer bytes(String text) {
        return StandardCharsets.US_ASCII.encode(text);
    }

    @Test
    void replacesTheWholeContentAndLeavesNothingBeside() throws IOException {
        Path file = folder.resolve("state");
        DurableFile.replace(file, bytes("a long first content"));
        DurableFile.replace(file, bytes("second"));
        assertThat(file).hasContent("second");
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void passesOverWhatAnEarlierProcessLeftUnfinished() throws IOException {
        Path file = folder.resolve("state");
        Files.writeString(folder.resolve("state" + DurableFile.UNFINISHED), "half of a content that is longer");
        DurableFile.replace(file, bytes("whole"));
        assertThat(file).hasContent("whole");
    }

    @Test
    void leavesTheFileAsItWasWhenItCannotBeWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("state"), "before");
        Files.createDirectory(folder.resolve("state" + DurableFile.UNFINISHED));
        assertThatThrownBy(() -> DurableFile.replace(file, bytes("after"))).isInstanceOf(IOException.class);
        assertThat(file).hasContent("before");
    }
}
