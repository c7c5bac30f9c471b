package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.Problems;
import io.tocsin.pipeline.topology.BufferConfig;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/// The buffers on disk of a process: opens their logs as the resources of kind `buffer` say, and goes over to other
/// limits, durability and policies when these resources change.
///
/// Thread-safety: one thread opens; changes exclude each other.
final class Buffers implements Reloadable {
    /// What collectors wrote, or what a correlator alone has taken in.
    static final String EVENTS = "events";

    /// Correlation events.
    static final String CORRELATIONS = "correlations";

    private static final List<String> NAMES = List.of(EVENTS, CORRELATIONS);
    private static final System.Logger LOGGER = System.getLogger(Buffers.class.getName());

    private final Resources resources;
    private final LogOptions defaults;
    private final List<Followed> followed = new CopyOnWriteArrayList<>();
    private volatile String trouble = "";
    /// Says what collectors do when the log is full.
    private volatile BufferConfig events;

    private Buffers(Resources resources, LogOptions defaults) {
        this.resources = resources;
        this.defaults = defaults;
        this.events = config(EVENTS);
    }

    /// A buffer whose settings may change.
    ///
    /// @param collectors those that write into it
    private record Followed(String name, DurableLog log, Supplier<List<CollectorTopology>> collectors) {}

    private record Change(Followed buffer, BufferConfig config) {}

    /// Checks the resources; everything wrong goes into `problems`.
    ///
    /// @param reserveBytes space to leave free on the disk when a resource does not say it
    static Buffers read(Resources resources, long reserveBytes, int maxRecordBytes, Problems problems) {
        LogOptions defaults =
                LogOptions.defaults().withReserveBytes(reserveBytes).withMaxRecordBytes(maxRecordBytes);
        check(resources, defaults, problems);
        return new Buffers(resources, defaults);
    }

    private static void check(Resources resources, LogOptions defaults, Problems problems) {
        for (Resource resource : resources.ofKind(BufferConfig.KIND)) {
            if (!NAMES.contains(resource.name())) {
                problems.add(
                        resource.document().position(),
                        "no such buffer [name=" + resource.name() + ", known=" + String.join("|", NAMES) + "]");
            }
            BufferConfig ignored = BufferConfig.read(resource.document(), defaults, problems);
        }
    }

    /// Opens a log for as long as the service runs.
    ///
    /// @param what it is, for messages
    DurableLog open(Lifecycle lifecycle, String name, String what, Path folder, SystemClock clock) {
        DurableLog log = DurableLog.open(folder, config(name).options(), clock);
        lifecycle.onClose(what, log::close);
        return log;
    }

    /// The settings of a buffer as they were when the process started.
    BufferConfig config(String name) {
        return config(resources, name);
    }

    private BufferConfig config(Resources from, String name) {
        Resource resource = from.find(BufferConfig.KIND, name);
        BufferConfig config =
                resource == null ? null : BufferConfig.read(resource.document(), defaults, new Problems());
        return config == null ? BufferConfig.of(defaults) : config;
    }

    /// Lets the settings of a buffer change from now on.
    ///
    /// @param collectors those that write into it
    void follow(String name, DurableLog log, Supplier<List<CollectorTopology>> collectors) {
        apply(name, config(name), collectors.get());
        followed.add(new Followed(name, log, collectors));
    }

    @Override
    public Runnable prepare(Resources next, Problems problems) {
        check(next, defaults, problems);
        List<Change> changes = followed.stream()
                .map(each -> new Change(each, config(next, each.name())))
                .toList();
        return () -> {
            trouble = "";
            changes.forEach(this::change);
        };
    }

    private void change(Change change) {
        Followed buffer = change.buffer();
        LogOptions options = change.config().options();
        try {
            if (!buffer.log().options().equals(options)) {
                buffer.log().change(options);
                LOGGER.log(
                        System.Logger.Level.INFO,
                        "settings of a buffer changed [name={0}, settings={1}]",
                        buffer.name(),
                        options);
            }
            apply(buffer.name(), change.config(), buffer.collectors().get());
        } catch (LogException e) {
            trouble = "the settings of buffer " + buffer.name() + " cannot be changed: " + e.getMessage();
            LOGGER.log(System.Logger.Level.WARNING, "settings of a buffer cannot be changed now", e);
        }
    }

    @Override
    public void retry() {
        // A log that cannot change its settings is not usable for anything else either.
    }

    @Override
    public String trouble() {
        return trouble;
    }

    private void apply(String name, BufferConfig config, List<CollectorTopology> collectors) {
        if (name.equals(EVENTS)) {
            events = config;
            collectors.forEach(this::apply);
        }
    }

    /// Tells a collector that was opened what to do when the log is full.
    void apply(CollectorTopology collector) {
        collector.whenFull(events.policy(
                collector.config().name(), collector.config().connector().type()));
    }
}
