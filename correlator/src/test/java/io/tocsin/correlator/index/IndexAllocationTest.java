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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
        List<Filter> channels = new ArrayList<>();
        List<Filter> numbers = new ArrayList<>();
        for (int i = 0; i < 66; i++) {
            channels.add(new Filter.Test(field("Channel"), new Match.Same("channel " + i, true)));
            numbers.add(new Filter.Test(field("EventID"), new Match.Same(Integer.toString(i), true)));
        }
        RoutedIndex index = new RoutedIndex(new FieldTable());
        for (int i = 0; i < 64; i++) {
            Filter text = new Filter.Test(field("Text"), new Match.Contains("text " + i + "!", true));
            index.add(i < 3 ? Filter.all(List.of(Filter.any(channels), Filter.any(numbers), text)) : text);
        }
        index.build();
        RoutedEvaluation evaluation = index.newEvaluation();
        // So many routes, and such as collide, that the table in which they are known grows and is searched.
        Random random = new Random(9);
        EventBatch[] events = new EventBatch[1_000];
        for (int i = 0; i < events.length; i++) {
            String channel = "channel " + random.nextInt(66);
            String number = Integer.toString(random.nextInt(66));
            events[i] = TestEvents.of("Channel", channel, "EventID", number, "Text", "a text 2!");
            evaluation.moveTo(events[i], 0);
            assertThat(TestEvents.matches(evaluation)).containsExactly(2);
        }
        int[] found = new int[1];
        long allocated = allocated(() -> {
            for (EventBatch event : events) {
                evaluation.moveTo(event, 0);
                found[0] += evaluation.nextMatch(0);
            }
        });
        assertThat(found[0]).isEqualTo(ROUNDS * events.length * 2);
        // One object for each event would be 16,000 bytes and more, for each that collides several thousand.
        assertThat(allocated).isLessThan(1_024);
        assertThat(evaluation.view().event().batch()).isSameAs(events[999]);
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
