package io.tocsin.pipeline.destination;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.stage.StageResources;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/// A log with numbered events, and destinations that read it.
///
/// Thread-safety: one thread.
final class NumberedEvents implements AutoCloseable {
    static final String COLLECTOR = "edge";

    final DurableLog log;
    private final Path folder;
    private final BatchEncoder encoder = new BatchEncoder();
    private final EventBatch batch = new EventBatch();
    private int next;

    NumberedEvents(Path folder) {
        this(folder, LogOptions.defaults());
    }

    NumberedEvents(Path folder, LogOptions options) {
        this.folder = folder;
        log = DurableLog.open(folder.resolve("log"), options, InstantSource.system());
    }

    /// Appends batches of events with the numbers that follow, from sources that take turns.
    void append(int batches, int eventsPerBatch) throws InterruptedException {
        for (int i = 0; i < batches; i++) {
            batch.clear();
            for (int j = 0; j < eventsPerBatch; j++) {
                add(next++, origin("10.0.0." + (1 + next % 4), 1522));
            }
            append();
        }
    }

    static EntryOrigin origin(String address, int port) {
        return new EntryOrigin("", COLLECTOR, "tcp", address, 40_000, "127.0.0.1", port, "");
    }

    /// Adds the events with the next numbers to the open batch.
    void addNext(int events) {
        for (int i = 0; i < events; i++) {
            add(next++, origin("10.0.0.1", 1522));
        }
    }

    /// Adds an event with the next number and another text.
    void addNext(byte[] raw) {
        add(next++, origin("10.0.0.1", 1522), List.of(), raw);
    }

    /// Adds one event with a number to the open batch.
    void add(int number, EntryOrigin origin) {
        add(number, origin, List.of());
    }

    /// Adds one event with a number that was passed on by others.
    void add(int number, EntryOrigin origin, List<String> hops) {
        add(number, origin, hops, ("n=" + number + ";").getBytes(UTF_8));
    }

    private void add(int number, EntryOrigin origin, List<String> hops, byte[] raw) {
        EventBuilder builder = batch.builder();
        long nanos = 1_700_000_000_000_000_000L + number * 1_000L;
        builder.begin(origin, nanos, number, nanos, number, raw, 0, raw.length);
        builder.setFlag(EventBatch.FLAG_KEEP_RAW);
        builder.setText(Field.MESSAGE, "n=" + number + ";");
        builder.setText(Field.DEVICE_VENDOR, number % 2 == 0 ? "even" : "odd");
        hops.forEach(hop -> builder.addText(Field.HOPS, hop));
        builder.commit();
        batch.ledger().add(nanos, origin, BatchLedger.Counter.RECEIVED, "", 1);
    }

    /// Appends the open batch.
    void append() throws InterruptedException {
        append(COLLECTOR);
    }

    void append(String route) throws InterruptedException {
        int length = encoder.encode(batch, route);
        log.append(encoder.buffer(), 0, length, batch.count(), Duration.ofSeconds(5));
        batch.clear();
    }

    static DestinationPlan plan(String name, String spec) {
        Problems problems = new Problems();
        ConfigNode node =
                YamlReader.read("test.yaml", "kind: destination\nname: " + name + "\nspec: " + spec + "\n", problems);
        problems.throwIfAny();
        DestinationPlan plan = DestinationPlan.read(Objects.requireNonNull(node), StageResources.NONE, problems);
        problems.throwIfAny();
        return Objects.requireNonNull(plan);
    }

    /// Starts a destination.
    ///
    /// @param spec its keys, as a YAML flow mapping
    RunningDestination start(String name, String spec) {
        return start(name, spec, COLLECTOR::equals);
    }

    RunningDestination start(String name, String spec, Predicate<String> services) {
        DestinationPlan plan = plan(name, spec);
        return plan.config()
                .start(new DestinationContext(
                        name,
                        log,
                        DestinationPlan.consumer(name),
                        RecordRouting.of(services),
                        plan.filters(),
                        folder.resolve("dead-letters").resolve(name),
                        "secret"));
    }

    static String urls(List<? extends LineReceiver> receivers) {
        return String.join(
                ", ",
                receivers.stream()
                        .map(receiver -> "\"" + receiver.address() + "\"")
                        .toList());
    }

    @Override
    public void close() {
        log.close();
    }
}
