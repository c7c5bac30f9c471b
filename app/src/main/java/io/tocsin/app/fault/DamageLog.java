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
    private static final int TORN_BYTES = 1_234;

    /// What is damaged.
    enum Damage {
        /// A record of which only the begin was written.
        TORN_TAIL("the begin of a record stands behind the last one"),
        /// All cursors are gone.
        CURSORS_DELETED("the cursors of the consumers are gone"),
        /// All cursors are empty files.
        CURSORS_EMPTY("the cursors of the consumers are empty files");

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
        Thread.sleep(BACKLOG);
        site.collector().kill();
        Path log = site.collectorLog();
        switch (damage) {
            case TORN_TAIL -> {
                Path segment = files(log, ".segment").getLast();
                byte[] begin = new byte[TORN_BYTES];
                Arrays.fill(begin, (byte) 0x5A);
                Files.write(segment, begin, StandardOpenOption.APPEND);
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
