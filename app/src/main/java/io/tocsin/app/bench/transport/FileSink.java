package io.tocsin.app.bench.transport;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A folder into which finished files come. What was counted is deleted.
///
/// Thread-safety: one thread.
final class FileSink implements DestinationSink {
    private final Path folder;
    private final Set<Path> counted = new HashSet<>();
    private long events;

    FileSink(Path folder) throws IOException {
        this.folder = folder.resolve("files");
        Files.createDirectories(this.folder);
    }

    @Override
    public String destination() {
        return "{ type: file, path: %s, format: raw, fileAge: 1s }".formatted(folder);
    }

    @Override
    public String peer() {
        return "template(name=\"sent\" type=\"string\" string=\"%rawmsg%\\n\")\n%s action(type=\"omfile\" template=\"sent\" file=\""
                + folder.resolve("rsyslog.log") + "\" asyncWriting=\"off\")";
    }

    @Override
    public long events() throws IOException {
        List<Path> files;
        try (var listed = Files.list(folder)) {
            files = listed.filter(Files::isRegularFile)
                    .filter(each -> !each.getFileName().toString().startsWith("."))
                    .toList();
        }
        for (Path file : files) {
            if (!file.endsWith("rsyslog.log") && counted.add(file)) {
                events += lines(file);
                Files.delete(file);
            }
        }
        return events;
    }

    private static long lines(Path file) throws IOException {
        long lines = 0;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            for (int c = in.read(); c >= 0; c = in.read()) {
                lines += c == '\n' ? 1 : 0;
            }
        }
        return lines;
    }

    @Override
    public void close() {
        // The folder goes with the benchmark's.
    }
}
