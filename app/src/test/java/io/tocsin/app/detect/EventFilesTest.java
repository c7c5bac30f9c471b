package io.tocsin.app.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EventFilesTest implements EventFiles.Receiver {
    private final EventBatch batch = new EventBatch();
    private final List<Integer> lines = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();

    @Override
    public EventBatch begin(String file, int line, long timeMillis, byte[] raw) {
        lines.add(line);
        times.add(timeMillis);
        batch.builder().begin(EventFiles.origin(file), 0, lines.size(), 0, 0, raw, 0, raw.length);
        return batch;
    }

    @Override
    public void end() {
        batch.builder().commit();
    }

    @Override
    public void unreadable(String file, int line, String reason) {
        refused.add(line + ": " + reason);
    }

    private void read(InputFormat format, String text) throws IOException {
        new EventFiles(format, this).read("test", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private String extra(int index, String key) {
        Event event = new Event().moveTo(batch, index);
        int slot = event.dynamicSlot(DynamicKind.EXTRA, key.getBytes(StandardCharsets.UTF_8));
        return slot < 0 ? "" : event.text(event.slotValue(slot));
    }

    @Test
    void readsObjectsHoweverTheyStand() throws IOException {
        read(
                InputFormat.raw_json,
                "{\"a\":\"1\"}\n{\n  \"a\": 2,\n  \"b\": {\"c\": [\"x\", \"y\"]}\n}{\"a\":3}\n[{\"a\":4},{\"a\":5}]");
        assertThat(refused).isEmpty();
        assertThat(batch.count()).isEqualTo(5);
        assertThat(lines.subList(0, 2)).containsExactly(1, 2);
        assertThat(extra(1, "b.c")).isEqualTo("x\ny");
        assertThat(extra(4, "a")).isEqualTo("5");
    }

    @Test
    void takesWindowsEventsApartInBothForms() throws IOException {
        read(InputFormat.auto, """
                {"Event": {"System": {"EventID": {"#text": 1102}, "Channel": "Security", "Provider": {"#attributes": {"Name": "P"}},
                 "TimeCreated": {"#attributes": {"SystemTime": "2025-11-27T07:40:10.165324Z"}}}, "EventData": {"Threat Name": "x"}}}""");
        read(InputFormat.auto, """
                <?xml version="1.0"?><Events><Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="P"/>
                <EventID>1102</EventID><TimeCreated SystemTime="2025-11-27T07:40:10.165324Z"/><Channel>Security</Channel></System>
                <EventData><Data Name="Threat Name">x &amp; y</Data><Data>z</Data></EventData></Event></Events>""");
        assertThat(refused).isEmpty();
        for (int i = 0; i < 2; i++) {
            assertThat(extra(i, "EventID")).isEqualTo("1102");
            assertThat(extra(i, "Channel")).isEqualTo("Security");
            assertThat(extra(i, "Provider_Name")).isEqualTo("P");
            assertThat(times.get(i)).isEqualTo(1_764_229_210_165L);
        }
        assertThat(extra(0, "ThreatName")).isEqualTo("x");
        assertThat(extra(1, "ThreatName")).isEqualTo("x & y");
        assertThat(extra(1, "Data")).isEqualTo("z");
    }

    @Test
    void tellsWhatIsNoEventWithItsLineAndGoesOn() throws IOException {
        read(InputFormat.auto, "{\"a\":1}\n17\n{\"a\":2}\n{broken");
        assertThat(batch.count()).isEqualTo(2);
        assertThat(refused).hasSize(2);
        assertThat(refused.getFirst()).startsWith("2: ");
        read(
                InputFormat.auto,
                "<Event><System><EventID>1</System></Event><Event><System><EventID>7</EventID></System></Event>");
        assertThat(refused).hasSize(3);
        assertThat(extra(2, "EventID")).isEqualTo("7");
    }

    @Test
    void findsTheTimeInTheOrderOfTheKeys() {
        assertThat(EventTime.parse("1764229210165")).isEqualTo(1_764_229_210_165L);
        assertThat(EventTime.parse("1764229210")).isEqualTo(1_764_229_210_000L);
        assertThat(EventTime.parse("2025-11-27 07:40:10.132")).isEqualTo(1_764_229_210_132L);
        assertThat(EventTime.parse("2025-11-27T08:40:10.132+01:00")).isEqualTo(1_764_229_210_132L);
        assertThat(EventTime.parse("last Tuesday")).isEqualTo(-1);
        assertThat(EventTime.millis(java.util.Map.of("time", "1764229210", "UtcTime", "2025-11-27 07:40:11")))
                .isEqualTo(1_764_229_211_000L);
    }
}
