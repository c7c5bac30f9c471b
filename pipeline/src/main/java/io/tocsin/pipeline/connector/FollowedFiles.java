package io.tocsin.pipeline.connector;

import io.tocsin.pipeline.connector.framing.BufferBudget;
import io.tocsin.pipeline.connector.framing.FrameDecoder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The files that a [FileConnector] has open, at most as many as it is configured to, and which of them was read last
/// under a path.
///
/// Thread-safety: the reading thread; any thread asks how many there are.
final class FollowedFiles {
    private final FileConfig config;
    private final ConnectorContext context;
    private final BufferBudget budget =
            new BufferBudget(Math.max(32L << 20, Runtime.getRuntime().maxMemory() / 8));
    /// By key, in the order in which they were found.
    private final Map<String, FollowedFile> files = new LinkedHashMap<>();
    /// Key of the file that was read last, by path.
    private final Map<String, String> current = new HashMap<>();

    private volatile int count;

    FollowedFiles(FileConfig config, ConnectorContext context) {
        this.config = config;
        this.context = context;
    }

    /// What tells a file from others whatever it is called: device and number.
    static String key(BasicFileAttributes attributes) {
        return String.valueOf(attributes.fileKey()).replace(' ', '_');
    }

    FrameDecoder newDecoder() {
        return new FrameDecoder(config.framing(), config.maxEventBytes(), budget);
    }

    /// Opens a file.
    ///
    /// @param name path under which it was found
    /// @param position where to begin reading
    /// @return null when there are too many, it cannot be opened, or the path is another file's by now
    @Nullable
    FollowedFile open(Path path, String key, String name, long position) {
        if (files.size() >= config.maxFiles()) {
            return null;
        }
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            // Between the look at the folder and the opening, another file may have taken the name.
            BasicFileAttributes opened = Files.readAttributes(path, BasicFileAttributes.class);
            if (!key(opened).equals(key)) {
                channel.close();
                return null;
            }
            FollowedFile file = new FollowedFile(
                    path, key, context.fileOrigin(config.type(), name), channel, position, this::newDecoder);
            files.put(key, file);
            // The only file under its path is its current one, also before its first line was read.
            current.putIfAbsent(name, key);
            count = files.size();
            context.counters().increment(StageCounter.CONNECTIONS);
            return file;
        } catch (IOException e) {
            context.counters().increment(StageCounter.CONNECTION_ERRORS);
            return null;
        }
    }

    /// In the order in which they were found; follows what happens to them.
    Collection<FollowedFile> all() {
        return files.values();
    }

    /// As [#all], as of now.
    List<FollowedFile> copy() {
        return List.copyOf(files.values());
    }

    boolean has(String key) {
        return files.containsKey(key);
    }

    /// How many are open; any thread may ask.
    int count() {
        return count;
    }

    /// Whether it is the file that was read last under its path.
    boolean isCurrent(FollowedFile file) {
        return file.key.equals(current.get(file.origin.path()));
    }

    /// Makes a file the one that was read last under a path.
    ///
    /// @return whether another one was
    boolean makeCurrent(String path, String key) {
        String before = current.put(path, key);
        return before != null && !before.equals(key);
    }

    void close(FollowedFile file) {
        files.remove(file.key);
        count = files.size();
        current.remove(file.origin.path(), file.key);
        file.close();
    }

    void closeAll() {
        for (FollowedFile file : files.values()) {
            file.close();
        }
        count = 0;
    }
}
