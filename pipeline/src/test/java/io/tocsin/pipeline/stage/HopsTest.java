package io.tocsin.pipeline.stage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.BatchEncoder;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventJson;
import io.tocsin.event.Field;
import org.junit.jupiter.api.Test;

/// P6: the list of the nodes that an event passed.
class HopsTest {
    private final EventBatch batch = new EventBatch();

    private EventBuilder begin() {
        byte[] raw = "text".getBytes(UTF_8);
        EventBuilder builder = batch.builder();
        builder.begin(EntryOrigin.local("edge", "tcp", ""), 1, 2, 3, 4, raw, 0, raw.length);
        return builder;
    }

    @Test
    void addsEachNodeBehindTheOthersAndEndsAtEight() {
        EventBuilder builder = begin();
        for (int i = 1; i <= 10; i++) {
            Hops.add(builder, "node" + i, i * 1_000_000L, i * 1_000_000L + 999_999L);
        }
        builder.commit();
        String json = new EventJson().toText(new Event().moveTo(batch, 0));
        assertThat(json).contains("\"Hops\":[\"node1 1 1\",\"node2 2 2\"").contains("\"node8 8 8\"]");
        assertThat(json).contains("\"ServiceName\":\"edge\"");
    }

    @Test
    void costsNothingWhereEventsEnter() {
        EventBuilder builder = begin();
        builder.commit();
        assertThat(new Event().moveTo(batch, 0).text(Field.HOPS)).isNull();
        assertThat(new BatchEncoder().encode(batch, "edge", false)).isLessThan(140);
    }
}
