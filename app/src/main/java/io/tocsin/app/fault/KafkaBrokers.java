package io.tocsin.app.fault;

import io.tocsin.pipeline.kafka.KafkaTopics;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Three brokers of Kafka on loopback, each a process of its own, which agree among themselves (KRaft), and one topic
/// of one partition, of which each broker has a replica and two must have a record before it is acknowledged. A broker
/// that says nothing is missed after 9 s, as Kafka does unless it is told otherwise.
///
/// Takes ten seconds to start, and 300 MB for each broker.
///
/// Thread-safety: one thread.
public final class KafkaBrokers {
    static final String TOPIC = "fault";

    private static final int BROKERS = 3;
    private static final int IN_SYNC = 2;
    private static final int CONNECT_MILLIS = 1_000;
    private static final Duration START = Duration.ofMinutes(2);

    private final Path folder;
    private final List<Path> jars;
    private final List<Integer> ports;
    private final String cluster = identifier();
    private final List<Process> processes = new ArrayList<>();

    private KafkaBrokers(Path folder, List<Path> jars, List<Integer> ports) {
        this.folder = folder;
        this.jars = jars;
        this.ports = ports;
    }

    /// @param distribution an unpacked distribution of Kafka, or a folder with its jars
    /// @param folder is made, for what the brokers write
    /// @throws IOException when there are no brokers in the distribution, or they do not start
    public static KafkaBrokers start(Path distribution, Path folder) throws IOException, InterruptedException {
        KafkaBrokers brokers = new KafkaBrokers(folder, jars(distribution), FaultSite.freePorts(BROKERS * 2));
        boolean started = false;
        try {
            for (int number = 1; number <= BROKERS; number++) {
                brokers.launch(number);
            }
            // A client that comes too early complains a dozen times a second.
            brokers.await("the listeners", brokers::isListening);
            try (KafkaTopics topics = brokers.topics()) {
                brokers.await("all brokers", () -> topics.members() == BROKERS);
            }
            brokers.makeTopic(TOPIC);
            started = true;
            return brokers;
        } finally {
            if (!started) {
                brokers.close();
            }
        }
    }

    private static List<Path> jars(Path distribution) throws IOException {
        Path libraries = distribution.resolve("libs");
        List<Path> jars = List.of();
        if (Files.isDirectory(distribution)) {
            try (Stream<Path> files = Files.list(Files.isDirectory(libraries) ? libraries : distribution)) {
                jars = files.map(Path::toAbsolutePath)
                        .filter(file -> file.toString().endsWith(".jar"))
                        .sorted()
                        .toList();
            }
        }
        if (jars.stream().noneMatch(jar -> jar.getFileName().toString().startsWith("kafka_"))) {
            throw new IOException("no broker in this folder [--kafka=" + distribution
                    + "]: name that of an unpacked distribution of Kafka, with kafka_*.jar in libs");
        }
        return jars;
    }

    private void launch(int number) throws IOException {
        Path log = Files.createDirectories(folder.resolve("broker-" + number));
        // What `kafka-storage format` writes.
        Files.writeString(
                log.resolve("meta.properties"),
                "version=1\ncluster.id=" + cluster + "\nnode.id=" + number + "\ndirectory.id=" + identifier() + "\n");
        Path properties = folder.resolve("broker-" + number + ".properties");
        Files.writeString(properties, """
                process.roles=broker,controller
                node.id=%d
                listeners=PLAINTEXT://%s,CONTROLLER://%s
                advertised.listeners=PLAINTEXT://%2$s
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
                controller.listener.names=CONTROLLER
                controller.quorum.voters=%s
                log.dirs=%s
                auto.create.topics.enable=false
                offsets.topic.replication.factor=%d
                offsets.topic.num.partitions=1
                min.insync.replicas=%d
                group.initial.rebalance.delay.ms=0
                broker.heartbeat.interval.ms=200
                num.network.threads=1
                num.io.threads=2
                log.cleaner.dedupe.buffer.size=4194304
                """.formatted(
                        number,
                        address(number),
                        controller(number),
                        IntStream.rangeClosed(1, BROKERS)
                                .mapToObj(each -> each + "@" + controller(each))
                                .collect(Collectors.joining(",")),
                        log,
                        BROKERS,
                        IN_SYNC));
        processes.add(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
                        "kafka.Kafka",
                        properties.toString())
                .redirectErrorStream(true)
                .redirectOutput(output(number).toFile())
                .start());
    }

    private Path output(int number) {
        return folder.resolve("broker-" + number + ".out");
    }

    private String address(int number) {
        return "127.0.0.1:" + ports.get(number - 1);
    }

    private String controller(int number) {
        return "127.0.0.1:" + ports.get(BROKERS + number - 1);
    }

    /// Makes another topic of one partition, as the first one is, and waits until it is led.
    public void makeTopic(String topic) throws IOException, InterruptedException {
        try (KafkaTopics topics = topics()) {
            topics.create(topic, BROKERS, IN_SYNC);
            await("a leader", () -> topics.isLed(topic));
        }
    }

    /// Each as host:port.
    public List<String> addresses() {
        return IntStream.rangeClosed(1, BROKERS).mapToObj(this::address).toList();
    }

    private KafkaTopics topics() {
        return new KafkaTopics(addresses());
    }

    private boolean isListening() {
        for (int port : ports.subList(0, BROKERS)) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
            } catch (IOException notYet) {
                return false;
            }
        }
        return true;
    }

    private void await(String what, BooleanSupplier condition) throws IOException, InterruptedException {
        long until = System.nanoTime() + START.toNanos();
        while (!condition.getAsBoolean()) {
            for (int number = 1; number <= BROKERS; number++) {
                if (!processes.get(number - 1).isAlive()) {
                    throw new IOException("a broker ended [number=" + number + "]: "
                            + Files.readString(output(number)).strip());
                }
            }
            if (System.nanoTime() > until) {
                throw new IOException("no sign of " + what + " of Kafka within " + START.toSeconds() + " s");
            }
            Thread.sleep(100);
        }
    }

    /// `kill -9` of the broker that leads the topic. It does not come back.
    void killLeader() throws IOException, InterruptedException {
        leader().destroyForcibly().waitFor();
    }

    /// SIGSTOP for the broker that leads the topic: it keeps its connections and answers nothing any more.
    void freezeLeader() throws IOException, InterruptedException {
        long pid = leader().pid();
        if (new ProcessBuilder("kill", "-STOP", Long.toString(pid)).start().waitFor() != 0) {
            throw new IOException("cannot stop a broker [pid=" + pid + "]");
        }
    }

    private Process leader() throws IOException {
        int leader;
        try (KafkaTopics topics = topics()) {
            leader = topics.leader(TOPIC);
        }
        if (leader < 1) {
            throw new IOException("no broker leads the topic");
        }
        return processes.get(leader - 1);
    }

    /// 128 random bits as brokers write them; they do not begin with a hyphen.
    private static String identifier() {
        UUID random = UUID.randomUUID();
        byte[] bytes = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(random.getMostSignificantBits() & Long.MAX_VALUE)
                .putLong(random.getLeastSignificantBits())
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /// Ends all brokers at once; nothing of them is needed afterwards.
    public void close() throws InterruptedException {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            process.waitFor();
        }
    }
}
