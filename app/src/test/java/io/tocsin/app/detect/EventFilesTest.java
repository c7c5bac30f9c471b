package io.tocsin.app.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    private void reads(String text, int events, String... reasons) throws IOException {
        int before = batch.count();
        refused.clear();
        read(InputFormat.raw_json, text);
        assertThat(batch.count() - before).as(text).isEqualTo(events);
        assertThat(refused).as(text).hasSize(reasons.length);
        for (int i = 0; i < reasons.length; i++) {
            assertThat(refused.get(i)).as(text).startsWith(reasons[i]);
        }
    }

    /// One torn line cost all that followed it.
    @Test
    void goesOnBehindWhatIsBroken() throws IOException {
        String good = "{\"a\":1}\n";
        reads(good + "{\"a\":\n" + good + good, 3, "2: not JSON: ");
        reads(good + "{\"a\":\"torn\n" + good, 2, "2: not JSON: ");
        reads("junk\n" + good + "more junk\n" + good, 2, "1: not JSON: ", "3: not JSON: ");
        reads("\0\0\0" + good, 1);
        reads("\uFEFF" + good, 1);
        reads(good + "{\"a\":1", 1, "2: not JSON: ");
        // Objects inside of a broken one are no events.
        reads("{\n  \"b\": [\n    {\"c\": 1},\n    }\n  ]\n}\n" + good, 1, "1: not JSON: ");
        assertThat(refused.getFirst()).endsWith("[line=4]");
        reads("[\n  {\"a\":1},\n  {\"a\":},\n  {\"a\":2},\n  {\"a\":3}\n]\n" + good, 4, "3: not JSON: ");
        reads("{\"a\":" + "[".repeat(100_000) + "\n" + good, 1, "1: not JSON: Document nesting depth");
        assertThat(lines.getLast()).isEqualTo(2);
        assertThat(refused.getFirst()).doesNotContain("StreamReadConstraints");
    }

    @Test
    void tellsOfNoMoreThanAHundredPlacesInAFile() throws IOException {
        read(InputFormat.raw_json, "{\n{\n".repeat(5_000));
        assertThat(refused).hasSize(101);
        assertThat(refused.getLast()).endsWith("it is only counted");
    }

    @Test
    void takesEventsThatPeopleWroteInOurWordsForOurs() throws IOException {
        read(InputFormat.auto, "{\"DeviceProduct\":\"sshd\",\"Name\":\"x\",\"Extra\":{\"k\":\"v\"}}");
        assertThat(new Event().moveTo(batch, 0).text(Field.NAME)).isEqualTo("x");
        assertThat(extra(0, "k")).isEqualTo("v");
        // Sigma's own names stand beside.
        read(InputFormat.auto, "{\"DeviceProduct\":\"sshd\",\"Name\":\"x\",\"Image\":\"y\"}");
        assertThat(extra(1, "Name")).isEqualTo("x");
    }

    @Test
    void readsFilesByWhatTheyHoldAndNamesThoseThatCannotBeRead(@TempDir Path folder) throws IOException {
        byte[] good = "{\"a\":1}\n".getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            for (int i = 0; i < 10_000; i++) {
                out.write(("{\"a\":" + i * 7919 + "}\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        EventFiles files = new EventFiles(InputFormat.raw_json, this);
        files.read(Files.write(folder.resolve("plain.json.gz"), good));
        assertThat(batch.count()).isEqualTo(1);
        files.read(Files.write(folder.resolve("packed.json"), packed.toByteArray()));
        assertThat(batch.count()).isEqualTo(10_001);
        assertThat(refused).isEmpty();
        files.read(Files.write(folder.resolve("torn.json.gz"), Arrays.copyOf(packed.toByteArray(), packed.size() / 2)));
        assertThat(batch.count()).isGreaterThan(10_001);
        files.read(folder.resolve("missing.json"));
        assertThat(refused).hasSize(2);
        assertThat(refused.getFirst()).matches("[1-9]\\d*: cannot be read any further: .*");
        assertThat(refused.getLast()).contains("missing.json", "there is no such file");
        assertThat(files.unreadableFiles()).isEqualTo(1);
    }
}
