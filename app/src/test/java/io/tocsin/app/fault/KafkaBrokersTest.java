package io.tocsin.app.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KafkaBrokersTest {
    @TempDir
    private Path folder;

    @Test
    void saysWhichFolderItWantsAndStartsNothingWithoutBrokers() throws IOException {
        Path distribution = Files.createDirectories(folder.resolve("kafka_2.13-4.2.1/libs"));
        Files.createFile(distribution.resolve("kafka-clients-4.2.1.jar"));
        Path work = folder.resolve("work");
        for (Path wrong : new Path[] {distribution.getParent(), distribution, folder.resolve("missing")}) {
            assertThatThrownBy(() -> KafkaBrokers.start(wrong, work))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no broker in this folder")
                    .hasMessageContaining("kafka_*.jar");
        }
        assertThat(work).doesNotExist();
    }
}
