package io.tocsin.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CompiledConditionTest {
    private static final EntryOrigin ORIGIN = new EntryOrigin("", "collector", "", "10.0.0.9", 1, "", -1, "");

    private final EventBatch batch = new EventBatch();

    private Event sample() {
        EventBuilder builder = batch.builder();
        byte[] raw = "<13>raw Text of the event".getBytes(StandardCharsets.UTF_8);
        builder.begin(ORIGIN, 0x0192_0000_0000_7000L, 0x8000_0000_0000_0001L, 5_000_000L, 1, raw, 0, raw.length);
        builder.setFlag(EventBatch.FLAG_KEEP_RAW);
        builder.setText(Field.DEVICE_VENDOR, "Microsoft");
        builder.setText(Field.DEVICE_EVENT_CLASS_ID, "4688");
        builder.setText(Field.SOURCE_ADDRESS, "10.1.2.3");
        builder.setText(Field.DESTINATION_ADDRESS, "::ffff:10.1.2.3");
        builder.setText(Field.SOURCE_PROCESS_NAME, "C:\\Windows\\System32\\CMD.exe");
        builder.setText(Field.SOURCE_USER_NAME, "Straße");
        builder.setText(Field.FILE_PATH, "");
        builder.setText(Field.SEVERITY, "9");
        builder.setInteger(Field.SOURCE_PORT, 443);
        builder.setInteger(Field.DESTINATION_PORT, 443);
        builder.setInteger(Field.START_TIME, 1_700_000_000_000L);
        builder.setFloat(Field.SOURCE_LATITUDE, 52.5);
        builder.addText(Field.AFFECTED_ASSETS, "server one");
        builder.addText(Field.AFFECTED_ASSETS, "server two");
        dynamicText(builder, DynamicKind.EXTRA, "a b", "odd");
        dynamicText(builder, DynamicKind.EXTRA, "details.code", "0x5");
        builder.commit();
        return new Event().moveTo(batch, batch.count() - 1);
    }

    private static void dynamicText(EventBuilder builder, DynamicKind kind, String key, String value) {
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        int keyAt = builder.append(keyBytes, 0, keyBytes.length);
        int at = builder.append(bytes, 0, bytes.length);
        builder.addDynamicSpan(kind, keyAt, keyBytes.length, at, bytes.length);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '^',
            value = {
                "DeviceVendor = 'Microsoft'~true",
                "DeviceVendor = 'microsoft'~false",
                "DeviceVendor = ignoreCase 'MICROSOFT'~true",
                "DeviceVendor != 'Cisco'~true",
                "DeviceEventClassID = [1, 4688]~true",
                "DeviceEventClassID = '04688'~false",
                "DeviceEventClassID > 999~true",
                "DeviceEventClassID > '999'~true",
                "DeviceVendor > 999~false",
                "DeviceVendor > 'Mi'~true",
                "SourcePort = 443~true",
                "SourcePort = 443.0~true",
                "SourcePort = [22, 80]~false",
                "SourcePort >= 443 AND SourcePort < 443.5~true",
                "SourcePort startsWith '44'~true",
                "SourcePort match '4+3'~true",
                "SourcePort = DestinationPort~true",
                "SourcePort < Severity~false",
                "Severity < SourcePort~true",
                "SourceAddress inSubnet '10.0.0.0/8'~true",
                "DestinationAddress inSubnet ['192.168.0.0/16', '10.1.0.0/16']~true",
                "SourceAddress = DestinationAddress~false",
                "DeviceVendor inSubnet '0.0.0.0/0'~false",
                "SourceProcessName endsWith ignoreCase '\\\\cmd.EXE'~true",
                "SourceProcessName contains `System32`~true",
                "SourceProcessName contains ignoreCase ['x32', 'SYSTEM32']~true",
                "SourceProcessName match 'C:.*'~true",
                "SourceProcessName match 'Windows'~false",
                "SourceProcessName search 'Windows'~true",
                "SourceProcessName search ignoreCase 'WINDOWS'~true",
                "SourceUserName = ignoreCase 'STRAßE'~true",
                "SourceUserName startsWith ignoreCase 'sTRAẞ'~true",
                "FilePath = ''~true",
                "FilePath is empty~true",
                "FilePath exists~false",
                "FilePath = 'x'~false",
                "FilePath != 'x'~true",
                "FilePath = ['', 'x']~true",
                "NOT FilePath startsWith 'x'~true",
                "FilePath = Message~false",
                "DeviceVendor = ['', 'x']~false",
                "Message is not empty~false",
                "StartTime = '2023-11-14T22:13:20Z'~true",
                "StartTime > '2023-11-14'~true",
                "StartTime < 1700000000001~true",
                "SourceLatitude = 52.50~true",
                "SourceLatitude > 52~true",
                "SourceLatitude contains '.5'~true",
                "AffectedAssets = 'server two'~true",
                "AffectedAssets endsWith 'three'~false",
                "Extra.'a b' = 'odd'~true",
                "Extra.details.code exists~true",
                "Extra.details exists~false",
                "SourcePort hasBit 0~true",
                "SourcePort hasBit [2, 10]~false",
                "DeviceEventClassID hasBit 12~true",
                "ID startsWith '01920000'~true",
                "Timestamp = 5~true",
                "anyField contains 'Text of'~true",
                "anyField contains 'server one'~false",
                "anyField contains ignoreCase 'SYSTEM32'~true",
                "anyField contains 'collector'~false",
                "ServiceName = 'collector'~true",
                "always~true",
                "never~false",
                "NOT never AND (always OR never)~true",
            })
    void answers(String condition, boolean expected) {
        assertThat(Condition.parse(condition).compile().test(sample()))
                .as(condition)
                .isEqualTo(expected);
    }

    @Test
    void agreesWithTheNaiveMeaning() {
        long seed = 20_261_122L;
        RandomConditions random = new RandomConditions(seed);
        int held = 0;
        int asked = 0;
        for (int round = 0; round < 300; round++) {
            batch.clear();
            List<Map<String, List<Object>>> events = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                events.add(random.event(batch));
            }
            for (int i = 0; i < 30; i++) {
                Condition condition = random.condition(2);
                CompiledCondition compiled = condition.compile();
                Event cursor = new Event();
                for (int index = 0; index < events.size(); index++) {
                    boolean answer = compiled.test(cursor.moveTo(batch, index));
                    boolean expected = new NaiveCondition(events.get(index)).holds(condition);
                    if (answer != expected) {
                        fail("seed %d round %d: %s on %s", seed, round, condition.text(), events.get(index));
                    }
                    held += answer ? 1 : 0;
                    asked++;
                }
            }
        }
        // A comparison is worth little when everything is false.
        assertThat(held).isBetween(asked / 5, asked * 4 / 5);
    }

    @Test
    void neverFailsOnBytesThatAreNoText() {
        long seed = 99;
        Random bytes = new Random(seed);
        RandomConditions random = new RandomConditions(seed);
        for (int round = 0; round < 2_000; round++) {
            batch.clear();
            EventBuilder builder = batch.builder();
            byte[] raw = new byte[bytes.nextInt(40)];
            bytes.nextBytes(raw);
            builder.begin(ORIGIN, 1, 2, 3, 4, raw, 0, raw.length);
            builder.setFlag(EventBatch.FLAG_KEEP_RAW);
            for (Field field : List.of(Field.DEVICE_VENDOR, Field.MESSAGE, Field.SOURCE_ADDRESS, Field.NAME)) {
                builder.setText(field, raw, 0, raw.length);
            }
            builder.commit();
            Condition condition = random.condition(3);
            condition.compile().test(RandomConditions.at(batch, 0));
        }
    }

    @Test
    void allocatesNothing() {
        Event event = sample();
        CompiledCondition compiled = Condition.parse("""
                        DeviceVendor = 'Microsoft' AND DeviceEventClassID = [1, 2, 3, 4, 5, 4688]
                        AND SourceProcessName endsWith ignoreCase 'cmd.exe' AND SourceProcessName contains 'Win'
                        AND SourceUserName = ignoreCase ['STRAßE'] AND SourceAddress inSubnet ['10.0.0.0/8', 'fe80::/10']
                        AND SourcePort = [22, 443] AND SourcePort startsWith 4 AND Severity > 5 AND SourcePort hasBit 0
                        AND Extra.'a b' = 'odd' AND AffectedAssets contains 'two' AND SourcePort = DestinationPort
                        AND SourceAddress != DestinationAddress AND anyField contains 'raw' AND FilePath is empty
                        AND DeviceEventClassID > 1.5 AND ID startsWith '01' AND StartTime > '2020-01-01'
                        """).compile();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int held = 0;
        for (int i = 0; i < 20_000; i++) {
            held += compiled.test(event) ? 1 : 0;
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            held += compiled.test(event) ? 1 : 0;
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(held).isEqualTo(120_000);
        // Less than one byte for each event: what the measurement itself and the compiler leave behind.
        assertThat(allocated).isLessThan(100_000);
    }

    @Test
    void asksWhatIsCheapFirst() {
        assertThat(Condition.parse("SourcePort = 1").compile().cost())
                .isLessThan(Condition.parse("Name = 'a'").compile().cost());
        assertThat(Condition.parse("Name = 'a'").compile().cost())
                .isLessThan(Condition.parse("Name contains 'a'").compile().cost());
        assertThat(Condition.parse("Name contains 'a'").compile().cost())
                .isLessThan(Condition.parse("Name match 'a.*'").compile().cost());
        assertThat(Condition.parse("Name contains 'a'").compile().cost())
                .isLessThan(Condition.parse("anyField contains 'a'").compile().cost());
    }

    @Test
    void refusesATreeWhoseValuesDoNotFit() {
        Condition condition = Condition.test(FieldReference.of(Field.SOURCE_PORT), Operator.EQUAL, "ssh");

        assertThatThrownBy(condition::compile)
                .isInstanceOf(InvalidConditionException.class)
                .hasMessage("field is a number, the value is not [field=SourcePort, value=ssh] in SourcePort = 'ssh'");
    }
}
