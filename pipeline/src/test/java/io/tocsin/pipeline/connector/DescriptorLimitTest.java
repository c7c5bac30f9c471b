package io.tocsin.pipeline.connector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// K16: the process has the descriptors that it may have, and knows when they are too few.
class DescriptorLimitTest {
    @Test
    void findsALimitTooLowThatLeavesNoRoomForTheLog() {
        assertThat(DescriptorLimit.isEnough(20_500, 20_000, 1)).isTrue();
        assertThat(DescriptorLimit.isEnough(20_499, 20_000, 1)).isFalse();
        assertThat(DescriptorLimit.isEnough(3500, 1000, 3)).isTrue();
        assertThat(DescriptorLimit.isEnough(3499, 1000, 3)).isFalse();
        assertThat(DescriptorLimit.isEnough(-1, 1_000_000, 3)).isTrue();
    }

    @Test
    void runsWithTheHardLimit() throws IOException {
        Path limits = Path.of("/proc/self/limits");
        Assumptions.assumeTrue(Files.exists(limits), "only Linux shows its limits in /proc");
        List<String> line = Files.readAllLines(limits).stream()
                .filter(text -> text.startsWith("Max open files"))
                .toList();
        String[] columns = line.getFirst().split("\\s{2,}", -1);
        Assumptions.assumeFalse(columns[2].equals("unlimited"));
        assertThat(DescriptorLimit.ofProcess()).isEqualTo(Long.parseLong(columns[2].strip()));
        assertThat(columns[1]).isEqualTo(columns[2]);
    }
}
