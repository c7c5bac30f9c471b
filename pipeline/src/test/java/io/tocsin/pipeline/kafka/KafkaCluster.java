package io.tocsin.pipeline.kafka;

import io.tocsin.pipeline.port.FreePorts;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Real Kafka brokers on loopback, one process each, which agree among themselves (KRaft, no ZooKeeper): topics
/// have as many replicas as there are brokers, at most three, and writes with `acks=all` need two of three. The
/// brokers' classes are those of the test's own class path; nothing else is needed, no right to change user or
/// group either.
///
/// Takes five to ten seconds and 200 MB per broker.
///
/// Thread-safety: one thread.
public final class KafkaCluster implements AutoCloseable {
    /// After so long without a sign of life a broker of several counts as dead.
    public static final Duration SESSION = Duration.ofSeconds(4);

    /// The same for brokers that are not told otherwise.
    public static final Duration DEFAULT_SESSION = Duration.ofSeconds(9);

    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final int REPLICAS = 3;
    private static final String SECURED = "SECURED";

    private final Path folder;
    private final int brokers;
    private final int[] ports;
    private final int[] controllerPorts;
    private final Process[] processes;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final String clusterId = identifier();
    private final int[] securedPorts;

    private KafkaCluster(Path folder, int brokers, Map<String, String> settings) {
        this.folder = folder;
        this.brokers = brokers;
        this.ports = freePorts(brokers * 3);
        this.controllerPorts = Arrays.copyOfRange(ports, brokers, brokers * 2);
        this.securedPorts = Arrays.copyOfRange(ports, brokers * 2, brokers * 3);
        this.processes = new Process[brokers];
        this.settings.putAll(settings);
    }

    /// Three brokers.
    ///
    /// @param folder empty; takes their logs
    public static KafkaCluster start(Path folder) throws IOException, InterruptedException {
        return start(folder, 3, Map.of());
    }

    /// @param settings properties of all brokers beside those that are needed
    public static KafkaCluster start(Path folder, int brokers, Map<String, String> settings)
            throws IOException, InterruptedException {
        KafkaCluster cluster = new KafkaCluster(folder, brokers, settings);
        try {
            for (int broker = 1; broker <= brokers; broker++) {
                cluster.format(broker);
                cluster.launch(broker);
            }
            cluster.awaitBrokers(brokers);
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    /// Brokers that also listen with TLS and demand a user name and password there (SASL/PLAIN).
    ///
    /// @param certificate PEM file
    /// @param key PEM file of its private key
    public static KafkaCluster startSecured(
            Path folder, int brokers, Path certificate, Path key, String user, String password)
            throws IOException, InterruptedException {
        Path identity = folder.resolve("identity.pem");
        Files.writeString(identity, Files.readString(key) + Files.readString(certificate));
        String prefix = "listener.name.secured.";
        return start(
                folder,
                brokers,
                Map.of(
                        SECURED,
                        "SASL_SSL",
                        prefix + "ssl.keystore.type",
                        "PEM",
                        prefix + "ssl.keystore.location",
                        identity.toString(),
                        prefix + "sasl.enabled.mechanisms",
                        "PLAIN",
                        prefix + "plain.sasl.jaas.config",
                        "org.apache.kafka.common.security.plain.PlainLoginModule required user_" + user + "=\""
                                + password + "\";",
                        // Rules for topics hold for whoever logs in; without a rule everything is allowed.
                        "authorizer.class.name",
                        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                        "allow.everyone.if.no.acl.found",
                        "true",
                        "super.users",
                        "User:ANONYMOUS"));
    }

    /// Where the secured listener of the first broker is.
    public String securedAddress() {
        return "127.0.0.1:" + securedPorts[0];
    }

    /// What clients name as `bootstrap.servers`.
    public String brokerList() {
        return brokerListWithout(0);
    }

    /// All brokers but one, for a client that must not wait for it.
    ///
    /// @param broker from 1; 0: none is left out
    public String brokerListWithout(int broker) {
        return IntStream.range(0, brokers)
                .filter(i -> i != broker - 1)
                .mapToObj(i -> "127.0.0.1:" + ports[i])
                .collect(Collectors.joining(","));
    }

    /// The address of each broker, as in the configuration of a connector.
    public List<String> addresses() {
        return List.of(brokerList().split(","));
    }

    /// A client that administers the cluster.
    public Admin admin() {
        return Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                brokerList(),
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                5000));
    }

    /// Makes a topic with as many replicas as the cluster allows, and waits until every partition is
    /// led. A producer with several requests on their way to a partition whose broker does not know
    /// yet that it leads it loses the first one for two minutes (KAFKA-15591).
    public void createTopic(String name, int partitions) throws InterruptedException {
        createTopic(new NewTopic(name, partitions, (short) Math.min(REPLICAS, brokers)), partitions);
    }

    /// Makes a topic with settings of its own, and waits as [#createTopic(String, int)] does.
    public void createTopic(NewTopic topic, int partitions) throws InterruptedException {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(topic)).all().get();
            awaitLeaders(admin, topic.name(), partitions);
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot make a topic [topic=" + topic.name() + "]", e.getCause());
        }
    }

    /// The broker that leads a partition, from 1; 0: none.
    public int leader(String topic, int partition) throws InterruptedException {
        Node leader = describe(topic, partition).leader();
        return leader == null || leader.isEmpty() ? 0 : leader.id();
    }

    /// How many brokers have everything in a partition.
    public int inSync(String topic, int partition) throws InterruptedException {
        return describe(topic, partition).isr().size();
    }

    private TopicPartitionInfo describe(String topic, int partition) throws InterruptedException {
        long until = System.nanoTime() + START_LIMIT.toNanos();
        try (Admin admin = admin()) {
            while (true) {
                try {
                    return Objects.requireNonNull(admin.describeTopics(List.of(topic))
                                    .allTopicNames()
                                    .get()
                                    .get(topic))
                            .partitions()
                            .get(partition);
                } catch (ExecutionException e) {
                    // A broker that was away has to learn of the topic.
                    if (!(e.getCause() instanceof RetriableException) || System.nanoTime() - until > 0) {
                        throw new IllegalStateException("cannot ask about a topic [topic=" + topic + "]", e.getCause());
                    }
                    TimeUnit.MILLISECONDS.sleep(20);
                }
            }
        }
    }

    /// Everything in a topic, by partition and in order.
    public List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(Map.of("bootstrap.servers", brokerList(), "fetch.max.wait.ms", 20), bytes, bytes)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200)).forEach(all::add);
            }
        }
        return all;
    }

    /// Makes a broker's disk full, as far as it can see: files cannot be longer than so many bytes.
    public void fillDisk(int broker, long fileBytes) throws IOException, InterruptedException {
        signal("prlimit", "--pid", Long.toString(pid(broker)), "--fsize=" + fileBytes + ":unlimited");
    }

    /// Freezes a broker: it keeps its connections and answers nothing.
    public void freeze(int broker) throws IOException, InterruptedException {
        signal("kill", "-STOP", Long.toString(pid(broker)));
    }

    /// Lets a frozen broker go on.
    public void thaw(int broker) throws IOException, InterruptedException {
        signal("kill", "-CONT", Long.toString(pid(broker)));
    }

    private static void signal(String... command) throws IOException, InterruptedException {
        int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (exit != 0) {
            throw new IllegalStateException("failed [command=" + String.join(" ", command) + ", exit=" + exit + "]");
        }
    }

    /// Waits until a broker has ended by itself.
    ///
    /// @return false when it has not in time
    public boolean awaitEnd(int broker, Duration limit) throws InterruptedException {
        return processes[broker - 1].waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Starts again all brokers that do not run. One that was frozen may end a moment after it goes on.
    public void restartAll() throws IOException, InterruptedException {
        long until = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            startEnded();
            try {
                awaitBrokers(brokers);
                return;
            } catch (IllegalStateException e) {
                if (System.nanoTime() - until > 0) {
                    throw e;
                }
            }
        }
    }

    /// Starts brokers that do not run, without waiting for them.
    public void startEnded() throws IOException {
        for (int broker = 1; broker <= brokers; broker++) {
            if (!processes[broker - 1].isAlive()) {
                launch(broker);
            }
        }
    }

    private static void awaitLeaders(Admin admin, String topic, int partitions)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> ends = IntStream.range(0, partitions)
                .boxed()
                .collect(Collectors.toMap(partition -> new TopicPartition(topic, partition), _ -> OffsetSpec.latest()));
        long until = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            try {
                // Only leaders answer.
                admin.listOffsets(ends).all().get();
                return;
            } catch (ExecutionException e) {
                // A broker may not have heard of the topic.
                if (!(e.getCause() instanceof RetriableException) || System.nanoTime() - until > 0) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    /// Kills a broker the hard way, without a chance to say goodbye.
    ///
    /// @param broker from 1
    public void kill(int broker) throws InterruptedException {
        processes[broker - 1].destroyForcibly().waitFor();
    }

    /// Starts a broker again that was killed, on its old log, and waits until it takes part.
    public void restart(int broker) throws IOException, InterruptedException {
        launch(broker);
        awaitBrokers(running());
    }

    private long pid(int broker) {
        return processes[broker - 1].pid();
    }

    private int running() {
        return (int) Arrays.stream(processes)
                .filter(process -> process != null && process.isAlive())
                .count();
    }

    /// What `kafka-storage format` writes.
    private void format(int broker) throws IOException {
        Path logs = Files.createDirectories(logs(broker));
        Files.writeString(
                logs.resolve("meta.properties"),
                "version=1\ncluster.id=" + clusterId + "\nnode.id=" + broker + "\ndirectory.id=" + identifier() + "\n");
    }

    private Path logs(int broker) {
        return folder.resolve("broker-" + broker);
    }

    private void launch(int broker) throws IOException {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", Integer.toString(broker));
        properties.put(
                "listeners",
                "PLAINTEXT://127.0.0.1:" + ports[broker - 1] + ",CONTROLLER://127.0.0.1:"
                        + controllerPorts[broker - 1]);
        properties.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + ports[broker - 1]);
        properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put(
                "controller.quorum.voters",
                IntStream.range(0, brokers)
                        .mapToObj(i -> (i + 1) + "@127.0.0.1:" + controllerPorts[i])
                        .collect(Collectors.joining(",")));
        properties.put("log.dirs", logs(broker).toString());
        String replicas = Integer.toString(Math.min(REPLICAS, brokers));
        properties.put("default.replication.factor", replicas);
        properties.put("offsets.topic.replication.factor", replicas);
        properties.put("offsets.topic.num.partitions", "1");
        properties.put("transaction.state.log.replication.factor", replicas);
        properties.put("transaction.state.log.num.partitions", "1");
        properties.put("share.coordinator.state.topic.replication.factor", replicas);
        String inSync = brokers >= REPLICAS ? "2" : "1";
        properties.put("min.insync.replicas", inSync);
        properties.put("transaction.state.log.min.isr", inSync);
        properties.put("num.partitions", "1");
        properties.put("auto.create.topics.enable", "false");
        properties.put("num.network.threads", "1");
        properties.put("num.io.threads", "2");
        properties.put("group.initial.rebalance.delay.ms", "0");
        // A broker takes part sooner than by default, after 2 seconds, and is missed sooner.
        properties.put("broker.heartbeat.interval.ms", "200");
        Duration session = brokers == 1 ? DEFAULT_SESSION : SESSION;
        properties.put("broker.session.timeout.ms", Long.toString(session.toMillis()));
        properties.put("log.cleaner.dedupe.buffer.size", "4194304");
        properties.putAll(settings);
        String secured = properties.remove(SECURED);
        if (secured != null) {
            String listener = ",SECURED://127.0.0.1:" + securedPorts[broker - 1];
            properties.merge("listeners", listener, String::concat);
            properties.merge("advertised.listeners", listener, String::concat);
            properties.merge("listener.security.protocol.map", ",SECURED:" + secured, String::concat);
        }
        Path file = folder.resolve("broker-" + broker + ".properties");
        Files.writeString(
                file,
                properties.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining("\n")));
        processes[broker - 1] = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath(),
                        "kafka.Kafka",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("broker-" + broker + ".txt").toFile()))
                .start();
    }

    /// The jars of the test without what would make the brokers log, or is ours.
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar"))
                .filter(entry -> !entry.contains("logback") && !entry.contains("tocsin"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private void awaitBrokers(int wanted) throws InterruptedException {
        long until = System.nanoTime() + START_LIMIT.toNanos();
        try (Admin admin = admin()) {
            int seen = 0;
            while (seen < wanted) {
                if (running() < wanted || System.nanoTime() - until > 0) {
                    throw new IllegalStateException("brokers did not start [wanted=" + wanted + ", running=" + running()
                            + ", output=" + output() + "]");
                }
                try {
                    seen = admin.describeCluster(new DescribeClusterOptions().timeoutMs(1000))
                            .nodes()
                            .get()
                            .size();
                } catch (ExecutionException notYet) {
                    seen = 0;
                }
                if (seen < wanted) {
                    TimeUnit.MILLISECONDS.sleep(100);
                }
            }
        }
    }

    private String output() {
        List<String> lines = new ArrayList<>();
        for (int broker = 1; broker <= brokers; broker++) {
            try {
                lines.addAll(Files.readAllLines(folder.resolve("broker-" + broker + ".txt")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return String.join("\n", lines);
    }

    /// 128 random bits as brokers write them; not beginning with a hyphen.
    private static String identifier() {
        UUID uuid = UUID.randomUUID();
        byte[] bytes = ByteBuffer.allocate(16)
                .putLong(uuid.getMostSignificantBits() & Long.MAX_VALUE)
                .putLong(uuid.getLeastSignificantBits())
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static int[] freePorts(int count) {
        return IntStream.generate(FreePorts::next).limit(count).toArray();
    }

    /// Ends all brokers at once; nothing of them is needed afterwards.
    @Override
    public void close() {
        for (Process process : processes) {
            if (process != null) {
                process.destroyForcibly();
            }
        }
        for (Process process : processes) {
            if (process != null) {
                try {
                    process.waitFor();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
