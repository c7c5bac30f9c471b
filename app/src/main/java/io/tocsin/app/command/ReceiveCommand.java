package io.tocsin.app.command;

import io.tocsin.app.up.Resources;
import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.destination.DestinationContext;
import io.tocsin.pipeline.destination.DestinationPlan;
import io.tocsin.pipeline.destination.RecordRouting;
import io.tocsin.pipeline.destination.RunningDestination;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.stage.StageResources;
import io.tocsin.pipeline.topology.CollectorConfig;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.SyncMode;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The receiving process of `bench collect` and `bench transport`: one collector into a durable log, with a destination
/// or without.
@Command(name = "receive", hidden = true, description = "Receives for 'bench collect' and 'bench transport'.")
final class ReceiveCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 250;

    @Option(names = "--connector", required = true)
    private String connector = "";

    /// Format of a normalizer without mappings; otherwise the shipped one for syslog.
    @Option(names = "--format")
    private @Nullable String format;

    @Option(names = "--sync", required = true)
    private String sync = "group";

    @Option(names = "--folder", required = true)
    private Path folder = Path.of(".");

    @Option(names = "--destination")
    private @Nullable String destination;

    @Override
    public Integer call() throws IOException {
        Problems problems = new Problems();
        CollectorConfig config = config(problems);
        DestinationPlan plan = destination == null
                ? null
                : DestinationPlan.read(
                        document("kind: destination\nname: sink\nspec: " + destination, problems),
                        StageResources.NONE,
                        problems);
        problems.throwIfAny();
        SystemClock clock = SystemClock.process();
        LogOptions options = LogOptions.defaults().withSync(SyncMode.valueOf(sync.toUpperCase(Locale.ROOT)));
        try (DurableLog log = DurableLog.open(folder.resolve("log"), options, clock);
                CollectorTopology collector = CollectorTopology.open(
                        Objects.requireNonNull(config), log, folder.resolve("positions"), clock)) {
            LogConsumer consumer = plan == null ? log.consumer("bench") : null;
            if (plan != null) {
                start(plan, log);
            }
            collector.start();
            while (true) {
                if (consumer != null) {
                    // The log is made shorter while it grows, as in life.
                    consumer.commit(log.end());
                }
                report(collector);
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitCode.OK;
    }

    private @Nullable CollectorConfig config(Problems problems) {
        Resources resources = Resources.load(Content.folder(), null, System::getenv, problems);
        NormalizerLoader loader = new NormalizerLoader(ZoneOffset.UTC, name -> {
            if (name.equals("bench")) {
                return document("kind: normalizer\nname: bench\nspec: { format: " + format + " }", problems);
            }
            Resource resource = resources.find("normalizer", name);
            return resource == null ? null : resource.document();
        });
        return CollectorConfig.read(
                document("""
                kind: collector
                name: bench
                spec:
                  connector: %s
                  normalizer: %s
                """.formatted(connector, format == null ? "syslog" : "bench"), problems),
                loader,
                Set.of("storage", "correlator"),
                problems);
    }

    private static ConfigNode document(String text, Problems problems) {
        return Objects.requireNonNull(YamlReader.read("bench", text, problems));
    }

    private RunningDestination start(DestinationPlan plan, DurableLog log) {
        return plan.config()
                .start(new DestinationContext(
                        plan.name(),
                        log,
                        DestinationPlan.consumer(plan.name()),
                        new RecordRouting(_ -> true, true),
                        plan.filters(),
                        folder.resolve("dead-letters"),
                        "bench"));
    }

    /// Says in a file how many events are in the log.
    private void report(CollectorTopology collector) throws IOException {
        Long logged = collector.figures().counts().get(StageCounter.LOGGED_EVENTS);
        Path unfinished = folder.resolve("received.new");
        Files.writeString(unfinished, Long.toString(logged == null ? 0 : logged));
        Files.move(unfinished, folder.resolve("received"), StandardCopyOption.ATOMIC_MOVE);
    }
}
