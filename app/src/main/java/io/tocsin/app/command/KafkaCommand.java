package io.tocsin.app.command;

import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.kafka.KafkaReplay;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin kafka replay --brokers … --group …` makes a collector read a part of its topics once
/// more.
@Command(
        name = "kafka",
        mixinStandardHelpOptions = true,
        description =
                "Looks after what collectors read from Kafka: 'kafka replay' makes a group read a part once more.",
        subcommands = KafkaCommand.Replay.class)
final class KafkaCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw CommandException.usage(
                "say what to do: tocsin kafka replay --brokers HOST:PORT --group GROUP --from TIME, or --shift NUMBER");
    }

    /// `replay`.
    @Command(
            name = "replay",
            mixinStandardHelpOptions = true,
            description = {
                "Moves a consumer group back, so that its collectors read a time range, or the last records, once more"
                        + " when they are started. Stop them first.",
                "Storage keeps one of what it has already, and events that are read once more raise no alert."
            })
    static final class Replay implements Callable<Integer> {
        private static final String MESSAGE_BOUND = "10000";

        @Option(
                names = "--brokers",
                required = true,
                split = ",",
                paramLabel = "HOST:PORT",
                description = "Some brokers; they name the others.")
        private List<String> brokers = List.of();

        @Option(
                names = "--group",
                required = true,
                paramLabel = "GROUP",
                description = "The consumer group, tocsin-NAME for a collector that names none.")
        private String group = "";

        @Option(
                names = "--topic",
                split = ",",
                paramLabel = "TOPIC",
                description = "Only these topics; without it all that the group reads.")
        private List<String> topics = List.of();

        @Option(
                names = "--from",
                paramLabel = "TIME",
                description =
                        "Begin of the time range, by the times of the records: now-2h, 2026-11-22T10:00:00Z, epoch"
                                + " milliseconds.")
        private @Nullable String from;

        @Option(
                names = "--to",
                paramLabel = "TIME",
                description = "End of the time range, exclusive; without it up to where the group stands.")
        private @Nullable String to;

        @Option(
                names = "--shift",
                paramLabel = "NUMBER",
                description = "Instead of a time range: so many records of each partition, such as -100.")
        private @Nullable Long shift;

        @Option(
                names = "--properties",
                paramLabel = "FILE",
                description = "Properties of the Kafka client, for brokers that demand TLS or a login.")
        private @Nullable Path properties;

        @Option(names = "--dry-run", description = "Says what would be read once more and changes nothing.")
        private boolean dryRun;

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            if ((from == null) == (shift == null)) {
                throw CommandException.usage("give either --from or --shift");
            }
            if (to != null && from == null) {
                throw CommandException.usage("--to needs --from");
            }
            if (shift != null && shift == 0) {
                throw CommandException.usage("--shift must not be 0 [shift=0]");
            }
            try (KafkaReplay replay = new KafkaReplay(clientProperties())) {
                List<KafkaReplay.Part> parts = parts(replay);
                if (!dryRun && !parts.isEmpty()) {
                    replay.apply(group, parts);
                }
                print(parts, output.writer());
                return ExitCode.OK;
            } catch (TocsinException e) {
                throw CommandException.rejected(String.valueOf(e.getMessage()));
            }
        }

        private List<KafkaReplay.Part> parts(KafkaReplay replay) {
            Set<String> only = Set.copyOf(topics);
            String begin = from;
            if (begin == null) {
                return replay.shift(group, only, Math.abs(shift == null ? 0 : shift));
            }
            SystemClock clock = SystemClock.process();
            Instant first = Instant.ofEpochMilli(TimeOption.parse(begin, clock));
            Instant end = to == null ? null : Instant.ofEpochMilli(TimeOption.parse(to, clock));
            if (end != null && !first.isBefore(end)) {
                throw CommandException.usage("the range ends before it begins [from=" + from + ", to=" + to + "]");
            }
            return replay.range(group, only, first, end);
        }

        private Map<String, Object> clientProperties() {
            Map<String, Object> client = new HashMap<>();
            client.put("default.api.timeout.ms", MESSAGE_BOUND);
            client.put("request.timeout.ms", MESSAGE_BOUND);
            Path file = properties;
            if (file != null) {
                Properties read = new Properties();
                try (var reader = Files.newBufferedReader(file)) {
                    read.load(reader);
                } catch (IOException | IllegalArgumentException e) {
                    throw CommandException.cannotStart(
                            "cannot read the properties [file=" + file + "]: " + e.getMessage());
                }
                read.forEach((name, value) -> client.put(String.valueOf(name), value));
            }
            client.put("bootstrap.servers", String.join(",", brokers));
            return client;
        }

        private void print(List<KafkaReplay.Part> parts, PrintWriter out) {
            switch (output.format()) {
                case table -> {
                    for (KafkaReplay.Part part : parts) {
                        out.printf(
                                "%s partition %d: %d records from %d to %d, then on at %d%n",
                                part.topic(),
                                part.partition(),
                                part.records(),
                                part.from(),
                                part.until(),
                                part.resume());
                    }
                    long records =
                            parts.stream().mapToLong(KafkaReplay.Part::records).sum();
                    out.println(
                            parts.isEmpty()
                                    ? "nothing to read once more"
                                    : dryRun
                                            ? records + " records would be read once more"
                                            : records
                                                    + " records are read once more when the collectors of the group"
                                                    + " start");
                }
                case ndjson -> parts.forEach(part -> out.println(json(part)));
                case json -> {
                    ObjectNode object = Instance.JSON.createObjectNode();
                    object.put("group", group);
                    object.put("applied", !dryRun && !parts.isEmpty());
                    var items = object.putArray("items");
                    parts.forEach(part -> items.add(json(part)));
                    out.println(object);
                }
            }
        }

        private static ObjectNode json(KafkaReplay.Part part) {
            ObjectNode object = Instance.JSON.createObjectNode();
            object.put("topic", part.topic());
            object.put("partition", part.partition());
            object.put("from", part.from());
            object.put("until", part.until());
            object.put("resume", part.resume());
            object.put("records", part.records());
            return object;
        }
    }
}
