package io.tocsin.app.up;

import io.tocsin.config.Problems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Follows the folder of the user's resources: what is changed there takes effect without a restart. Collectors and
/// destinations that a change does not concern are not touched. A change with a mistake anywhere changes nothing.
///
/// A change is taken when two looks, two seconds apart, have found the same files, so that files that are being
/// written, or checked out one after another, are not read half.
///
/// Thread-safety: one thread starts and closes; any thread asks for trouble.
final class ResourceWatch implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(ResourceWatch.class.getName());
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final int SHOWN_PROBLEMS = 5;

    private final Path folder;
    private final Function<Problems, Resources> load;
    private final List<Reloadable> parts;
    private final Duration interval;
    private @Nullable Thread thread;
    private String taken;
    private String seen;
    private volatile String refused = "";

    private ResourceWatch(Path folder, Function<Problems, Resources> load, List<Reloadable> parts, Duration interval) {
        this.folder = folder;
        this.load = load;
        this.parts = List.copyOf(parts);
        this.interval = interval;
        this.taken = look();
        this.seen = taken;
    }

    /// Follows a folder from now on.
    ///
    /// @param load reads all resources again
    /// @param parts in the order in which they go over
    static ResourceWatch start(Path folder, Function<Problems, Resources> load, List<Reloadable> parts) {
        return start(folder, load, parts, LOOK);
    }

    /// Follows a folder from now on, with another time between two looks.
    static ResourceWatch start(
            Path folder, Function<Problems, Resources> load, List<Reloadable> parts, Duration interval) {
        ResourceWatch watch = new ResourceWatch(folder, load, parts, interval);
        watch.thread = Thread.ofVirtual().name("resource-watch").start(watch::run);
        return watch;
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(interval);
                String now = look();
                if (!now.equals(taken) && now.equals(seen)) {
                    taken = now;
                    change();
                } else {
                    parts.forEach(Reloadable::retry);
                }
                seen = now;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// What the files look like from outside.
    private String look() {
        return String.join("\n", ResourceFiles.below(folder, new Problems()).seen());
    }

    private void change() {
        try {
            Problems problems = new Problems();
            Resources next = load.apply(problems);
            List<Runnable> changes =
                    parts.stream().map(part -> part.prepare(next, problems)).toList();
            if (problems.count() > 0) {
                refuse(problems);
                return;
            }
            refused = "";
            LOGGER.log(System.Logger.Level.INFO, "resources were changed and take effect [folder={0}]", folder);
            changes.forEach(Runnable::run);
        } catch (RuntimeException e) {
            refused = "the last change could not be made: " + e.getMessage();
            LOGGER.log(System.Logger.Level.ERROR, "resources cannot be changed [folder=" + folder + "]", e);
        }
    }

    private void refuse(Problems problems) {
        String shown = problems.list().stream()
                .limit(SHOWN_PROBLEMS)
                .map(Object::toString)
                .collect(Collectors.joining("; "));
        refused = "the last change of resources is not valid and was not made: " + shown;
        LOGGER.log(
                System.Logger.Level.WARNING,
                "resources were changed and are not valid, those before stay in force [folder={0}, problems={1}]: {2}",
                folder,
                problems.count(),
                shown);
    }

    /// Why not everything is as the files say, or null.
    @Nullable
    String trouble() {
        String all = Stream.concat(Stream.of(refused), parts.stream().map(Reloadable::trouble))
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("; "));
        return all.isEmpty() ? null : all;
    }

    @Override
    public void close() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }
}
