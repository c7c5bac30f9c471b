package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.event.BatchLedger.Counter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Deliveries to services of the installation, directly and through a router.
class ServiceDestinationTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private NumberedEvents events;
    private ServiceReceiver first;
    private ServiceReceiver second;

    @BeforeEach
    void open() throws Exception {
        events = new NumberedEvents(folder.resolve("edge"));
        first = new ServiceReceiver(folder.resolve("first"));
        second = new ServiceReceiver(folder.resolve("second"));
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
        events.close();
    }

    private RunningDestination start(String type, String keys) {
        return events.start(
                "centre", "{ type: " + type + ", checkInterval: 300ms, urls: [\"" + first.url() + "\"" + keys + " }");
    }

    @Test
    void deliversEveryEventOnceAlsoOverARestart() throws Exception {
        events.append(10, 100);
        try (RunningDestination out = start("internal", "]")) {
            await().atMost(LONG).until(() -> out.figures().deliveredEvents() > 0);
        }
        events.append(10, 100);
        try (RunningDestination again = start("internal", "]")) {
            assertThat(again.drain(LONG)).isTrue();
            assertThat(first.events()).hasSize(2_000).doesNotHaveDuplicates();
        }
    }

    @Test
    void goesOnToTheNextReceiverWithinASecondAndBack() throws Exception {
        try (RunningDestination out = start("internal", ", \"" + second.url() + "\"], policy: prefer-first")) {
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            first.kill();
            long before = System.nanoTime();
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
            assertThat(second.events()).hasSize(500);
            first.restore();
            await().atMost(LONG).until(() -> out.figures().peers().getFirst().up());
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            // The first one saw a gap and the second one a later beginning.
            assertThat(first.events()).hasSize(1_000);
            List<String> all = new ArrayList<>(first.events());
            all.addAll(second.events());
            assertThat(new TreeSet<>(all)).hasSize(1_500);
        }
    }

    /// A storage keeps the ledger: what its filter keeps back counts as filtered.
    @Test
    void storageGetsTheLedgerOfWhatItDoesNotGet() throws Exception {
        events.append(4, 100);
        try (RunningDestination out = start("storage", "], filter: { keep: \"DeviceVendor = 'odd'\" }")) {
            assertThat(out.drain(LONG)).isTrue();
            assertThat(first.events()).hasSize(200).allMatch(event -> event.contains("\"odd\""));
            assertThat(first.counted(Counter.RECEIVED)).isEqualTo(400);
            assertThat(first.counted(Counter.FILTERED)).isEqualTo(200);
            assertThat(out.figures().filtered()).containsEntry("filter", 200L);
        }
    }

    /// P5: over two hops every event is the same to the bit, its entry metadata and its source
    /// text included.
    @Test
    void routerPassesEventsOnByFiltersAsTheyCame() throws Exception {
        events.append(4, 100);
        try (ServiceReceiver router = new ServiceReceiver(folder.resolve("router"));
                RunningDestination toRouter =
                        events.start("router", "{ type: router, urls: [\"" + router.url() + "\"] }");
                RunningDestination direct =
                        events.start("direct", "{ type: internal, urls: [\"" + second.url() + "\"] }")) {
            assertThat(toRouter.drain(LONG)).isTrue();
            assertThat(direct.drain(LONG)).isTrue();
            DestinationPlan plan = NumberedEvents.plan(
                    "odd",
                    "{ type: internal, urls: [\"" + first.url() + "\"], filter: { keep: \"DeviceVendor = 'odd'\" } }");
            try (RunningDestination out = plan.config()
                    .start(new DestinationContext(
                            "odd",
                            router.log,
                            "destination.odd",
                            new RecordRouting(_ -> true, true),
                            plan.filters(),
                            folder.resolve("dead"),
                            "secret"))) {
                assertThat(out.drain(LONG)).isTrue();
            }
            List<String> expected = second.events().stream()
                    .filter(event -> event.contains("\"odd\""))
                    .toList();
            assertThat(expected).hasSize(200);
            assertThat(first.events()).isEqualTo(expected);
        }
    }
}
