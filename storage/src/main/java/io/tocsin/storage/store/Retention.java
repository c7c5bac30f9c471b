package io.tocsin.storage.store;

import io.tocsin.storage.embedded.Session;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/// Drops old events, a day at a time: days that are older than the limit, and, when the disk runs short, the oldest
/// days until there is room again. Today and yesterday are never dropped; when they alone fill the disk, collectors
/// have to wait, and that is told elsewhere.
///
/// The ledger of a day goes **before** its events: an interruption in between is completed by the next run, because
/// the day is still there.
///
/// Thread-safety: one thread.
public final class Retention implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Retention.class.getName());
    private static final DateTimeFormatter DAY = DateTimeFormatter.BASIC_ISO_DATE;

    private final Session session;
    private final Path folder;
    private final Limits limits;

    /// @param days how many whole days are kept besides today; 0 keeps all
    /// @param reserveBytes space of the disk below which the oldest days go; 0 for none
    public record Limits(int days, long reserveBytes) {
        public Limits {
            if (days < 0 || reserveBytes < 0) {
                throw new IllegalArgumentException("limits of retention must not be negative [days=" + days
                        + ", reserveBytes=" + reserveBytes + "]");
            }
        }

        /// 90 days, 1 GiB left free.
        public static Limits defaults() {
            return new Limits(90, 1L << 30);
        }
    }

    /// A day of events.
    ///
    /// @param date in UTC
    private record Day(LocalDate date, long rows, long bytes) {}

    /// What was dropped.
    public record Dropped(int days, long events) {}

    /// @param session a session for this alone; closed with it
    /// @param folder on the disk whose free space counts
    public Retention(Session session, Path folder, Limits limits) {
        this.session = session;
        this.folder = folder;
        this.limits = limits;
    }

    /// Drops what has to go now.
    public Dropped run(Instant now) {
        return run(now, folder.toFile().getUsableSpace());
    }

    /// @param freeBytes free space of the disk
    Dropped run(Instant now, long freeBytes) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        List<Day> days = days();
        int dropped = 0;
        long events = 0;
        long free = freeBytes;
        for (Day day : days) {
            boolean tooOld = limits.days() > 0 && day.date().isBefore(today.minusDays(limits.days()));
            boolean isShort = free < limits.reserveBytes() && day.date().isBefore(today.minusDays(1));
            if (!tooOld && !isShort) {
                break;
            }
            LOG.log(
                    tooOld ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
                    "a day of events is dropped [day={0}, events={1}, bytes={2}, reason={3}]",
                    day.date(),
                    day.rows(),
                    day.bytes(),
                    tooOld ? "older than " + limits.days() + " days" : "the disk is short of space");
            drop(day.date());
            dropped++;
            events += day.rows();
            free += day.bytes();
        }
        if (limits.days() > 0) {
            dropLedgerBefore(today.minusDays(limits.days()));
        }
        return new Dropped(dropped, events);
    }

    private void drop(LocalDate date) {
        dropLedgerBefore(date.plusDays(1));
        session.execute("ALTER TABLE events DROP PARTITION " + DAY.format(date));
    }

    private void dropLedgerBefore(LocalDate date) {
        String before = "Minute < toDateTime64('" + date + " 00:00:00', 3, 'UTC')";
        if (!session.text("SELECT 1 FROM ledger WHERE " + before + " LIMIT 1").isBlank()) {
            session.execute("ALTER TABLE ledger DELETE WHERE " + before + " SETTINGS mutations_sync = 1");
        }
    }

    /// The days with events, oldest first.
    private List<Day> days() {
        List<Day> days = new ArrayList<>();
        for (String row : session.text("SELECT partition, sum(rows), sum(bytes_on_disk) FROM system.parts"
                        + " WHERE active AND database = currentDatabase() AND table = 'events'"
                        + " GROUP BY partition ORDER BY partition")
                .lines()
                .toList()) {
            String[] cells = row.split("\t", -1);
            days.add(new Day(LocalDate.parse(cells[0], DAY), Long.parseLong(cells[1]), Long.parseLong(cells[2])));
        }
        return days;
    }

    @Override
    public void close() {
        session.close();
    }
}
