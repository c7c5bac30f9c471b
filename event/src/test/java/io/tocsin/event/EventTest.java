package io.tocsin.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class EventTest {
    private static final byte[] RAW = "10.0.0.1 says \"hi\" \u2603".getBytes(StandardCharsets.UTF_8);

    private final EventBatch batch = new EventBatch(8, 64);
    private final EventBuilder builder = batch.builder();
    private final EventJson json = new EventJson();

    private void begin() {
        builder.begin(
                new EntryOrigin("", "syslog", "tcp", "192.0.2.7", 514, "127.0.0.1", 5140, ""),
                0x0199_0000_0000_7000L,
                0x8000_0000_0000_0001L,
                1_795_000_000_123_456_789L,
                42,
                RAW,
                0,
                RAW.length);
    }

    @Test
    void showsFilledFieldsAsJsonInSchemaOrder() {
        begin();
        builder.setSpan(Field.SOURCE_ADDRESS, builder.rawOffset(), 8);
        builder.setInteger(Field.SOURCE_PORT, 22);
        builder.setFloat(Field.SOURCE_LATITUDE, 1.5);
        builder.addText(Field.BASE_EVENT_IDS, "a");
        builder.addText(Field.BASE_EVENT_IDS, "b");
        int key = builder.append("k".getBytes(StandardCharsets.UTF_8), 0, 1);
        builder.addDynamicSpan(DynamicKind.EXTRA, key, 1, builder.rawOffset() + 14, 4);
        builder.addDynamicBits(DynamicKind.NA, key, 1, 1);
        builder.addDynamicBits(DynamicKind.NA, key, 1, 2);
        builder.setFlag(EventBatch.FLAG_KEEP_RAW);
        builder.commit();

        assertThat(json.toText(new Event().moveTo(batch, 0)))
                .isEqualTo("{\"ID\":\"01990000-0000-7000-8000-000000000001\",\"Timestamp\":1795000000123,"
                        + "\"ServiceName\":\"syslog\",\"ConnectorName\":\"tcp\",\"EntryAddress\":\"192.0.2.7\",\"EntryPort\":514,"
                        + "\"ListenAddress\":\"127.0.0.1\",\"ListenPort\":5140,\"EntrySequence\":42,"
                        + "\"Raw\":\"10.0.0.1 says \\\"hi\\\" \u2603\",\"BaseEventIDs\":[\"a\",\"b\"],"
                        + "\"SourceAddress\":\"10.0.0.1\",\"SourceLatitude\":1.5,\"SourcePort\":22,"
                        + "\"Extra\":{\"k\":\"\\\"hi\\\"\"},\"NA\":{\"k\":[1,2]}}");
    }

    @Test
    void keepsPlaceAndFieldsOfAnEventThatIsOpenedAgain() {
        begin();
        builder.setInteger(Field.SOURCE_PORT, 22);
        builder.setText(Field.SOURCE_USER_NAME, "anna");
        builder.commit();
        begin();
        builder.setInteger(Field.SOURCE_PORT, 23);
        builder.commit();

        builder.reopen(0);
        builder.setText(Field.SOURCE_HOST_NAME, "gate");
        builder.remove(Field.SOURCE_USER_NAME);
        Event open = new Event().moveTo(batch, builder.index());
        assertThat(open.text(Field.SOURCE_HOST_NAME)).isEqualTo("gate");
        builder.commit();
        begin();
        builder.setInteger(Field.SOURCE_PORT, 24);
        builder.commit();

        assertThat(batch.count()).isEqualTo(3);
        Event first = new Event().moveTo(batch, 0);
        assertThat(first.text(Field.SOURCE_PORT)).isEqualTo("22");
        assertThat(first.text(Field.SOURCE_HOST_NAME)).isEqualTo("gate");
        assertThat(first.has(Field.SOURCE_USER_NAME)).isFalse();
        assertThat(new Event().moveTo(batch, 1).text(Field.SOURCE_PORT)).isEqualTo("23");
        assertThat(new Event().moveTo(batch, 2).text(Field.SOURCE_PORT)).isEqualTo("24");
        assertThat(new Event().moveTo(batch, 2).has(Field.SOURCE_HOST_NAME)).isFalse();
    }

    @Test
    void removesOneDynamicFieldAndLeavesTheOthers() {
        begin();
        byte[] key = "k".getBytes(StandardCharsets.UTF_8);
        int keyOffset = builder.append(key, 0, 1);
        builder.addDynamicSpan(DynamicKind.EXTRA, keyOffset, 1, builder.rawOffset(), 2);
        builder.setInteger(Field.SOURCE_PORT, 22);
        builder.addDynamicSpan(DynamicKind.EXTRA, builder.rawOffset(), 1, builder.rawOffset(), 2);
        builder.addDynamicSpan(DynamicKind.S, keyOffset, 1, builder.rawOffset(), 2);
        builder.removeDynamic(DynamicKind.EXTRA, key);
        builder.setInteger(Field.SOURCE_PORT, 23);
        builder.commit();
        Event event = new Event().moveTo(batch, 0);
        assertThat(event.dynamicSlot(DynamicKind.EXTRA, key)).isNegative();
        assertThat(event.dynamicSlot(DynamicKind.EXTRA, new byte[] {'1'})).isNotNegative();
        assertThat(event.dynamicSlot(DynamicKind.S, key)).isNotNegative();
        assertThat(event.text(Field.SOURCE_PORT)).isEqualTo("23");
    }

    @Test
    void replacesInvalidUtf8InJson() {
        byte[] raw = {'a', (byte) 0xC3, (byte) 0x28, (byte) 0xED, (byte) 0xA0, (byte) 0x80, 1, '\t'};
        builder.begin(EntryOrigin.local("s", "file", ""), 1, 2, 3, 4, raw, 0, raw.length);
        builder.setSpan(Field.MESSAGE, builder.rawOffset(), raw.length);
        builder.commit();
        assertThat(json.toText(new Event().moveTo(batch, 0)))
                .contains("\"Message\":\"a\uFFFD(\uFFFD\uFFFD\uFFFD\\u0001\\t\"");
    }

    @Test
    void discardsAnEventWithoutATrace() {
        begin();
        builder.setText(Field.MESSAGE, "kept");
        builder.commit();
        begin();
        builder.setText(Field.NAME, "dropped");
        int arena = batch.arenaLength();
        builder.discard();
        assertThat(batch.arenaLength()).isLessThan(arena);
        begin();
        builder.setText(Field.MESSAGE, "second");
        assertThat(builder.has(Field.NAME)).isFalse();
        builder.commit();

        Event event = new Event();
        assertThat(batch.count()).isEqualTo(2);
        assertThat(event.moveTo(batch, 0).text(Field.MESSAGE)).isEqualTo("kept");
        assertThat(event.moveTo(batch, 1).text(Field.MESSAGE)).isEqualTo("second");
        assertThat(event.has(Field.NAME)).isFalse();
    }

    @Test
    void replacesAndRemovesFieldsOfTheOpenEvent() {
        begin();
        builder.setInteger(Field.SOURCE_PORT, 1);
        builder.setText(Field.NAME, "a");
        builder.setInteger(Field.SOURCE_PORT, 2);
        builder.remove(Field.NAME);
        builder.setText(Field.MESSAGE, "m");
        builder.commit();
        Event event = new Event().moveTo(batch, 0);
        assertThat(event.integer(Field.SOURCE_PORT, -1)).isEqualTo(2);
        assertThat(event.has(Field.NAME)).isFalse();
        assertThat(event.text(Field.MESSAGE)).isEqualTo("m");
        assertThat(event.integer(Field.DESTINATION_PORT, -1)).isEqualTo(-1);
    }

    @Test
    void cursorForgetsTheFieldsOfABatchThatWasReused() {
        Event event = new Event();
        begin();
        builder.setText(Field.NAME, "old");
        builder.commit();
        event.moveTo(batch, 0);
        batch.clear();
        begin();
        builder.commit();
        event.moveTo(batch, 0);
        assertThat(event.has(Field.NAME)).isFalse();
        assertThat(event.text(Field.ENTRY_ADDRESS)).isEqualTo("192.0.2.7");
    }

    @Test
    void writesCefWithEscapesAndOnlyFilledFields() {
        begin();
        builder.setText(Field.DEVICE_VENDOR, "A|B");
        builder.setText(Field.NAME, "n\\m");
        builder.setText(Field.MESSAGE, "x=1\ny");
        builder.setInteger(Field.SOURCE_PORT, 22);
        builder.commit();
        assertThat(EventCef.toText(new Event().moveTo(batch, 0)))
                .isEqualTo("CEF:0|A\\|B||||n\\\\m||spt=22 msg=x\\=1\\ny");
    }
}
