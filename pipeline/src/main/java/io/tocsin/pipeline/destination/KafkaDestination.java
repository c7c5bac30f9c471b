package io.tocsin.pipeline.destination;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.pipeline.kafka.KafkaAccess;
import io.tocsin.pipeline.kafka.KafkaUse;
import java.io.IOException;
import java.util.List;

/// Writes events into topics of a Kafka cluster.
///
/// Events count as delivered when all replicas in sync have them (`acks=all`, idempotent). What the brokers do not
/// confirm is sent again for as long as it takes; the library's own limit of two minutes loses nothing. Identifiers
/// travel along, so that what is sent twice is stored once.
///
/// In the formats `json`, `cef` and `raw` a record is one event, with what is known of its entry in the headers
/// ([io.tocsin.pipeline.kafka.EntryHeaders]). In the format `batch` a record is a batch; it is cut so that events
/// of one source share a partition and no record is longer than the brokers take.
///
/// Classes of the client library are loaded when the first connection is made, not before.
///
/// Thread-safety: immutable; its connections belong to one thread each.
final class KafkaDestination implements DestinationConfig {
    /// How records are compressed on their way and in the brokers' logs.
    enum Compression {
        NONE,
        GZIP,
        LZ4,
        SNAPPY,
        ZSTD
    }

    /// What decides in which partition an event goes.
    enum RecordKey {
        /// Its source: the sender's address, or the file. Events of one source stay in order.
        SOURCE,
        /// Nothing: partitions are filled evenly.
        NONE
    }

    static final ComponentSpec<KafkaDestination> SPEC = ComponentSpec.of(
            "kafka", "Writes events into topics of a Kafka cluster, durably in all replicas in sync.", keys -> {
                var common = new DestinationSettings.Keys("kafka", keys);
                var access = KafkaAccess.keys(keys);
                var topic = keys.text(
                                "topic",
                                "Name of the topic; {localPort}, {service}, {connector}, {tenant} and {source} in it"
                                        + " stand for where an event entered.")
                        .example("tocsin-events")
                        .required();
                var key = keys.choice(
                                "key",
                                "What decides in which partition an event goes: source keeps events of one sender in"
                                        + " order, none fills partitions evenly.",
                                RecordKey.class)
                        .defaultTo(RecordKey.SOURCE);
                var compression = keys.choice(
                                "compression", "How records are compressed for the brokers.", Compression.class)
                        .defaultTo(Compression.LZ4);
                var maximum = keys.size(
                                "maxRecordSize",
                                "Longest record that the brokers take (message.max.bytes); longer batches are cut.",
                                ByteSize.ofKibibytes(16),
                                ByteSize.ofMebibytes(64))
                        .defaultTo(new ByteSize(1_000_000));
                return values -> {
                    TopicTemplate template = TopicTemplate.parse(values.get(topic));
                    if (template == null) {
                        values.refuse(
                                "topic",
                                "not a name of a topic [topic=" + values.get(topic)
                                        + "]: letters, digits, '.', '_', '-' and {localPort}, {service}, {connector},"
                                        + " {tenant}, {source}");
                        template = new TopicTemplate(List.of());
                    }
                    return new KafkaDestination(
                            common.read(values),
                            access.of(values),
                            template,
                            values.get(key),
                            values.get(compression),
                            (int) values.get(maximum).bytes());
                };
            });

    private final DestinationSettings settings;
    private final KafkaAccess access;
    private final TopicTemplate topic;
    private final RecordKey key;
    private final Compression compression;
    private final int maximumRecordBytes;

    private KafkaDestination(
            DestinationSettings settings,
            KafkaAccess access,
            TopicTemplate topic,
            RecordKey key,
            Compression compression,
            int maximumRecordBytes) {
        this.settings = settings;
        this.access = access;
        this.topic = topic;
        this.key = key;
        this.compression = compression;
        this.maximumRecordBytes = maximumRecordBytes;
    }

    @Override
    public String type() {
        return SPEC.id();
    }

    @Override
    public DestinationSettings settings() {
        return settings;
    }

    KafkaAccess access() {
        return access;
    }

    TopicTemplate topic() {
        return topic;
    }

    RecordKey key() {
        return key;
    }

    Compression compression() {
        return compression;
    }

    int maximumRecordBytes() {
        return maximumRecordBytes;
    }

    @Override
    public KafkaUse kafka(String name) {
        return topic.isFixed()
                ? KafkaUse.ofDestination(name, access, topic.parts(), null)
                : KafkaUse.ofDestination(name, access, List.of(), topic.pattern());
    }

    @Override
    public RunningDestination start(DestinationContext context) {
        return Forwarder.start(settings, new Cluster(context.name()), context);
    }

    /// The cluster as the one peer: its clients find the brokers themselves.
    ///
    /// Thread-safety: any thread.
    private final class Cluster implements Peers {
        private final String name;
        private final KafkaSender.Refusals refusals = new KafkaSender.Refusals();

        Cluster(String name) {
            this.name = name;
        }

        @Override
        public List<PeerAddress> addresses() {
            return List.of(new PeerAddress("kafka://" + String.join(",", access.brokers()), false));
        }

        @Override
        public Sender connect(int peer) throws IOException {
            return KafkaSender.open(KafkaDestination.this, name, refusals);
        }

        @Override
        public void probe(int peer) throws IOException {
            KafkaSender.probe(KafkaDestination.this, name);
        }

        @Override
        public void close() {
            // Connections are closed by those who opened them.
        }
    }
}
