package io.tocsin.app.fault;

import io.tocsin.app.fault.FaultScenario.Recovery;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Runs scenarios one after another on one installation that is never set up anew: what one of them damages for good
/// shows in the next.
public final class FaultRunner {
    private static final int EVENTS_PER_SECOND = 2_000;
    private static final long WARM_EVENTS = 1_000;
    private static final long EVENTS_AFTERWARDS = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration LOOK = Duration.ofMillis(20);
    /// A question to the storage takes time from what is measured.
    private static final Duration ASK = Duration.ofMillis(100);
    private static final Duration SETTLE = Duration.ofMinutes(2);
    private static final int MAX_ROWS = 100_000;

    private final Path folder;
    private final FaultQueries queries;

    /// @param folder empty, for everything
    public FaultRunner(Path folder, FaultQueries queries) {
        this.folder = folder;
        this.queries = queries;
    }

    /// @param each gets a row when a scenario is done
    public void run(List<FaultScenario> scenarios, Consumer<FaultRow> each) throws IOException, InterruptedException {
        FaultSite site = FaultSite.start(folder, scenarios.stream().anyMatch(FaultScenario::needsCorrelator));
        try {
            for (FaultScenario scenario : scenarios) {
                String obstacle = scenario.obstacle(site);
                each.accept(obstacle.isEmpty() ? run(scenario, site) : FaultRow.skipped(scenario, obstacle));
            }
        } finally {
            site.close();
        }
    }

    private FaultRow run(FaultScenario scenario, FaultSite site) throws IOException, InterruptedException {
        try {
            scenario.prepare(site);
            return runPrepared(scenario, site);
        } catch (IOException | TocsinException e) {
            return FaultRow.failed(scenario, String.valueOf(e.getMessage()));
        } finally {
            scenario.finish(site);
        }
    }

    private FaultRow runPrepared(FaultScenario scenario, FaultSite site) throws InterruptedException {
        String run = scenario.name() + "-" + Long.toHexString(System.nanoTime());
        String note = "";
        Duration recovery = PATIENCE;
        RelpSender sender = new RelpSender(run, scenario.inputs(site), EVENTS_PER_SECOND).start();
        site.counting(sender::sent);
        try (sender) {
            await("the first acknowledgements", LOOK, () -> sender.acknowledgedCount() >= WARM_EVENTS);
            // Who asks afterwards has asked before, so that what is measured is the answer.
            await(
                    "the first events in storage",
                    ASK,
                    () -> number(site, "SELECT count() FROM events WHERE " + isOf(run)) >= WARM_EVENTS);
            scenario.run(site);
            recovery = awaitRecovery(scenario, site, sender, run);
            long more = sender.acknowledgedCount() + EVENTS_AFTERWARDS;
            await("more acknowledgements", LOOK, () -> sender.acknowledgedCount() >= more);
        } catch (IOException | IllegalStateException | TocsinException e) {
            note = String.valueOf(e.getMessage());
        }
        try {
            scenario.after(site);
        } catch (IOException e) {
            note = note.isEmpty() ? String.valueOf(e.getMessage()) : note;
        }
        return count(scenario, site, sender, run, recovery, note);
    }

    private Duration awaitRecovery(FaultScenario scenario, FaultSite site, RelpSender sender, String run)
            throws IOException, InterruptedException {
        long over = site.faultOverNanos();
        long from = site.sentBefore();
        switch (scenario.recoversWhen()) {
            case ACKNOWLEDGED -> await("an acknowledgement", LOOK, () -> sender.lastAcknowledgedNanos() > over);
            case STORED, STORED_WITHOUT_PAUSE ->
                await(
                        "storage",
                        ASK,
                        () -> number(site, "SELECT count() FROM (" + numbers(run) + ") WHERE n >= " + from) > 0);
        }
        return Duration.ofNanos(System.nanoTime() - over);
    }

    private FaultRow count(
            FaultScenario scenario, FaultSite site, RelpSender sender, String run, Duration recovery, String note)
            throws InterruptedException {
        BitSet acknowledged = sender.acknowledged();
        BitSet stored = new BitSet();
        long rows = 0;
        long until = System.nanoTime() + SETTLE.toNanos();
        while (true) {
            stored.clear();
            rows = read(site, run, stored);
            BitSet missing = (BitSet) acknowledged.clone();
            missing.andNot(stored);
            if (missing.cardinality() <= destroyedSoFar(scenario, site) || System.nanoTime() > until) {
                break;
            }
            Thread.sleep(500);
        }
        long balance = balance(site, until);
        long destroyed = 0;
        String trouble = note;
        try {
            destroyed = scenario.destroyed(site);
        } catch (IOException e) {
            trouble = note.isEmpty() ? String.valueOf(e.getMessage()) : note;
        }
        if (trouble.isEmpty()) {
            trouble = scenario.finding(site, queries, run, acknowledged);
        }
        BitSet missing = (BitSet) acknowledged.clone();
        missing.andNot(stored);
        boolean pauseCounts = trouble.isEmpty() && scenario.recoversWhen() == Recovery.STORED_WITHOUT_PAUSE;
        return new FaultRow(
                scenario.name(),
                sender.sent(),
                acknowledged.cardinality(),
                stored.cardinality(),
                Math.max(0, missing.cardinality() - destroyed),
                destroyed,
                rows - stored.cardinality(),
                balance,
                pauseCounts ? longestPause(site, run) : recovery,
                scenario.bound(),
                trouble);
    }

    private static long destroyedSoFar(FaultScenario scenario, FaultSite site) throws InterruptedException {
        try {
            return scenario.destroyed(site);
        } catch (IOException notNow) {
            return 0;
        }
    }

    private static String numbers(String run) {
        // Where lines are joined, an event has several numbers, and its whole text is kept.
        return "SELECT toUInt64OrZero(arrayJoin(extractAll(if(Raw = '', Message, Raw), ' n=([0-9]+)'))) AS n FROM"
                + " events WHERE " + isOf(run);
    }

    private static String isOf(String run) {
        return "ServiceName IN ('" + FaultSite.INPUT + "', '" + BrokerWay.INPUT + "', '" + PairWay.INPUT + "', '"
                + BreakTarget.INPUT + "') AND Message LIKE '%run=" + run + " %'";
    }

    /// Between two moments at which events of the run were stored.
    private Duration longestPause(FaultSite site, String run) {
        long millis = number(
                site,
                "SELECT arrayMax(arrayDifference(arraySort(groupUniqArray(toUnixTimestamp64Milli(StoredTime)))))"
                        + " FROM events WHERE " + isOf(run));
        return millis < 0 ? PATIENCE : Duration.ofMillis(millis);
    }

    /// All numbers of the run, in parts that fit into one answer.
    private long read(FaultSite site, String run, BitSet stored) {
        long rows = 0;
        try {
            for (long from = 0; ; from += MAX_ROWS) {
                JsonNode part = queries.rows(
                        site.centreData(),
                        "SELECT n, count() FROM (" + numbers(run) + ") WHERE n >= " + from + " AND n < "
                                + (from + MAX_ROWS) + " GROUP BY n");
                for (JsonNode row : part) {
                    stored.set((int) row.path(0).asLong());
                    rows += row.path(1).asLong();
                }
                if (part.isEmpty()) {
                    return rows;
                }
            }
        } catch (RuntimeException noAnswer) {
            return rows;
        }
    }

    private long balance(FaultSite site, long untilNanos) throws InterruptedException {
        long balance = Long.MIN_VALUE;
        while (balance != 0) {
            try {
                balance = queries.get(site.centreData(), "api/v1/ledger")
                        .path("balance")
                        .asLong(Long.MIN_VALUE);
            } catch (RuntimeException noAnswer) {
                balance = Long.MIN_VALUE;
            }
            if (System.nanoTime() > untilNanos) {
                break;
            }
            Thread.sleep(balance == 0 ? 0 : 500);
        }
        return balance;
    }

    private long number(FaultSite site, String sql) {
        try {
            return queries.rows(site.centreData(), sql).path(0).path(0).asLong(-1);
        } catch (RuntimeException noAnswer) {
            return -1;
        }
    }

    /// @param pause between two looks
    private static void await(String what, Duration pause, BooleanSupplier condition)
            throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                throw new IOException("no sign of " + what + " within " + PATIENCE.toSeconds() + " s");
            }
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        }
    }
}
