package io.tocsin.correlator.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A correlator that begins with nothing, or has missed changes, comes to have the records of the others: with their
/// counters, while rules and people go on writing, and whatever breaks off on the way.
final class SharedTableJoinTest {
    private static final TableDefinition TABLE = new TableDefinition(
            "t", TableDefinition.Kind.ACTIVE_LIST, "", 0, 10_000, List.of(), TableDefinition.Scope.SHARED);
    private static final TableDefinition OTHER = new TableDefinition(
            "u", TableDefinition.Kind.ACTIVE_LIST, "", 0, 10_000, List.of(), TableDefinition.Scope.SHARED);
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");

    /// All changes and steps in the order of the core, and what was taken there for those who join.
    private static final class Core {
        /// Each is a [Tables.Written] or a [SharingStep].
        private final List<Object> order = new ArrayList<>();
        private final Map<Long, Tables.Contents> taken = new HashMap<>();
        private long lastMark;

        void mark(long id) {
            order.add(new SharingStep.Mark(id, lastMark));
            lastMark = id;
        }
    }

    /// A correlator, and how far it has come in the order of the core.
    private static final class Site {
        private final Core core;
        private final boolean isFirst;
        private final Deque<Object> unsent = new ArrayDeque<>();
        private long origin;
        private Tables tables;
        private int position;
        /// What is still to come of a join.
        private final Deque<SharingStep> arriving = new ArrayDeque<>();

        private long join;
        private int joins;

        Site(Core core, long origin, boolean isFirst) {
            this.core = core;
            this.origin = origin;
            this.isFirst = isFirst;
            this.tables = tables();
        }

        private Tables tables() {
            Tables made = new Tables(List.of(TABLE, OTHER), List.of());
            made.share(origin);
            if (isFirst) {
                made.onJoin((id, contents) -> core.taken.put(id, Objects.requireNonNull(contents)));
            }
            return made;
        }

        void write(Random random, long time) {
            String table = random.nextInt(4) == 0 ? "u" : "t";
            List<String> key = List.of("k" + random.nextInt(3));
            int number = random.nextInt(5);
            switch (random.nextInt(7)) {
                case 0 -> tables.delete(table, key, time);
                case 1, 2 -> tables.set(table, key, Map.of("s" + number % 2, List.of("v" + number)), time);
                case 3 -> tables.merge(table, key, Map.of("m", List.of("i" + number)), time);
                default -> tables.sum(table, key, Map.of("n", List.of(Integer.toString(number))), time);
            }
            unsent.addAll(tables.takeWritten());
        }

        void read() {
            Object next = core.order.get(position++);
            if (next instanceof SharingStep step) {
                assertThat(tables.step(step, Long.MIN_VALUE)).isNull();
            } else {
                apply(tables, (Tables.Written) next);
            }
        }

        /// Goes on with joining, which may be given up for a new attempt at any place.
        void join(Random random) {
            if (isFirst || !tables.needsJoin()) {
                return;
            }
            if (join == 0 || random.nextInt(25) == 0) {
                join = random.nextLong();
                arriving.clear();
                unsent.add(Objects.requireNonNull(tables.step(new SharingStep.Ask(join), Long.MIN_VALUE)));
            } else if (!arriving.isEmpty()) {
                SharingStep next = arriving.remove();
                tables.step(saved(next), Long.MIN_VALUE);
                joins += next instanceof SharingStep.End && !tables.needsJoin() ? 1 : 0;
                join = next instanceof SharingStep.End ? 0 : join;
            } else if (tables.currentJoin() == join && core.taken.containsKey(join)) {
                bring(Objects.requireNonNull(core.taken.get(join)));
            }
        }

        private void bring(Tables.Contents contents) {
            long count = 0;
            for (Map.Entry<String, List<TableRecord>> each : contents.records().entrySet()) {
                arriving.add(new SharingStep.Rows(join, each.getKey(), List.of()));
                for (TableRecord record : each.getValue()) {
                    arriving.add(new SharingStep.Rows(join, each.getKey(), List.of(SharingStep.Row.of(record))));
                    count++;
                }
            }
            arriving.add(new SharingStep.End(join, count, contents.mark()));
        }

        void restart() {
            StateWriter out = new StateWriter();
            tables.write(out);
            tables = tables();
            StateReader in = new StateReader(out.toBytes());
            tables.read(SavedPieces.of(in));
            assertThat(in.isExhausted()).isTrue();
            StateWriter again = new StateWriter();
            tables.write(again);
            assertThat(again.toBytes()).isEqualTo(out.toBytes());
        }

        /// It comes back with an empty folder.
        void lose(long nextOrigin, Random random) {
            origin = nextOrigin;
            unsent.clear();
            arriving.clear();
            join = 0;
            tables = tables();
            position = core.order.size() - random.nextInt(core.order.size() - position + 1);
        }

        /// It was left out while the core was started, and is told of changes again since the next start.
        void leaveOut(Random random) {
            long mark = random.nextLong();
            core.mark(mark);
            core.mark(mark + 1);
            position = core.order.size() - 1;
            read();
        }

        /// Everything up to where it has come, then its own that did not come back.
        List<String> expected() {
            Tables naive = new Tables(List.of(TABLE, OTHER), List.of());
            core.order.subList(0, position).forEach(each -> applyChange(naive, each));
            core.order.subList(position, core.order.size()).stream()
                    .filter(each -> each instanceof Tables.Written written
                            && written.change().origin() == origin)
                    .forEach(each -> applyChange(naive, each));
            unsent.forEach(each -> applyChange(naive, each));
            return shown(naive);
        }
    }

    private static SharingStep saved(SharingStep step) {
        EventBatch batch = new EventBatch(1, 256);
        step.addTo(batch, ORIGIN, 1, 2, 3);
        SharingStep read = SharingStep.of(new Event().moveTo(batch, 0));
        assertThat(read).isEqualTo(step);
        assertThat(TableChange.of(new Event().moveTo(batch, 0))).isNull();
        return Objects.requireNonNull(read);
    }

    private static void apply(Tables tables, Tables.Written next) {
        long at = next.change().atMillis();
        tables.apply(next.change(), next.idHigh(), next.idLow(), at, at);
    }

    private static void applyChange(Tables tables, Object next) {
        if (next instanceof Tables.Written written) {
            apply(tables, written);
        }
    }

    private static List<String> shown(Tables tables) {
        List<String> lines = new ArrayList<>();
        for (String table : List.of("t", "u")) {
            Objects.requireNonNull(tables.records(table)).stream()
                    .sorted(TableRecord.BY_KEY)
                    .map(each -> table + each.key() + new TreeMap<>(each.values()) + " updates=" + each.updates()
                            + " created=" + each.createdMillis() + " updated=" + each.updatedMillis())
                    .forEach(lines::add);
        }
        return lines;
    }

    @Test
    void comesToHaveWhatTheOthersHaveWhileTheyWriteAndWhateverBreaksOff() {
        int joins = 0;
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            Core core = new Core();
            core.mark(1);
            List<Site> sites = List.of(new Site(core, 11, true), new Site(core, 22, false), new Site(core, 33, false));
            long time = 1_000;
            for (int step = 0; step < 300; step++) {
                time += random.nextInt(3);
                Site site = sites.get(random.nextInt(sites.size()));
                switch (random.nextInt(10)) {
                    case 0, 1 -> site.write(random, time);
                    case 2, 3 -> {
                        if (!site.unsent.isEmpty()) {
                            core.order.add(site.unsent.remove());
                        }
                    }
                    case 4 -> {
                        if (random.nextInt(4) == 0) {
                            core.order.add(PeopleWriting.change(random, step, time));
                        }
                    }
                    case 5 -> site.restart();
                    case 6 -> {
                        if (!site.isFirst && random.nextInt(12) == 0) {
                            site.lose(1_000 + step, random);
                        } else if (!site.isFirst && random.nextInt(12) == 0) {
                            site.leaveOut(random);
                        } else if (random.nextInt(12) == 0) {
                            core.mark(random.nextLong());
                        }
                    }
                    case 7, 8 -> site.join(random);
                    default -> {
                        if (site.position < core.order.size()) {
                            site.read();
                        }
                    }
                }
                if (site.isFirst || !site.tables.needsJoin()) {
                    assertThat(shown(site.tables))
                            .as("seed %d step %d site %d", seed, step, site.origin)
                            .isEqualTo(site.expected());
                }
            }
            settle(core, sites, random, seed);
            joins += sites.stream().mapToInt(each -> each.joins).sum();
        }
        assertThat(joins).isGreaterThan(600);
    }

    /// Nobody writes any more, and everything is passed on.
    private static void settle(Core core, List<Site> sites, Random random, int seed) {
        for (int round = 0; round < 500; round++) {
            for (Site site : sites) {
                core.order.addAll(site.unsent);
                site.unsent.clear();
                while (site.position < core.order.size()) {
                    site.read();
                }
                site.join(random);
            }
        }
        for (Site site : sites) {
            assertThat(site.isFirst || !site.tables.needsJoin())
                    .as("seed %d site %d", seed, site.origin)
                    .isTrue();
            assertThat(shown(site.tables)).as("seed %d", seed).isEqualTo(shown(sites.getFirst().tables));
            assertThat(site.tables.openWrites()).as("seed %d", seed).isZero();
        }
    }

    private static Tables follower() {
        Tables tables = new Tables(List.of(TABLE), List.of());
        tables.share(2);
        return tables;
    }

    @Test
    void keepsWhatItHasWhenRecordsAreMissingOrTooMuchIsWrittenMeanwhile() {
        Tables tables = follower();
        tables.set("t", List.of("own"), Map.of(), 10);
        tables.takeWritten();
        SharingStep.Row row = new SharingStep.Row(List.of("k"), Map.of(), 3, 4, 5);
        for (long join : new long[] {7, 8}) {
            tables.step(new SharingStep.Ask(join), 0);
            tables.step(new SharingStep.Join(2, join), 0);
            tables.step(new SharingStep.Rows(join, "t", List.of(row)), 0);
            tables.step(new SharingStep.End(join, 2, 0), 0);
            assertThat(tables.needsJoin()).isTrue();
            assertThat(tables.currentJoin()).isZero();
        }
        tables.step(new SharingStep.Ask(9), 0);
        tables.step(new SharingStep.Join(2, 9), 0);
        for (int i = 0; i <= Joining.MAXIMUM_HELD; i++) {
            apply(
                    tables,
                    new Tables.Written(
                            new TableChange(
                                    "t",
                                    TableChange.Operation.SUM,
                                    List.of(new TableChange.Row(List.of("k"), Map.of("n", List.of("1")))),
                                    20,
                                    20,
                                    "anna"),
                            3,
                            i));
        }
        assertThat(tables.currentJoin()).as("given up").isZero();
        tables.step(new SharingStep.Rows(9, "t", List.of(row)), 0);
        tables.step(new SharingStep.End(9, 1, 0), 0);
        assertThat(tables.needsJoin()).isTrue();
        assertThat(Objects.requireNonNull(tables.records("t"))).hasSize(2);
    }

    @Test
    void givesNothingOutThatIsNotInTheOrderYet() {
        Tables first = new Tables(List.of(TABLE), List.of());
        first.share(1);
        List<Tables.@Nullable Contents> taken = new ArrayList<>();
        first.onJoin((_, contents) -> taken.add(contents));
        first.sum("t", List.of("k"), Map.of("n", List.of("1")), 10);
        first.step(new SharingStep.Join(2, 5), 0);
        assertThat(taken).last().isEqualTo(new Tables.Contents(Map.of("t", List.of()), 0));
        for (int i = 0; i < SharedTable.MAXIMUM_OPEN_OF_RECORD; i++) {
            first.sum("t", List.of("k"), Map.of("n", List.of("1")), 10);
        }
        first.step(new SharingStep.Join(2, 6), 0);
        assertThat(taken).last().isNull();
        first.takeWritten().forEach(each -> apply(first, each));
        first.step(new SharingStep.Join(2, 7), 0);
        assertThat(Objects.requireNonNull(taken.getLast()).records().get("t")).hasSize(1);
    }

    @Test
    void keepsItsRecordsWhenTheCoreBeginsWithNothing() {
        Tables tables = follower();
        tables.step(new SharingStep.Mark(1, 0), 0);
        tables.step(new SharingStep.Ask(7), 0);
        tables.step(new SharingStep.Join(2, 7), 0);
        tables.step(new SharingStep.Rows(7, "t", List.of(new SharingStep.Row(List.of("k"), Map.of(), 3, 4, 5))), 0);
        tables.step(new SharingStep.End(7, 1, 0), 0);
        assertThat(tables.needsJoin()).isFalse();
        assertThat(Objects.requireNonNull(tables.record("t", List.of("k"))).updates())
                .isEqualTo(3);
        tables.step(new SharingStep.Mark(50, 0), 0);
        assertThat(tables.needsJoin()).as("the core lost its folder").isFalse();
        tables.step(new SharingStep.Mark(52, 51), 0);
        assertThat(tables.needsJoin()).as("a start was missed").isTrue();
        assertThat(tables.contains("t", List.of("k"))).isTrue();
    }

    @Test
    void takesStateOfEarlierVersionsAsFollowing() {
        Tables before = follower();
        before.set("t", List.of("k"), Map.of(), 10);
        StateWriter out = new StateWriter();
        before.write(out);
        StateWriter joining = new StateWriter();
        new Joining(Map.of()).write(joining);
        Tables tables = follower();
        tables.read(SavedPieces.of(new StateReader(out.toBytes(), 0, out.length() - joining.length())));
        assertThat(tables.needsJoin()).isFalse();
        assertThat(follower().needsJoin()).isTrue();
    }
}
