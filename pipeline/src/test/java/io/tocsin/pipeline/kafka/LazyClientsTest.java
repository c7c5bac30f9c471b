package io.tocsin.pipeline.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.connector.Connectors;
import io.tocsin.pipeline.destination.DestinationPlan;
import io.tocsin.pipeline.stage.StageResources;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Who does not use Kafka or NATS does not pay for their libraries: 20 MB of classes that a start must not look at.
final class LazyClientsTest {
    /// Runs in a JVM of its own: reads everything that a start reads, a destination of each kind included.
    static final class Start {
        private Start() {}

        public static void main(String[] arguments) {
            System.out.println(Connectors.ALL.size());
            for (String spec : List.of(
                    "{ type: kafka, brokers: \"localhost:9092\", topic: t }",
                    "{ type: nats-jetstream, servers: \"localhost:4222\", subject: t }")) {
                Problems problems = new Problems();
                ConfigNode node =
                        YamlReader.read("start", "kind: destination\nname: x\nspec: " + spec + "\n", problems);
                System.out.println(node == null ? null : DestinationPlan.read(node, StageResources.NONE, problems));
                problems.throwIfAny();
            }
        }
    }

    @Test
    void loadsNoClassOfALibraryBeforeItIsUsed() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xlog:class+load:stdout",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Start.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output.lines())
                .anyMatch(line -> line.contains("io.tocsin.pipeline.destination.KafkaDestination"))
                .noneMatch(line -> line.contains(" org.apache.kafka."))
                .noneMatch(line -> line.contains(" io.nats."));
    }
}
