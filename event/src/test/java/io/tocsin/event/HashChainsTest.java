package io.tocsin.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/// Telling a sender apart from many others costs a few looks, however many there are.
final class HashChainsTest {
    private static final int MANY = 20_000;

    private static EntryOrigin sender(String address, int port, String path) {
        return new EntryOrigin("", "edge", "tcp", address, port, "10.0.0.1", 5140, path);
    }

    /// Looks that it takes to find each of many senders, and those for one that is not there, on average.
    private static double looks(IntFunction<EntryOrigin> senders) {
        HashChains chains = new HashChains();
        List<EntryOrigin> known = new ArrayList<>();
        long looks = 0;
        for (int i = 0; i < MANY; i++) {
            EntryOrigin sender = senders.apply(i);
            int hash = EventBatch.hash(sender);
            for (int at = chains.first(hash); at >= 0; at = chains.next(at)) {
                assertThat(known.get(at)).isNotEqualTo(sender);
                looks++;
            }
            chains.add(hash);
            known.add(sender);
        }
        for (EntryOrigin sender : known) {
            int at = chains.first(EventBatch.hash(sender));
            looks++;
            while (!known.get(at).equals(sender)) {
                at = chains.next(at);
                looks++;
            }
        }
        return (double) looks / MANY;
    }

    @Test
    void findsEachOfManyConnectionsOfOneHostInAFewLooks() {
        assertThat(looks(i -> sender("10.1.2.3", 30_000 + i, ""))).isLessThan(4);
    }

    @Test
    void findsEachOfManyHostsInAFewLooks() {
        assertThat(looks(i -> sender("10." + i % 4 + "." + i / 4 % 100 + "." + i / 400, 514, "")))
                .isLessThan(4);
    }

    @Test
    void findsEachOfManyFilesInAFewLooks() {
        assertThat(looks(i -> sender("", -1, "/var/log/app/" + i + ".log"))).isLessThan(4);
    }

    @Test
    void forgetsTheNewestNumbersAndKeepsTheOthers() {
        HashChains chains = new HashChains();
        for (int i = 0; i < 1000; i++) {
            chains.add(i % 100);
        }
        chains.cutTo(150);
        for (int hash = 0; hash < 100; hash++) {
            List<Integer> found = new ArrayList<>();
            for (int at = chains.first(hash); at >= 0; at = chains.next(at)) {
                found.add(at);
            }
            int same = hash;
            assertThat(found.stream().filter(at -> at % 100 == same).toList())
                    .isEqualTo(hash < 50 ? List.of(100 + hash, hash) : List.of(hash));
            assertThat(found).allMatch(at -> at < 150);
        }
        chains.clear();
        assertThat(chains.first(7)).isNegative();
    }

    @Test
    void holdsASenderOnceHoweverItsEventsAreMixedWithThoseOfOthers() {
        EventBatch batch = new EventBatch();
        byte[] raw = {'x'};
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 500; i++) {
                // Each time another object, as after a decoder.
                batch.builder().begin(sender("10.1.2.3", i, ""), 1, i, 0, 1, raw, 0, 1);
                assertThat(batch.builder().originNumber()).isEqualTo(i);
                batch.builder().commit();
            }
        }
        for (int i = 0; i < batch.count(); i++) {
            assertThat(batch.origin(i).peerPort()).isEqualTo(i % 500);
        }
        batch.clear();
        batch.builder().begin(sender("10.1.2.3", 499, ""), 1, 1, 0, 1, raw, 0, 1);
        assertThat(batch.builder().originNumber()).isZero();
    }

    @Test
    void countsEachOfManySourcesOnItsOwn() {
        BatchLedger ledger = new BatchLedger();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 5000; i++) {
                EntryOrigin origin = sender("10.1." + i / 250 + "." + i % 250, 514, "");
                ledger.add(60_000_000_000L, origin, BatchLedger.Counter.RECEIVED, "", 2);
                ledger.add(60_000_000_000L, origin, BatchLedger.Counter.REJECTED, "queue full", 1);
            }
        }
        assertThat(ledger.entries()).hasSize(10_000);
        assertThat(ledger.entries())
                .allMatch(entry -> entry.value() == (entry.counter() == BatchLedger.Counter.RECEIVED ? 6 : 3));
    }
}
