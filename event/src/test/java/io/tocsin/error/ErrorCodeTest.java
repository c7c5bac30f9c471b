package io.tocsin.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ErrorCodeTest {
    /// What was published once. Append here when a code is added; never change a line.
    private static final List<String> PUBLISHED = List.of(
            "1001 INVALID_CONFIG",
            "1002 INVALID_CONDITION",
            "1003 INVALID_QUERY",
            "1004 INVALID_RULE",
            "1005 INVALID_NORMALIZER",
            "1006 INVALID_REQUEST",
            "1007 NOT_FOUND",
            "1008 CONFLICT",
            "1009 UNAUTHENTICATED",
            "1010 FORBIDDEN",
            "1011 TOO_MANY_ATTEMPTS",
            "1012 INVALID_PATTERN",
            "1013 INVALID_SECRET",
            "2001 INTERNAL",
            "2002 CORRUPT_LOG",
            "2003 CORRUPT_BATCH",
            "2004 CORRUPT_CHECKPOINT",
            "2005 SEQUENCE_GAP",
            "3001 DISK_FULL",
            "3002 OUT_OF_MEMORY",
            "3003 QUERY_TIMEOUT",
            "3004 QUERY_TOO_LARGE",
            "3005 BUFFER_FULL",
            "3006 ADDRESS_IN_USE",
            "3007 FOLDER_IN_USE",
            "4001 PEER_UNREACHABLE",
            "4002 PEER_REFUSED",
            "4003 PEER_BUSY",
            "4004 PEER_ANSWER_INVALID",
            "4005 STORAGE_UNAVAILABLE",
            "4006 NATIVE_LIBRARY_MISSING",
            "4007 INPUT_OUTPUT",
            "4008 DELIVERY_DAMAGED");

    @Test
    void neverRenumbersAPublishedCode() {
        List<String> now = Arrays.stream(ErrorCode.values())
                .map(code -> code.number() + " " + code.name())
                .toList();

        assertThat(now).containsExactlyElementsOf(PUBLISHED);
    }

    @Test
    void saysInWordsWhatTheJdkSaysWithAPathOnly(@TempDir Path folder) {
        Path missing = folder.resolve("missing");

        IOException failed = catchThrowableOfType(IOException.class, () -> Files.readString(missing));

        assertThat(TocsinException.inputOutput("cannot read a table", missing, failed))
                .hasMessage("cannot read a table [path=" + missing + ", reason=there is no such file]");
    }

    @Test
    void givesEachCodeItsOwnNumberInTheRangeOfItsType() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::number)).doesNotHaveDuplicates();
        for (ErrorCode code : ErrorCode.values()) {
            assertThat(code.number() / 1000)
                    .as(code.name())
                    .isEqualTo(code.type().ordinal() + 1);
            assertThat(code.meaning()).endsWith(".");
        }
    }

    @Test
    void documentsEveryCode() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "specs", "errors.md"));

        for (ErrorCode code : ErrorCode.values()) {
            assertThat(page)
                    .contains("| " + code.number() + " | `" + code.name() + "` | " + (code.retriable() ? "yes" : "no")
                            + " | " + code.meaning() + " |");
        }
    }

    @Test
    void tellsAFullDiskFromOtherFailures() {
        Path path = Path.of("log", "1");
        IOException full = new FileSystemException("log/1", null, "No space left on device");

        assertThat(TocsinException.inputOutput("cannot append", path, full).code())
                .isEqualTo(ErrorCode.DISK_FULL);
        assertThat(TocsinException.inputOutput("cannot append", path, new IOException("Permission denied")))
                .hasMessage("cannot append [path=log/1, reason=Permission denied]")
                .extracting(TocsinException::code)
                .isEqualTo(ErrorCode.INPUT_OUTPUT);
    }
}
