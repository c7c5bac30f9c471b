package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.function.Expression;
import io.tocsin.correlator.function.Variable;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FieldTableTest {
    /// An event with a text of this kind under each of the keys.
    private static Event event(DynamicKind kind, List<String> names) {
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        event.begin(EntryOrigin.local("test", "test", ""), 1, 1, 0, 0, new byte[0], 0, 0);
        for (String name : names) {
            byte[] key = name.getBytes(StandardCharsets.UTF_8);
            int keyAt = event.append(key, 0, key.length);
            event.addDynamicSpan(kind, keyAt, key.length, keyAt, 0);
        }
        event.commit();
        return new Event().moveTo(batch, 0);
    }

    private static List<Integer> numbers(FieldTable table, Event event) {
        List<Integer> numbers = new ArrayList<>();
        for (int slot = event.start(); slot < event.end(); slot++) {
            numbers.add(table.numberOfSlot(event, slot));
        }
        return numbers;
    }

    @Test
    void knowsNamesOfEveryLengthFromThoseThatDifferInOneLetter() {
        String letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        List<String> known = new ArrayList<>();
        List<String> others = new ArrayList<>();
        FieldTable table = new FieldTable();
        for (int length = 1; length <= 40; length++) {
            String name = letters.substring(0, length);
            known.add(name);
            table.numberOf(FieldReference.of(DynamicKind.EXTRA, name));
            for (int at = 0; at < length; at++) {
                others.add(name.substring(0, at) + "_" + name.substring(at + 1));
            }
        }
        table.build();
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < known.size(); i++) {
            expected.add(i);
        }
        assertThat(numbers(table, event(DynamicKind.EXTRA, known))).isEqualTo(expected);
        assertThat(numbers(table, event(DynamicKind.EXTRA, others))).containsOnly(-1);
        assertThat(numbers(table, event(DynamicKind.S, known))).containsOnly(-1);
    }

    @Test
    void tellsNamesApartThatDifferInOneLetter() {
        String name = "a name that is longer than twenty-four bytes";
        for (int length = 1; length <= name.length(); length++) {
            FieldTable table = new FieldTable();
            List<String> names = new ArrayList<>();
            for (int at = 0; at < length; at++) {
                names.add(name.substring(0, at) + "#" + name.substring(at + 1, length));
            }
            names.forEach(each -> table.numberOf(FieldReference.of(DynamicKind.EXTRA, each)));
            table.build();
            List<Integer> expected = new ArrayList<>();
            for (int i = 0; i < length; i++) {
                expected.add(i);
            }
            assertThat(numbers(table, event(DynamicKind.EXTRA, names))).isEqualTo(expected);
        }
    }

    @Test
    void findsEachOfThousandsOfNames() {
        FieldTable table = new FieldTable();
        List<String> names = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            names.add("name " + i);
            expected.add(i);
            table.numberOf(FieldReference.of(DynamicKind.EXTRA, "name " + i));
        }
        table.build();
        assertThat(numbers(table, event(DynamicKind.EXTRA, names))).isEqualTo(expected);
        assertThat(numbers(table, event(DynamicKind.EXTRA, List.of("name 5000", "name", ""))))
                .containsOnly(-1);
    }

    @Test
    void numbersAFieldOnce() {
        FieldTable table = new FieldTable();
        FieldReference port = FieldReference.of(Field.DESTINATION_PORT);
        FieldReference other = FieldReference.of(DynamicKind.EXTRA, "other");
        assertThat(table.known(port)).isEqualTo(-1);
        assertThat(table.numberOf(port)).isZero();
        assertThat(table.numberOf(other)).isEqualTo(1);
        assertThat(table.numberOf(port)).isZero();
        assertThat(table.known(other)).isEqualTo(1);
        assertThat(table.size()).isEqualTo(2);
        assertThat(table.field(0)).isEqualTo(port);
        table.build();
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        event.begin(EntryOrigin.local("test", "test", ""), 1, 1, 0, 0, new byte[0], 0, 0);
        event.setInteger(Field.DESTINATION_PORT, 3);
        event.setInteger(Field.SOURCE_PORT, 4);
        event.commit();
        assertThat(numbers(table, new Event().moveTo(batch, 0))).containsExactly(0, -1);
    }

    @Test
    void aVariableIsDefinedOnceAndItsFieldsAreKnownWithIt() {
        FieldTable table = new FieldTable();
        FieldReference variable = Variable.named("v");
        FieldReference first = FieldReference.of(DynamicKind.EXTRA, "first");
        FieldReference second = FieldReference.of(DynamicKind.EXTRA, "second");
        Expression expression = new Expression.FieldValue(first, false);
        table.define(variable, expression);
        assertThat(table.known(first)).isNotNegative();
        table.define(variable, new Expression.FieldValue(second, false));
        assertThat(table.computed()).containsExactly(Map.entry(table.known(variable), expression));
        assertThat(table.size()).isEqualTo(3);
    }
}
