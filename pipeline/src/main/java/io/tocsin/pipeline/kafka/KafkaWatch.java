package io.tocsin.pipeline.kafka;

import io.tocsin.error.TocsinException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;

/// Looks after the topics that collectors and destinations of this process use, once a minute and when the process
/// starts: whether their replicas can hold what they confirm, and how near unread records are to being deleted. Says
/// each thing once, until it was well again in between. What is found never stops or slows the work.
///
/// How near: the age of the oldest unread record against `retention.ms`, and the bytes that are unread against
/// `retention.bytes`, whichever is worse. How far the place of a group is from the oldest record that is kept says
/// less: in a topic that was filled a minute ago it is all of it, and nothing is deleted for days. The age costs
/// nothing, because the collector has the record; the size is one question to each broker that leads a partition, and
/// only for topics with a limit of size.
///
/// Thread-safety: any thread; looks exclude each other.
public final class KafkaWatch implements AutoCloseable {
    /// From the shortest useful retention of ten minutes on, both levels are told before the first record is deleted.
    private static final Duration INTERVAL = Duration.ofMinutes(1);
    /// When the process starts collectors have no partitions yet.
    private static final Duration FIRST_INTERVAL = Duration.ofSeconds(10);

    private static final System.Logger LOGGER = System.getLogger(KafkaWatch.class.getName());
    /// From this share of what a topic keeps on, unread records are critical.
    public static final double VERY_NEAR = 0.9;

    private static final double NEAR = 0.7;
    /// Below this the next warning counts as a new one.
    private static final double AWAY = 0.6;

    private final Supplier<List<KafkaUse>> uses;
    private final KafkaAlarm alarm;
    private final InstantSource clock;
    private final CountDownLatch stopping = new CountDownLatch(1);
    /// What was told of a topic that may lose events.
    private final Map<Subject, Said<String>> unsafe = new HashMap<>();
    /// The level that was told of a topic whose unread records will be deleted.
    private final Map<Subject, Said<Level>> near = new HashMap<>();
    /// What brokers do not let us see and that was said.
    private final Set<String> refused = new HashSet<>();
    /// Clusters that could not be looked at and of which that was said.
    private final Set<KafkaAccess> unreachable = new HashSet<>();

    private volatile List<Seen> seen = List.of();

    private enum Level {
        GREEN,
        YELLOW,
        RED
    }

    /// @param heard whether the alarm could make it known
    private record Said<T>(T what, boolean heard) {}

    private record Subject(KafkaUse.Role role, String name, String topic) {
        static Subject of(KafkaUse use, TopicSettings topic) {
            return new Subject(use.role(), use.name(), topic.name());
        }
    }

    /// What a look found about a topic of a collector or destination.
    private record Seen(KafkaUse use, TopicSettings topic, List<Lag> lags) {}

    /// What is unread in a partition.
    ///
    /// @param records that were not read
    /// @param ageMillis age of the oldest of them; 0 when it is not known
    /// @param passed how much of what the topic keeps, see [TopicSettings#passed]
    private record Lag(int partition, long records, long ageMillis, double passed) {}

    /// @param uses what collectors and destinations use when it is asked
    public KafkaWatch(Supplier<List<KafkaUse>> uses, KafkaAlarm alarm, InstantSource clock) {
        this.uses = uses;
        this.alarm = alarm;
        this.clock = clock;
    }

    /// Looks now and every minute from now on, by a thread of its own.
    public void start() {
        Thread.ofVirtual().name("kafka-watch").start(this::run);
    }

    private void run() {
        try {
            look();
            Duration wait = FIRST_INTERVAL;
            while (!stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
                wait = INTERVAL;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// One look.
    public synchronized void look() {
        Map<KafkaAccess, List<KafkaUse>> byCluster = new LinkedHashMap<>();
        uses.get()
                .forEach(use -> byCluster
                        .computeIfAbsent(use.access(), _ -> new ArrayList<>())
                        .add(use));
        List<Seen> found = new ArrayList<>();
        byCluster.forEach((access, there) -> {
            try (ClusterLook look = new ClusterLook(access)) {
                for (KafkaUse use : there) {
                    look(look, use, found);
                }
                sayRefused(access, look.refused());
                unreachable.remove(access);
            } catch (TocsinException e) {
                // Collectors and destinations say for themselves that they cannot reach it.
                if (unreachable.add(access)) {
                    LOGGER.log(
                            System.Logger.Level.INFO,
                            "cannot look after the topics of a cluster just now [brokers={0}, reason={1}]",
                            String.join(",", access.brokers()),
                            e.getMessage());
                }
            }
        });
        forgetOthers(byCluster.values());
        seen = List.copyOf(found);
        found.forEach(this::tell);
    }

    private void look(ClusterLook look, KafkaUse use, List<Seen> found) {
        List<KafkaUse.Place> places = use.places().get();
        Map<String, TopicSettings> topics = look.topics(names(look, use, places));
        Set<String> sized = new HashSet<>();
        topics.forEach((name, topic) -> {
            if (topic.retentionBytes() > 0) {
                sized.add(name);
            }
        });
        Map<String, List<Lag>> lags = new HashMap<>();
        for (ClusterLook.Extent extent : look.extents(places, sized)) {
            TopicSettings topic = topics.get(extent.topic());
            for (KafkaUse.Place place : places) {
                if (topic != null
                        && place.partition() == extent.partition()
                        && place.topic().equals(extent.topic())
                        && place.next() >= 0) {
                    lags.computeIfAbsent(extent.topic(), _ -> new ArrayList<>()).add(lag(topic, extent, place));
                }
            }
        }
        topics.values().forEach(topic -> found.add(new Seen(use, topic, lags.getOrDefault(topic.name(), List.of()))));
    }

    /// A collector with a pattern looks after the topics that it reads; a destination cannot know which it will write.
    private static Set<String> names(ClusterLook look, KafkaUse use, List<KafkaUse.Place> places) {
        Set<String> names = new TreeSet<>(use.topics());
        String pattern = use.pattern();
        if (pattern != null) {
            Predicate<String> matches = Pattern.compile(pattern).asMatchPredicate();
            look.names().stream().filter(matches).forEach(names::add);
        }
        places.forEach(place -> names.add(place.topic()));
        return names;
    }

    private Lag lag(TopicSettings topic, ClusterLook.Extent extent, KafkaUse.Place place) {
        // What is deleted already is counted by who reads on behind it.
        long next = Math.clamp(place.next(), extent.begin(), Math.max(extent.begin(), extent.end()));
        long unread = extent.end() - next;
        long age = unread > 0 && place.oldestMillis() > 0 ? Math.max(0, clock.millis() - place.oldestMillis()) : 0;
        double passed = topic.passed(unread, extent.end() - extent.begin(), age, extent.bytes());
        return new Lag(extent.partition(), unread, age, passed);
    }

    private void sayRefused(KafkaAccess access, Set<String> rights) {
        for (String right : rights) {
            if (refused.add(String.join(",", access.brokers()) + ' ' + right)) {
                LOGGER.log(
                        System.Logger.Level.INFO,
                        "the brokers do not tell how safe a topic is or how near its records are to deletion; allow it"
                                + " to have this looked after [brokers={0}, right={1}]",
                        String.join(",", access.brokers()),
                        right);
            }
        }
    }

    /// What is not used any more is told anew when it comes back.
    private void forgetOthers(Collection<List<KafkaUse>> used) {
        Predicate<Subject> gone = subject -> used.stream()
                .flatMap(List::stream)
                .noneMatch(use -> use.role() == subject.role() && use.name().equals(subject.name()));
        unsafe.keySet().removeIf(gone);
        near.keySet().removeIf(gone);
    }

    private void tell(Seen found) {
        Subject subject = Subject.of(found.use(), found.topic());
        tellUnsafe(subject, found.topic());
        double share = found.lags().stream().mapToDouble(Lag::passed).max().orElse(0);
        long records = found.lags().stream().mapToLong(Lag::records).sum();
        tellNear(subject, found.topic(), records, share);
    }

    private void tellUnsafe(Subject subject, TopicSettings topic) {
        String trouble = topic.trouble();
        Said<String> before = unsafe.get(subject);
        if (trouble.isEmpty()) {
            unsafe.remove(subject);
            return;
        }
        boolean isNew = before == null || !before.what().equals(trouble);
        if (isNew || (before != null && !before.heard())) {
            String message =
                    "topic " + topic.name() + " of " + subject.role().text() + ' ' + subject.name() + ": " + trouble;
            if (isNew) {
                LOGGER.log(System.Logger.Level.WARNING, "{0}", message);
            }
            unsafe.put(subject, new Said<>(trouble, alarm.topicUnsafe(subject.role(), subject.name(), topic, message)));
        }
    }

    private void tellNear(Subject subject, TopicSettings topic, long records, double share) {
        Said<Level> before = near.get(subject);
        if (share < AWAY) {
            near.remove(subject);
            return;
        }
        Level level = share >= VERY_NEAR ? Level.RED : share >= NEAR ? Level.YELLOW : Level.GREEN;
        boolean isNew = before == null ? level != Level.GREEN : level.compareTo(before.what()) > 0;
        if (isNew || (before != null && !before.heard())) {
            String message = records + " records of topic " + topic.name() + " are unread by collector "
                    + subject.name() + ", and " + Math.round(share * 100)
                    + " % of what the topic keeps have passed; at 100 % the brokers delete them unread: see why they"
                    + " are not passed on, or make retention longer";
            if (isNew) {
                LOGGER.log(
                        level == Level.RED ? System.Logger.Level.ERROR : System.Logger.Level.WARNING, "{0}", message);
            }
            boolean heard = alarm.unreadNearDeletion(subject.name(), topic, records, share, message);
            near.put(subject, new Said<>(before == null || isNew ? level : before.what(), heard));
        }
    }

    /// What the last look found, and what collectors of a default route took, in the text form of OpenMetrics, without
    /// the closing `# EOF`; empty when this process uses no Kafka.
    public String metrics() {
        List<KafkaUse> used = uses.get();
        if (used.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        topic(out, "topic_replicas", "Replicas of the partition that has the fewest.", TopicSettings::replicas);
        topic(
                out,
                "topic_min_insync_replicas",
                "Replicas that must have a record before it counts as written; 0 when the brokers do not tell.",
                TopicSettings::minInSync);
        topic(
                out,
                "topic_unsafe",
                "1 when the topic may lose what it confirms, or can confirm nothing.",
                topic -> topic.trouble().isEmpty() ? 0 : 1);
        lag(out, "lag_records", "Records that the collector has not dealt with.", Lag::records);
        lag(
                out,
                "lag_age_seconds",
                "Age of the oldest of them; 0 when it is not known.",
                lag -> lag.ageMillis() / 1000.0);
        lag(
                out,
                "retention_used_ratio",
                "How much of what the topic keeps has passed for the oldest of them; 1: it may be deleted.",
                Lag::passed);
        head(
                out,
                "unnamed_port_events",
                "counter",
                "Events that a collector took because no other one names the port.");
        for (KafkaUse use : used) {
            use.unnamedPorts()
                    .get()
                    .forEach((port, events) -> out.append("tocsin_kafka_unnamed_port_events_total{collector=\"")
                            .append(use.name())
                            .append("\",port=\"")
                            .append(port)
                            .append("\"} ")
                            .append(events)
                            .append('\n'));
        }
        return out.toString();
    }

    private void topic(StringBuilder out, String name, String sentence, ToDoubleFunction<TopicSettings> value) {
        head(out, name, "gauge", sentence);
        for (Seen each : seen) {
            sample(out, name, each, "", value.applyAsDouble(each.topic()));
        }
    }

    private void lag(StringBuilder out, String name, String sentence, ToDoubleFunction<Lag> value) {
        head(out, name, "gauge", sentence);
        for (Seen each : seen) {
            for (Lag lag : each.lags()) {
                sample(out, name, each, ",partition=\"" + lag.partition() + '"', value.applyAsDouble(lag));
            }
        }
    }

    private static void head(StringBuilder out, String name, String kind, String sentence) {
        out.append("# TYPE tocsin_kafka_").append(name).append(' ').append(kind).append('\n');
        out.append("# HELP tocsin_kafka_")
                .append(name)
                .append(' ')
                .append(sentence)
                .append('\n');
    }

    /// Names of topics and resources need no escaping.
    private static void sample(StringBuilder out, String name, Seen of, String more, double value) {
        out.append("tocsin_kafka_")
                .append(name)
                .append('{')
                .append(of.use().role().text())
                .append("=\"")
                .append(of.use().name())
                .append("\",topic=\"")
                .append(of.topic().name())
                .append('"')
                .append(more)
                .append("} ");
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            out.append((long) value);
        } else {
            out.append(String.format(Locale.ROOT, "%.3f", value));
        }
        out.append('\n');
    }

    @Override
    public void close() {
        stopping.countDown();
    }
}
