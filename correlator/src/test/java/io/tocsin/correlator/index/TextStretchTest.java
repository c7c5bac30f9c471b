package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextStretchTest {
    private final EventBatch batch = new EventBatch();
    private final EventBuilder event = batch.builder();
    private final TextStretch stretch = new TextStretch();

    private int begin(String raw) {
        byte[] bytes = raw.getBytes(StandardCharsets.UTF_8);
        event.begin(EntryOrigin.local("test", "test", ""), 1, 1, 0, 0, bytes, 0, bytes.length);
        return event.index();
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int at = event.append(bytes, 0, bytes.length);
        event.addDynamicSpan(DynamicKind.EXTRA, at, 0, at, bytes.length);
    }

    private String found(int index) {
        assertThat(stretch.find(new Event().moveTo(batch, index))).isTrue();
        return new String(batch.arena(), stretch.start(), stretch.length(), StandardCharsets.UTF_8);
    }

    @Test
    void goesFromTheFirstToTheLastTextOfTheSource() {
        int first = begin("raw that is not kept");
        event.setText(Field.NORMALIZER_NAME, "of the service");
        text("one");
        event.setText(Field.SOURCE_USER_NAME, "two");
        event.setInteger(Field.DESTINATION_PORT, 1);
        text("three");
        event.setText(Field.PARSE_ERROR, "of the service");
        event.commit();
        int second = begin("kept");
        event.setFlag(EventBatch.FLAG_KEEP_RAW);
        text("four");
        event.commit();
        int third = begin("only");
        event.setFlag(EventBatch.FLAG_KEEP_RAW);
        event.commit();
        int fourth = begin("nothing");
        event.commit();
        assertThat(found(first)).isEqualTo("onetwothree");
        assertThat(found(second)).isEqualTo("keptfour");
        assertThat(found(third)).isEqualTo("only");
        assertThat(found(fourth)).isEmpty();
        // In whatever order the texts lie.
        int fifth = begin("");
        byte[] bytes = "abcdef".getBytes(StandardCharsets.UTF_8);
        int at = event.append(bytes, 0, bytes.length);
        event.addDynamicSpan(DynamicKind.SA, at, 0, at + 4, 1);
        event.addDynamicSpan(DynamicKind.S, at, 0, at + 1, 2);
        event.addDynamicBits(DynamicKind.N, at, 0, 1L << 40);
        event.commit();
        assertThat(found(fifth)).isEqualTo("bcde");
    }

    @Test
    void isOfNoUseWhenMostOfItIsNoText() {
        for (int between : new int[] {517, 518, 519}) {
            batch.clear();
            begin("");
            text("abc");
            event.append(new byte[between], 0, between);
            text("def");
            event.commit();
            // Six bytes of text may have as many between them, and 512 more.
            assertThat(stretch.find(new Event().moveTo(batch, 0))).isEqualTo(between <= 518);
        }
    }
}
