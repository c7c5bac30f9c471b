package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.topology.BufferConfig;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The buffers on disk of a process: opens their logs as the resources of kind `buffer` say, and follows the files
/// of these resources, so that limits, durability and policies change without a restart.
///
/// Thread-safety: one thread opens and closes.
final class Buffers implements AutoCloseable {
    /// What collectors wrote, or what a correlator alone has taken in.
    static final String EVENTS = "events";

    /// Correlation events.
    static final String CORRELATIONS = "correlations";

    private static final List<String> NAMES = List.of(EVENTS, CORRELATIONS);
    private static final System.Logger LOGGER = System.getLogger(Buffers.class.getName());
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final Resources resources;
    private final LogOptions defaults;
    private final List<Followed> followed = new ArrayList<>();
    /// Says what collectors do when the log is full.
    private volatile BufferConfig events;
    private @Nullable Thread thread;

    private Buffers(Resources resources, LogOptions defaults) {
        this.resources = resources;
        this.defaults = defaults;
        this.events = config(EVENTS);
    }

    /// A buffer whose file is looked at.
    ///
    /// Thread-safety: guarded by the thread that looks.
    private static final class Followed {
        final String name;
        final DurableLog log;
        final Path file;
        final Supplier<List<CollectorTopology>> collectors;

        @Nullable
        FileTime changed;

        Followed(
                String name,
                DurableLog log,
                Path file,
                Supplier<List<CollectorTopology>> collectors,
                @Nullable FileTime changed) {
            this.name = name;
            this.log = log;
            this.file = file;
            this.collectors = collectors;
            this.changed = changed;
        }
    }

    /// Checks the resources; everything wrong goes into `problems`.
    ///
    /// @param reserveBytes space to leave free on the disk when a resource does not say it
    static Buffers read(Resources resources, long reserveBytes, int maxRecordBytes, Problems problems) {
        LogOptions defaults =
                LogOptions.defaults().withReserveBytes(reserveBytes).withMaxRecordBytes(maxRecordBytes);
        for (Resource resource : resources.ofKind(BufferConfig.KIND)) {
            if (!NAMES.contains(resource.name())) {
                problems.add(
                        resource.document().position(),
                        "no such buffer [name=" + resource.name() + ", known=" + String.join("|", NAMES) + "]");
            }
            BufferConfig ignored = BufferConfig.read(resource.document(), defaults, problems);
        }
        return new Buffers(resources, defaults);
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
        Resource resource = resources.find(BufferConfig.KIND, name);
        BufferConfig config =
                resource == null ? null : BufferConfig.read(resource.document(), defaults, new Problems());
        return config == null ? BufferConfig.of(defaults) : config;
    }

    /// Follows the file of a buffer's resource from now on, when there is one.
    ///
    /// @param collectors those that write into it
    void follow(String name, DurableLog log, Supplier<List<CollectorTopology>> collectors) {
        apply(name, config(name), collectors.get());
        Resource resource = resources.find(BufferConfig.KIND, name);
        if (resource == null) {
            return;
        }
        followed.add(new Followed(name, log, resource.file(), collectors, changed(resource.file())));
        if (thread == null) {
            thread = Thread.ofVirtual().name("buffer-settings").start(this::look);
        }
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                for (Followed each : List.copyOf(followed)) {
                    FileTime now = changed(each.file);
                    if (now != null && !Objects.equals(now, each.changed)) {
                        each.changed = now;
                        change(each);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void change(Followed each) {
        Problems problems = new Problems();
        BufferConfig config = null;
        for (ConfigNode node : YamlReader.readAll(each.file, problems)) {
            if (node instanceof ConfigNode.Mapping document
                    && BufferConfig.KIND.equals(document.text("kind"))
                    && each.name.equals(document.text("name"))) {
                config = BufferConfig.read(document, defaults, problems);
            }
        }
        if (config == null || problems.count() > 0) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "settings of a buffer are not valid, those before stay [file={0}, problems={1}]",
                    each.file,
                    problems.list());
            return;
        }
        try {
            each.log.change(config.options());
            apply(each.name, config, each.collectors.get());
            LOGGER.log(
                    System.Logger.Level.INFO,
                    "settings of a buffer changed [name={0}, settings={1}]",
                    each.name,
                    config.options());
        } catch (LogException e) {
            LOGGER.log(System.Logger.Level.WARNING, "settings of a buffer cannot be changed now", e);
        }
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

    private static @Nullable FileTime changed(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException gone) {
            return null;
        }
    }

    @Override
    public void close() {
        if (thread != null) {
            thread.interrupt();
        }
    }
}
