package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Gaps of a log that `repair` has told the operator about, in the file `gaps`: one line for each, `from to
/// checksum`, the places as record index and sequence. A line that is not sound counts as not there: the gap is
/// reported again.
///
/// Thread-safety: immutable.
final class KnownGaps {
    static final String FILE_NAME = "gaps";
    static final KnownGaps NONE = new KnownGaps(List.of());
    private static final int PARTS = 3;

    private final List<String> lines;

    private KnownGaps(List<String> lines) {
        this.lines = List.copyOf(lines);
    }

    static KnownGaps read(Path folder) throws IOException {
        Path file = folder.resolve(FILE_NAME);
        List<String> sound = new ArrayList<>();
        if (Files.exists(file)) {
            for (String line :
                    Files.readString(file, StandardCharsets.ISO_8859_1).split("\n", -1)) {
                String[] parts = line.split(" ", -1);
                if (parts.length == PARTS && parts[2].equals(checksum(parts[0] + " " + parts[1]))) {
                    sound.add(parts[0] + " " + parts[1]);
                }
            }
        }
        return new KnownGaps(sound);
    }

    boolean contains(LogPosition from, LogPosition to) {
        return lines.contains(from + " " + to);
    }

    /// Adds a gap durably.
    static void add(LogDisk disk, Path folder, LogPosition from, LogPosition to) throws IOException {
        String text = from + " " + to;
        Files.writeString(
                folder.resolve(FILE_NAME),
                text + " " + checksum(text) + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND,
                StandardOpenOption.SYNC);
        disk.syncFolder(folder);
    }

    private static String checksum(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return HexFormat.of().toHexDigits(RecordHeader.checksum(bytes, 0, bytes.length));
    }
}
