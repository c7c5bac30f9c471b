package io.tocsin.storage.store;

import io.tocsin.storage.embedded.Session;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The index of words over `Raw` and `Message`: what is hot is scanned, what is sealed is indexed.
///
/// The table knows the indexes, and inserts and merges do not build them (building costs an insert more than half of
/// its speed). For a day that is over and to which nothing was added for a while, the index is built in the
/// background. A part without it, for instance one that came late, is scanned, so answers are right at any time; when
/// it
/// is merged in, the index of the day is lost and is built again.
///
/// Thread-safety: one thread.
public final class TextIndex implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(TextIndex.class.getName());
    private static final DateTimeFormatter DAY = DateTimeFormatter.BASIC_ISO_DATE;
    private static final List<String> COLUMNS = List.of("Raw", "Message");
    private static final Duration QUIET = Duration.ofMinutes(15);
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Session session;
    private final Duration quiet;
    /// Parts that were tried: one whose columns are empty stays without an index for ever.
    private final Set<String> tried = new HashSet<>();

    /// @param session a session for this alone; closed with it
    public TextIndex(Session session) {
        this(session, QUIET);
    }

    /// @param quiet how long nothing may have been added to a day
    TextIndex(Session session, Duration quiet) {
        this.session = session;
        this.quiet = quiet;
    }

    /// Makes the indexes known to the table: those of columns that take place.
    private static List<String> prepare(Session session) {
        Set<String> stored = Tables.storedEventColumns(session);
        List<String> columns = COLUMNS.stream().filter(stored::contains).toList();
        Set<String> known = Set.copyOf(
                session.text("SELECT name FROM system.data_skipping_indices WHERE database = currentDatabase()"
                                + " AND table = 'events'")
                        .lines()
                        .toList());
        List<String> missing = columns.stream()
                .filter(column -> !known.contains(name(column)))
                .map(column -> "ADD INDEX IF NOT EXISTS " + name(column) + " " + column
                        + " TYPE text(tokenizer = 'splitByNonAlpha')")
                .toList();
        if (!missing.isEmpty()) {
            session.execute("ALTER TABLE events MODIFY SETTING materialize_skip_indexes_on_merge = 0");
            session.execute("ALTER TABLE events " + String.join(", ", missing));
        }
        return columns;
    }

    private static String name(String column) {
        return column.toLowerCase(java.util.Locale.ROOT) + "_words";
    }

    /// Builds the index of the oldest day that lacks it, and waits until it is there.
    ///
    /// @return days indexed now, 0 or 1
    public int run(Instant now) throws InterruptedException {
        List<String> columns = prepare(session);
        String today = DAY.format(LocalDate.ofInstant(now, ZoneOffset.UTC));
        String quietSince = "toDateTime(" + now.minus(quiet).getEpochSecond() + ")";
        List<String> parts = session.text("SELECT partition, name FROM system.parts"
                        + " WHERE active AND database = currentDatabase() AND table = 'events' AND rows > 0"
                        + " AND secondary_indices_compressed_bytes = 0 AND partition < '" + today + "'"
                        + " AND partition NOT IN (SELECT partition FROM system.parts WHERE active"
                        + " AND database = currentDatabase() AND table = 'events' AND modification_time > " + quietSince
                        + ") ORDER BY partition, name")
                .lines()
                .toList();
        for (String part : parts) {
            String[] cells = part.split("\t", -1);
            if (tried.add(cells[1])) {
                build(cells[0], columns);
                return 1;
            }
        }
        return 0;
    }

    private void build(String partition, List<String> columns) throws InterruptedException {
        LOG.log(System.Logger.Level.INFO, "the index of words is built for a day [day={0}]", partition);
        List<String> commands = columns.stream()
                .map(column -> "MATERIALIZE INDEX " + name(column) + " IN PARTITION " + partition)
                .toList();
        // Waiting here and not in the engine: a storage that stops need not wait for a long build.
        session.execute("ALTER TABLE events " + String.join(", ", commands) + " SETTINGS mutations_sync = 0");
        while (!session.text("SELECT 1 FROM system.mutations WHERE database = currentDatabase() AND table = 'events'"
                        + " AND NOT is_done LIMIT 1")
                .isBlank()) {
            Thread.sleep(LOOK);
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
