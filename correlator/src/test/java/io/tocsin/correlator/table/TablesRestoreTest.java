package io.tocsin.correlator.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What comes back from pieces is, byte for byte, what was there, and a piece holds what has changed.
class TablesRestoreTest {
    private static final int ROUNDS = Math.min(120, 5 * Integer.getInteger("rounds", 120));

    private static final String SMALL = """
        kind: active-list
        name: small
        spec: { ttl: 10s, maximumRecords: 25 }
        ---
        kind: context-table
        name: users
        spec: { ttl: 0s, fields: [ { name: user, key: true }, { name: hits, type: integer } ] }
        ---
        kind: active-list
        name: together
        spec: { ttl: 20s, scope: shared, maximumRecords: 1000 }
        """;

    private static final String LARGE = """
        kind: active-list
        name: large
        spec: { ttl: 0s, maximumRecords: 100000 }
        """;

    private static Tables tables(String definitions) {
        LoadedRules loaded = RuleLoader.read("tables", definitions, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        Tables tables = new Tables(loaded.ruleSet().tables(), List.of());
        tables.share(7);
        return tables;
    }

    private record Saved(List<byte[]> pieces) implements SavedPieces {
        @Override
        public int count() {
            return pieces.size();
        }

        @Override
        public StateReader piece(int number) {
            return new StateReader(pieces.get(number));
        }
    }

    private static byte[] whole(Tables tables) {
        StateWriter out = new StateWriter();
        tables.write(out);
        return out.toBytes();
    }

    private static byte[] changes(Tables tables) {
        StateWriter out = new StateWriter();
        tables.writeChanges(out);
        return out.toBytes();
    }

    private static void change(Tables tables, Random random, long now, List<Tables.Written> open) {
        String name = List.of("small", "users", "together").get(random.nextInt(3));
        List<String> key = List.of("k" + random.nextInt(40));
        switch (random.nextInt(12)) {
            case 0, 1 -> tables.delete(name, key, now);
            case 2 -> tables.sum(name, key, Map.of("hits", List.of("1")), now);
            case 3 -> {
                for (Tables.Expired gone = tables.expire(now); gone != null; gone = tables.expire(now)) {
                    assertThat(gone.record().expiresMillis()).isLessThanOrEqualTo(now);
                }
            }
            case 4 -> {
                if (random.nextInt(15) == 0 && !name.equals("together")) {
                    tables.clear(name);
                }
            }
            case 5, 6 -> {
                // What a rule wrote comes back in the order of the installation.
                if (!open.isEmpty()) {
                    Tables.Written back = open.removeFirst();
                    tables.apply(back.change(), back.idHigh(), back.idLow(), now, now);
                }
            }
            case 7 -> tables.set("users", key, Map.of("hits", List.of("no number")), now);
            default -> tables.set(name, key, Map.of("hits", List.of("" + random.nextInt(9))), now);
        }
        open.addAll(tables.takeWritten());
    }

    @Test
    void makesTheSameOfPiecesAsWasThere() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("TablesRestoreTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        int most = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Tables live = tables(SMALL);
            List<byte[]> pieces = new ArrayList<>();
            List<Tables.Written> open = new ArrayList<>();
            long now = 1_000_000;
            for (int step = 0; step < 300; step++) {
                now += random.nextInt(900);
                change(live, random, now, open);
                if (random.nextInt(12) > 0) {
                    continue;
                }
                if (live.knowsChanges() && random.nextInt(8) > 0) {
                    pieces.add(changes(live));
                } else {
                    pieces.clear();
                    pieces.add(whole(live));
                }
                live.saved();
                assertThat(live.isUnchanged()).isTrue();
                most = Math.max(most, pieces.size());
                Tables restored = tables(SMALL);
                restored.read(new Saved(pieces));
                assertThat(restored.knowsChanges()).isFalse();
                restored.saved();
                assertThat(whole(restored))
                        .as("seed %d round %d step %d", seed, round, step)
                        .isEqualTo(whole(live));
                assertThat(restored.bytes()).isEqualTo(live.bytes());
                assertThat(restored.dueMillis()).isEqualTo(live.dueMillis());
                assertThat(restored.openWrites()).isEqualTo(live.openWrites());
                if (random.nextBoolean()) {
                    live = restored;
                }
            }
        }
        assertThat(most).isGreaterThan(8);
    }

    @Test
    void writesWhatHasChangedHoweverManyRecordsThereAre() {
        Tables tables = tables(SMALL + "---\n" + LARGE);
        for (int i = 0; i < 50_000; i++) {
            tables.set("large", List.of("key-" + i), Map.of("by", List.of("feed")), i);
        }
        byte[] whole = whole(tables);
        tables.saved();
        tables.set("large", List.of("key-7"), Map.of("by", List.of("anna")), 60_000);
        tables.delete("large", List.of("key-8"), 60_000);
        byte[] few = changes(tables);
        assertThat(whole.length).isGreaterThan(1_000_000);
        assertThat(few.length).isLessThan(200);
        tables.saved();
        assertThat(tables.isUnchanged()).isTrue();
        // A small list that is written again and again does not make the large one be written.
        for (int i = 0; i < 3_000; i++) {
            tables.set("small", List.of("key-" + i), Map.of("by", List.of("rule")), 60_000);
        }
        assertThat(changes(tables).length).isLessThan(10_000);
        tables.saved();
        // What follows changes is bounded: of so many the list itself is written.
        for (int i = 0; i < 10_000; i++) {
            tables.set("large", List.of("key-" + i), Map.of("by", List.of("again")), 61_000);
        }
        assertThat(changes(tables).length).isGreaterThan(1_000_000);
    }

    @Test
    void doesNotBringBackRecordsOfATableThatWasGone() {
        Tables before = tables(SMALL + "---\n" + LARGE);
        before.set("large", List.of("a"), Map.of(), 1_000);
        List<byte[]> pieces = new ArrayList<>(List.of(whole(before)));
        Tables without = tables(SMALL);
        without.read(new Saved(pieces));
        without.saved();
        assertThat(without.knowsChanges()).isFalse();
        assertThat(without.isUnchanged()).isFalse();
        pieces.clear();
        pieces.add(whole(without));
        without.saved();
        assertThat(without.knowsChanges()).isTrue();
        without.set("users", List.of("eve"), Map.of(), 2_000);
        pieces.add(changes(without));
        Tables again = tables(SMALL + "---\n" + LARGE);
        again.read(new Saved(pieces));
        assertThat(again.records("large")).isEmpty();
        assertThat(again.records("users")).hasSize(1);
    }
}
