package io.tocsin.pipeline.connector;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ValueTypes;
import io.tocsin.pipeline.kafka.KafkaAccess;
import io.tocsin.pipeline.kafka.KafkaUse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Reads events from topics of a Kafka cluster as a member of a consumer group.
///
/// Promise: the place in a partition up to which the group has read is committed only after every event before it
/// is synced in the durable log, or, with `commit: delivered`, after the destinations have confirmed it. What is
/// read again after a failure has the same identifiers, so that storage keeps one of it. Records that cannot be
/// understood are put aside and counted; they never stop a partition.
///
/// Classes of the client library are loaded when the connector runs, not before.
///
/// Thread-safety: as [Connector] demands.
final class KafkaConnector implements Connector {
    /// What the value of a record holds.
    enum Format {
        /// One event.
        WHOLE,
        /// Events that end with LF or CR LF.
        LINES,
        /// A batch of another collector, in the batch format.
        BATCH
    }

    /// Where a group begins that has never committed.
    enum Start {
        EARLIEST,
        LATEST,
        /// Nowhere: somebody has to say, for example with `tocsin kafka replay`.
        COMMITTED
    }

    /// After what the place in a partition is committed.
    enum Commit {
        /// The events are synced in the durable log of this process.
        LOGGED,
        /// All destinations have confirmed the events.
        DELIVERED
    }

    static final ComponentSpec<Config> SPEC = ComponentSpec.of(
            "kafka", "Reads events from topics of a Kafka cluster as a member of a consumer group.", keys -> {
                var access = KafkaAccess.keys(keys);
                var topics = keys.list("topics", "Names of the topics.", ValueTypes.TEXT)
                        .defaultTo(List.of());
                var topicPattern = keys.text(
                                "topicPattern",
                                "Instead of topics: a regular expression that names of topics must match as a whole;"
                                        + " new topics are found.")
                        .example("events-.*")
                        .optional();
                var group = keys.text(
                                "group",
                                "Name of the consumer group; members of one group share the partitions. Without it"
                                        + " tocsin-NAME, with the name of the collector.")
                        .optional();
                var start = keys.choice(
                                "start",
                                "Where a group begins that has committed nothing yet: the earliest event that is kept,"
                                        + " the latest, or committed, which waits until a place is set. A group that has"
                                        + " committed always goes on there.",
                                Start.class)
                        .defaultTo(Start.EARLIEST);
                var format = keys.choice(
                                "format",
                                "What the value of a record holds: whole one event, lines several, batch a batch that"
                                        + " a destination of type kafka with format batch wrote.",
                                Format.class)
                        .defaultTo(Format.WHOLE);
                var maximum = keys.size(
                                "maxEventSize",
                                "Longest event; a longer one is cut, marked and counted.",
                                new ByteSize(64),
                                ByteSize.ofMebibytes(16))
                        .defaultTo(ByteSize.ofMebibytes(4));
                var commit = keys.choice(
                                "commit",
                                "When the place in a partition is committed: logged as soon as the events are on the"
                                        + " disk of this node, delivered when all destinations have confirmed them, so"
                                        + " that another node can take over even when this disk is lost.",
                                Commit.class)
                        .defaultTo(Commit.LOGGED);
                var only = keys.nested(
                                "only",
                                "Takes only some records, by what their headers say of their entry; the others are for"
                                        + " other collectors.",
                                KafkaSelection.SPEC)
                        .optional();
                return values -> {
                    KafkaSelection selection = Objects.requireNonNullElse(values.get(only), KafkaSelection.ALL);
                    String pattern = values.get(topicPattern);
                    if (values.get(topics).isEmpty() == (pattern == null)) {
                        values.refuse("topics", "give either topics or topicPattern [key=topics]");
                    }
                    if (pattern != null) {
                        try {
                            Pattern.compile(pattern);
                        } catch (PatternSyntaxException e) {
                            values.refuse(
                                    "topicPattern",
                                    "not a regular expression [topicPattern=" + pattern + "]: " + e.getDescription());
                        }
                    }
                    if (values.get(format) == Format.BATCH && !selection.isEverything()) {
                        values.refuse(
                                "only",
                                "batches hold events of many sources and are not chosen by headers [key=only]: use a"
                                        + " stage of type filter");
                    }
                    return new Config(
                            access.of(values),
                            values.get(topics),
                            pattern,
                            values.get(group),
                            values.get(start),
                            values.get(format),
                            (int) values.get(maximum).bytes(),
                            values.get(commit),
                            selection);
                };
            });

    /// @param topics empty when there is a pattern
    /// @param group null: made of the name of the collector
    /// @param maxEventBytes longest event that is kept whole
    /// @param only which records are taken
    record Config(
            KafkaAccess access,
            List<String> topics,
            @Nullable String topicPattern,
            @Nullable String group,
            Start start,
            Format format,
            int maxEventBytes,
            Commit commit,
            KafkaSelection only)
            implements ConnectorConfig {
        @Override
        public String type() {
            return SPEC.id();
        }

        @Override
        public Connector connector(ConnectorContext context) {
            return new KafkaConnector(this, context);
        }

        /// The name of the consumer group.
        String groupOf(String service) {
            return Objects.requireNonNullElse(group, "tocsin-" + service);
        }
    }

    private final Config config;
    private final ConnectorContext context;
    private final KafkaRest rest = new KafkaRest();
    private volatile boolean stopping;
    private @Nullable KafkaConsumption consumption;

    KafkaConnector(Config config, ConnectorContext context) {
        this.config = config;
        this.context = context;
    }

    /// Reads the files of TLS and the password. Brokers that cannot be reached do not keep a
    /// collector from starting.
    @Override
    public void open() {
        config.access().properties(context.service());
    }

    @Override
    public void run() {
        KafkaConsumption running = new KafkaConsumption(config, context, rest);
        synchronized (this) {
            if (stopping) {
                return;
            }
            consumption = running;
        }
        running.run();
    }

    @Override
    public void drain(Duration limit) {
        KafkaConsumption running = stop();
        if (running != null) {
            running.drain(limit);
        }
    }

    @Override
    public void close() {
        KafkaConsumption running = stop();
        if (running != null) {
            running.close();
        }
    }

    private synchronized @Nullable KafkaConsumption stop() {
        stopping = true;
        return consumption;
    }

    @Override
    public List<String> addresses() {
        String pattern = config.topicPattern();
        return List.of((pattern == null ? String.join(",", config.topics()) : "/" + pattern + "/") + "@"
                + String.join(",", config.access().brokers()));
    }

    @Override
    public void others(List<ConnectorConfig> configs) {
        rest.others(config, configs);
    }

    @Override
    public KafkaUse kafka() {
        return new KafkaUse(
                KafkaUse.Role.COLLECTOR,
                context.service(),
                config.access(),
                config.topics(),
                config.topicPattern(),
                this::places,
                rest::counts);
    }

    private synchronized List<KafkaUse.Place> places() {
        return consumption == null ? List.of() : consumption.places();
    }

    /// Partitions that this member of the group reads.
    @Override
    public synchronized int openSources() {
        return consumption == null ? 0 : consumption.partitions();
    }
}
