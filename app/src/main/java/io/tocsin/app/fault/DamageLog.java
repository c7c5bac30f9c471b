package io.tocsin.app.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The collector's log is damaged while it is down, with everything of the last seconds in it: what a machine
/// leaves that lost its power.
record DamageLog(Damage damage) implements FaultScenario {
    private static final Duration BACKLOG = Duration.ofSeconds(2);
    private static final Duration MOST = Duration.ofSeconds(20);
    private static final int FILES = 4;
    private static final int TORN_BYTES = 1_234;

    /// What is damaged.
    enum Damage {
        /// A record of which only the begin was written.
        TORN_TAIL("the begin of a record stands behind the last one"),
        /// All cursors are gone.
        CURSORS_DELETED("the cursors of the consumers are gone"),
        /// All cursors are empty files.
        CURSORS_EMPTY("the cursors of the consumers are empty files"),
        /// A bit of an event is turned in a file that nobody has read yet.
        BIT_TURNED("one bit of an event that is not delivered is turned"),
        /// A file that nobody has read yet has lost its second half.
        FILE_CUT("the second half of a file with undelivered events is gone");

        private final String text;

        Damage(String text) {
            this.text = text;
        }
    }

    @Override
    public String name() {
        return "log-" + damage.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public String what() {
        return "after kill -9 with a backlog, " + damage.text;
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(10);
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        site.toStorage().mode(NetworkRelay.Mode.REFUSING);
        Path log = site.collectorLog();
        Thread.sleep(BACKLOG);
        long until = System.nanoTime() + MOST.toNanos();
        while (files(log, ".segment").size() < FILES && System.nanoTime() < until) {
            Thread.sleep(100);
        }
        site.collector().kill();
        switch (damage) {
            case TORN_TAIL -> {
                Path segment = files(log, ".segment").getLast();
                byte[] begin = new byte[TORN_BYTES];
                Arrays.fill(begin, (byte) 0x5A);
                Files.write(segment, begin, StandardOpenOption.APPEND);
            }
            case BIT_TURNED -> {
                Path segment = middle(log);
                byte[] bytes = Files.readAllBytes(segment);
                bytes[bytes.length / 2] ^= 0x10;
                Files.write(segment, bytes);
            }
            case FILE_CUT -> {
                Path segment = middle(log);
                byte[] bytes = Files.readAllBytes(segment);
                Files.write(segment, Arrays.copyOf(bytes, bytes.length / 2));
            }
            case CURSORS_DELETED -> {
                for (Path cursor : files(log, ".cursor")) {
                    Files.delete(cursor);
                }
            }
            case CURSORS_EMPTY -> {
                for (Path cursor : files(log, ".cursor")) {
                    Files.write(cursor, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
                }
            }
        }
        site.toStorage().mode(NetworkRelay.Mode.WHOLE);
        site.faultOver();
        site.collector().restart();
    }

    /// A complete file, neither the one that is being read nor the one that is being written.
    private static Path middle(Path log) throws IOException {
        List<Path> segments = files(log, ".segment");
        if (segments.size() < 3) {
            throw new IOException("the backlog is too small to damage its middle [files=" + segments.size() + "]");
        }
        return segments.get(segments.size() - 2);
    }

    /// The only copy of some events is gone: the collector has to say of how many.
    @Override
    public long destroyed(FaultSite site) throws IOException, InterruptedException {
        return damage == Damage.BIT_TURNED || damage == Damage.FILE_CUT
                ? site.metric("tocsin_log_lost_events_total")
                : 0;
    }

    private static List<Path> files(Path log, String ending) throws IOException {
        try (var all = Files.walk(log)) {
            List<Path> found = all.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
            if (found.isEmpty()) {
                throw new IOException("no such file in the log [folder=" + log + ", ending=" + ending + "]");
            }
            return found;
        }
    }
}
