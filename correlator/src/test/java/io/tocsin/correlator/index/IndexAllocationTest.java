package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.event.EventBatch;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is not to allocate anything for an event.
class IndexAllocationTest {
    private static final int ROUNDS = 10;

    /// How many bytes it allocates in the round in which it allocates least: the compiler comes round to it after some
    /// time.
    private static long allocated(Runnable action) {
        assertThat(ManagementFactory.getThreadMXBean()).isInstanceOf(ThreadMXBean.class);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assumeTrue(threads.isThreadAllocatedMemoryEnabled(), "this machine counts what threads allocate");
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            action.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    @Test
    void anEventOfAKnownRouteAllocatesNothing() {
        // So many routes that the table in which they are known grows.
        RoutedIndex index = new RoutedIndex(new FieldTable());
        EventBatch[] events = new EventBatch[500];
        for (int i = 0; i < events.length; i++) {
            index.add(Filter.all(List.of(
                    new Filter.Test(field("Channel"), new Match.Same("channel " + i, true)),
                    new Filter.Test(field("Text"), new Match.Contains("text " + i + "!", true)))));
            events[i] = TestEvents.of("Channel", "channel " + i, "Text", "a text " + i + "!");
        }
        index.build();
        RoutedEvaluation evaluation = index.newEvaluation();
        for (int i = 0; i < events.length; i++) {
            evaluation.moveTo(events[i], 0);
            assertThat(TestEvents.matches(evaluation)).containsExactly(i);
        }
        int[] found = new int[1];
        long allocated = allocated(() -> {
            for (EventBatch event : events) {
                evaluation.moveTo(event, 0);
                found[0] += evaluation.nextMatch(0);
            }
        });
        assertThat(found[0]).isEqualTo(ROUNDS * 499 * 500 / 2);
        // One object for each event would be 8,000 bytes and more.
        assertThat(allocated).isLessThan(1_024);
        assertThat(evaluation.view().event().batch()).isSameAs(events[499]);
    }

    @Test
    void makingLettersOfTwoBytesSmallAllocatesNothing() {
        FieldTable fields = new FieldTable();
        fields.numberOf(field("Text"));
        fields.build();
        EventView view = new EventView(fields);
        EventBatch event = TestEvents.of("Text", "more than eight bytes, ÄÖÜ Ж");
        long allocated = allocated(() -> {
            for (int i = 0; i < 1_000; i++) {
                view.moveTo(event, 0);
                view.fold(view.first(0));
            }
        });
        // One object for each event would be 16,000 bytes and more.
        assertThat(allocated).isLessThan(1_024);
        assertThat(new String(view.scratch(), view.foldedOffset(0), view.foldedLength(0), StandardCharsets.UTF_8))
                .isEqualTo("more than eight bytes, äöü ж");
    }
}
