package io.tocsin.correlator.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Several correlators write to one table, and get everything in the order of a core that is sometimes slow: each sees
/// what is settled and its own writes, and in the end all have the same.
final class SharedTableTest {
    private static final TableDefinition TABLE = new TableDefinition(
            "t", TableDefinition.Kind.ACTIVE_LIST, "", 0, 10_000, List.of(), TableDefinition.Scope.SHARED);
    private static final List<TableChange.Operation> OPERATIONS =
            List.of(TableChange.Operation.SET, TableChange.Operation.SUM, TableChange.Operation.MERGE);

    /// A correlator, and how far it has come in the order of the core.
    private static final class Site {
        private final long origin;
        private final Deque<Tables.Written> unsent = new ArrayDeque<>();
        /// Own writes that did not come back yet.
        private final List<Tables.Written> open = new ArrayList<>();

        private Tables tables = new Tables(List.of(TABLE), List.of());
        private int position;

        Site(long origin) {
            this.origin = origin;
            tables.share(origin);
        }

        void write(Random random, long time) {
            List<String> key = List.of("k" + random.nextInt(3));
            TableChange.Operation operation = OPERATIONS.get(random.nextInt(OPERATIONS.size()));
            int number = random.nextInt(5);
            if (random.nextInt(6) == 0) {
                tables.delete("t", key, time);
            } else {
                switch (operation) {
                    case SET -> tables.set("t", key, Map.of("s" + number % 2, List.of("v" + number)), time);
                    case SUM -> tables.sum("t", key, Map.of("n", List.of(Integer.toString(number))), time);
                    default -> tables.merge("t", key, Map.of("m", List.of("i" + number)), time);
                }
            }
            tables.takeWritten().forEach(each -> {
                unsent.add(each);
                open.add(each);
            });
        }

        void read(List<Tables.Written> order) {
            Tables.Written next = order.get(position++);
            apply(tables, next);
            open.removeIf(each -> each.idHigh() == next.idHigh() && each.idLow() == next.idLow());
        }

        void restart() {
            StateWriter out = new StateWriter();
            tables.write(out);
            tables = new Tables(List.of(TABLE), List.of());
            StateReader in = new StateReader(out.toBytes());
            tables.read(SavedPieces.of(in));
            assertThat(in.isExhausted()).isTrue();
            tables.share(origin);
        }

        /// What it has to show: everything up to where it has come, then its own.
        List<String> expected(List<Tables.Written> order) {
            Tables naive = new Tables(List.of(TABLE), List.of());
            order.subList(0, position).forEach(each -> apply(naive, each));
            open.forEach(each -> apply(naive, each));
            return shown(naive);
        }
    }

    private static void apply(Tables tables, Tables.Written next) {
        long at = next.change().atMillis();
        tables.apply(next.change(), next.idHigh(), next.idLow(), at, at);
    }

    private static List<String> shown(Tables tables) {
        return Objects.requireNonNull(tables.records("t")).stream()
                .sorted(TableRecord.BY_KEY)
                .map(each -> each.key() + " " + new TreeMap<>(each.values()) + " " + each.updatedMillis())
                .toList();
    }

    @Test
    void showsWhatIsSettledAndItsOwnWritesAndAllEndWithTheSame() {
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            List<Site> sites = List.of(new Site(11), new Site(22), new Site(33));
            List<Tables.Written> order = new ArrayList<>();
            long time = 1_000;
            for (int step = 0; step < 120; step++) {
                time += random.nextInt(3);
                Site site = sites.get(random.nextInt(sites.size()));
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> site.write(random, time);
                    case 3 -> {
                        if (!site.unsent.isEmpty()) {
                            order.add(site.unsent.remove());
                        }
                    }
                    case 4 -> {
                        if (random.nextInt(4) == 0) {
                            order.add(PeopleWriting.change(random, step, time));
                        }
                    }
                    case 5 -> site.restart();
                    default -> {
                        if (site.position < order.size()) {
                            site.read(order);
                        }
                    }
                }
                assertThat(shown(site.tables)).as("seed %d step %d", seed, step).isEqualTo(site.expected(order));
            }
            sites.forEach(each -> order.addAll(each.unsent));
            for (Site site : sites) {
                while (site.position < order.size()) {
                    site.read(order);
                }
                assertThat(shown(site.tables)).as("seed %d", seed).isEqualTo(shown(sites.getFirst().tables));
                assertThat(site.tables.openWrites()).as("seed %d", seed).isZero();
            }
        }
    }

    @Test
    void countsEachWriteOnceAlsoWhenTheCoreWasAwayForLonger() {
        Tables tables = new Tables(List.of(TABLE), List.of());
        tables.share(5);
        int writes = 2 * SharedTable.MAXIMUM_OPEN + 1_000;
        List<Tables.Written> order = new ArrayList<>();
        for (int i = 0; i < writes; i++) {
            // One of the records is written more often than all others.
            tables.sum("t", List.of("k" + (i % 2 == 0 ? 0 : i % 1_000)), Map.of("n", List.of("1")), i);
            order.addAll(tables.takeWritten());
        }
        assertThat(tables.openWrites()).isLessThanOrEqualTo(SharedTable.MAXIMUM_OPEN);
        order.forEach(each -> apply(tables, each));
        assertThat(tables.openWrites()).isZero();
        long sum = Objects.requireNonNull(tables.records("t")).stream()
                .mapToLong(each -> Long.parseLong(
                        Objects.requireNonNull(each.values().get("n")).getFirst()))
                .sum();
        assertThat(sum).isEqualTo(writes);
        assertThat(tables.values("t", "n", List.of("k0"))).containsExactly(Integer.toString(writes / 2));
    }

    @Test
    void givesTheSameWriteTheSameIdentifierWheneverItIsMade() {
        List<List<Tables.Written>> runs = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            Tables tables = new Tables(List.of(TABLE), List.of());
            tables.share(5);
            if (run == 1) {
                // What another rule writes makes no difference.
                tables.set("t", List.of("other"), Map.of(), 10);
                tables.takeWritten();
            }
            tables.sum("t", List.of("k"), Map.of("n", List.of("1")), 10);
            tables.sum("t", List.of("k"), Map.of("n", List.of("1")), 10);
            runs.add(tables.takeWritten());
        }
        assertThat(runs.getLast()).isEqualTo(runs.getFirst());
        assertThat(runs.getFirst().getFirst().idLow())
                .isNotEqualTo(runs.getFirst().getLast().idLow());
    }

    @Test
    void tellsNothingWhileItIsAlone() {
        Tables tables = new Tables(List.of(TABLE), List.of());
        tables.set("t", List.of("k"), Map.of(), 10);
        assertThat(tables.takeWritten()).isEmpty();
        assertThat(tables.contains("t", List.of("k"))).isTrue();
    }
}
