package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.function.Expression;
import io.tocsin.correlator.function.TableReader;
import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.rule.Folding;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventViewTest {
    private static final FieldReference TEXT = field("Text");

    private final FieldTable fields = new FieldTable();
    private final EventBatch batch = new EventBatch();
    private final EventBuilder event = batch.builder();

    private EventView view(FieldReference... known) {
        for (FieldReference each : known) {
            fields.numberOf(each);
        }
        FilterIndex index = new FilterIndex(fields);
        index.build();
        return index.newEvaluation().view();
    }

    private void begin(String raw) {
        byte[] bytes = raw.getBytes(StandardCharsets.UTF_8);
        event.begin(EntryOrigin.local("service", "connector", "path"), 7, 8, 1_234_567_890L, 5, bytes, 0, bytes.length);
    }

    private void add(DynamicKind kind, String name, long bits) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        event.addDynamicBits(kind, event.append(key, 0, key.length), key.length, bits);
    }

    private void add(String name, String text) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        byte[] value = text.getBytes(StandardCharsets.UTF_8);
        int keyAt = event.append(key, 0, key.length);
        event.addDynamicSpan(DynamicKind.EXTRA, keyAt, key.length, event.append(value, 0, value.length), value.length);
    }

    private List<String> texts(EventView view, FieldReference field) {
        List<String> texts = new ArrayList<>();
        for (int cell = view.first(fields.known(field)); cell != EventView.NONE; cell = view.next(cell)) {
            texts.add(view.text(cell));
        }
        return texts;
    }

    @Test
    void writesNumbersAsTexts() {
        FieldReference number = FieldReference.of(DynamicKind.NA, "n");
        FieldReference fraction = FieldReference.of(DynamicKind.FA, "f");
        FieldReference port = FieldReference.of(Field.DESTINATION_PORT);
        FieldReference latitude = FieldReference.of(Field.SOURCE_LATITUDE);
        EventView view = view(number, fraction, port, latitude);
        begin("");
        List<String> expected = new ArrayList<>();
        long[] numbers = {0, 1, -1, 9, 10, -10, 99, 100, 12_345, Long.MAX_VALUE, Long.MIN_VALUE, -987_654_321};
        for (long each : numbers) {
            add(DynamicKind.NA, "n", each);
            expected.add(Long.toString(each));
        }
        add(DynamicKind.FA, "f", Double.doubleToRawLongBits(-1.5));
        event.setInteger(Field.DESTINATION_PORT, 443);
        event.setFloat(Field.SOURCE_LATITUDE, 48.25);
        event.commit();
        view.moveTo(batch, 0);
        assertThat(texts(view, number)).isEqualTo(expected);
        assertThat(texts(view, fraction)).containsExactly("-1.5");
        assertThat(texts(view, port)).containsExactly("443");
        assertThat(texts(view, latitude)).containsExactly("48.25");
    }

    @Test
    void knowsWhatIsNotAmongTheSlots() {
        FieldReference id = FieldReference.of(Field.ID);
        FieldReference time = FieldReference.of(Field.TIMESTAMP);
        FieldReference raw = FieldReference.of(Field.RAW);
        FieldReference path = FieldReference.of(Field.ENTRY_PATH);
        EventView view = view(id, time, raw, path);
        begin("the raw text");
        event.setFlag(EventBatch.FLAG_KEEP_RAW);
        event.commit();
        begin("another raw text");
        event.commit();
        view.moveTo(batch, 0);
        assertThat(texts(view, id)).containsExactly(view.event().text(Field.ID));
        assertThat(texts(view, time)).containsExactly("1234");
        assertThat(texts(view, raw)).containsExactly("the raw text");
        assertThat(texts(view, path)).containsExactly("path");
        view.moveTo(batch, 1);
        assertThat(texts(view, raw)).isEmpty();
        assertThat(texts(view, time)).containsExactly("1234");
    }

    @Test
    void keepsValuesOfAFieldInOrderAndForgetsThemWithTheEvent() {
        FieldReference other = field("Other");
        EventView view = view(TEXT, other);
        List<String> expected = new ArrayList<>();
        begin("");
        add("Other", "first");
        for (int i = 0; i < 300; i++) {
            add("Text", "value " + i);
            add("unknown " + i, "x");
            expected.add("value " + i);
        }
        event.commit();
        begin("");
        add("Text", "one");
        event.commit();
        view.moveTo(batch, 0);
        assertThat(texts(view, TEXT)).isEqualTo(expected);
        assertThat(texts(view, other)).containsExactly("first");
        assertThat(view.presentCount()).isEqualTo(2);
        assertThat(view.presentField(0)).isEqualTo(fields.known(other));
        view.moveTo(batch, 1);
        assertThat(texts(view, TEXT)).containsExactly("one");
        assertThat(texts(view, other)).isEmpty();
        assertThat(view.presentCount()).isEqualTo(1);
    }

    @Test
    void keepsApartManyFields() {
        FieldReference[] many = new FieldReference[200];
        begin("");
        for (int i = 0; i < many.length; i++) {
            many[i] = field("field " + i);
            add("field " + i, "value " + i);
        }
        event.commit();
        EventView view = view(many);
        view.moveTo(batch, 0);
        assertThat(view.presentCount()).isEqualTo(200);
        for (int i = 0; i < many.length; i++) {
            assertThat(texts(view, many[i])).containsExactly("value " + i);
            assertThat(view.presentField(i)).isEqualTo(i);
        }
    }

    @Test
    void foldsEveryTextAsACharacterByItself() {
        EventView view = view(TEXT);
        List<String> texts = new ArrayList<>(List.of(
                "",
                "ABC def",
                "ÄÖÜ äöü ß",
                "ΑΒΓ ς Σ",
                "Жж",
                "\u212A\u0130\u0131",
                "eight by",
                "EIGHT BYÄ",
                "€ÄÖ",
                "longer than sixteen bytes Ä and Ж and ÿ Ÿ",
                "\uD83D\uDE00 Ä",
                "ȺȾ grow when small"));
        for (int point = 0x80; point < 0x900; point++) {
            texts.add("x" + Character.toString(point) + "Y");
        }
        begin("");
        texts.forEach(text -> add("Text", text));
        event.commit();
        view.moveTo(batch, 0);
        int i = 0;
        for (int cell = view.first(0); cell != EventView.NONE; cell = view.next(cell)) {
            String text = texts.get(i++);
            String lower = Folding.lower(text);
            view.fold(cell);
            assertThat(new String(
                            view.scratch(), view.foldedOffset(cell), view.foldedLength(cell), StandardCharsets.UTF_8))
                    .isEqualTo(lower);
            view.prepare(cell);
            boolean ascii = text.chars().allMatch(c -> c < 0x80);
            assertThat(new String(
                            view.preparedArray(cell),
                            view.preparedOffset(cell),
                            view.preparedLength(cell),
                            StandardCharsets.UTF_8))
                    .isEqualTo(ascii ? text : lower);
            assertThat(view.preparedArray(cell)).isSameAs(ascii ? batch.arena() : view.scratch());
            assertThat(view.text(cell)).isEqualTo(text);
        }
        assertThat(i).isEqualTo(texts.size());
    }

    @Test
    void foldsBytesThatAreNoCharacters() {
        EventView view = view(TEXT);
        byte[][] texts = {
            {(byte) 0xC3}, {'A', (byte) 0xC3, 'B'}, {(byte) 0x84, 'A'}, {(byte) 0xC3, (byte) 0x84, (byte) 0xFF}
        };
        begin("");
        for (byte[] each : texts) {
            byte[] key = {'T', 'e', 'x', 't'};
            int keyAt = event.append(key, 0, 4);
            event.addDynamicSpan(DynamicKind.EXTRA, keyAt, 4, event.append(each, 0, each.length), each.length);
        }
        event.commit();
        view.moveTo(batch, 0);
        int i = 0;
        for (int cell = view.first(0); cell != EventView.NONE; cell = view.next(cell)) {
            view.fold(cell);
            assertThat(new String(
                            view.scratch(), view.foldedOffset(cell), view.foldedLength(cell), StandardCharsets.UTF_8))
                    .isEqualTo(Folding.lower(new String(texts[i++], StandardCharsets.UTF_8)));
        }
    }

    @Test
    void holdsAnyNumberOfTextsThatHadToBeMade() {
        FieldReference number = FieldReference.of(DynamicKind.NA, "n");
        FieldReference fraction = FieldReference.of(DynamicKind.FA, "f");
        FieldReference variable = Variable.named("v");
        fields.define(variable, new Expression.FieldValue(TEXT, false));
        EventView view = view(number, fraction, TEXT);
        String growing = "\u023A".repeat(3_000);
        for (DynamicKind kind : List.of(DynamicKind.NA, DynamicKind.FA)) {
            begin("");
            for (int i = 0; i < 1_000; i++) {
                boolean isNumber = kind == DynamicKind.NA;
                add(kind, isNumber ? "n" : "f", isNumber ? Long.MIN_VALUE : Double.doubleToRawLongBits(-0.125));
            }
            event.commit();
        }
        begin("");
        add("Text", growing);
        event.commit();
        view.moveTo(batch, 0);
        assertThat(texts(view, number)).hasSize(1_000).containsOnly(Long.toString(Long.MIN_VALUE));
        // One of these at a time is larger than what there is room for.
        EventView another = new EventView(fields);
        another.moveTo(batch, 1);
        assertThat(texts(another, fraction)).hasSize(1_000).containsOnly("-0.125");
        EventView third = new EventView(fields);
        third.moveTo(batch, 2);
        assertThat(texts(third, variable)).containsExactly(growing);
        EventView fourth = new EventView(fields);
        fourth.moveTo(batch, 2);
        // In small letters it is half as long again.
        assertThat(folded(fourth)).isEqualTo(Folding.lower(growing)).hasSize(3_000);
    }

    /// The first text in small letters.
    private String folded(EventView view) {
        int cell = view.first(fields.known(TEXT));
        view.fold(cell);
        return new String(view.scratch(), view.foldedOffset(cell), view.foldedLength(cell), StandardCharsets.UTF_8);
    }

    @Test
    void completesNoLetterThatIsCutOffByWhatStoodThereBefore() {
        EventView view = view(TEXT);
        begin("");
        add("Text", "ÄÄÄÄ");
        event.commit();
        begin("");
        byte[] key = {'T', 'e', 'x', 't'};
        int keyAt = event.append(key, 0, 4);
        event.addDynamicSpan(DynamicKind.EXTRA, keyAt, 4, event.append(new byte[] {(byte) 0xC3}, 0, 1), 1);
        event.commit();
        view.moveTo(batch, 0);
        assertThat(folded(view)).isEqualTo("ääää");
        view.moveTo(batch, 1);
        assertThat(folded(view)).isEqualTo("\uFFFD");
    }

    @Test
    void knowsAFieldWhicheverNumberItHas() {
        begin("the raw text");
        event.setFlag(EventBatch.FLAG_KEEP_RAW);
        event.commit();
        for (Field each : List.of(Field.ID, Field.TIMESTAMP, Field.RAW, Field.ENTRY_PATH)) {
            FieldTable table = new FieldTable();
            assertThat(table.numberOf(FieldReference.of(each))).isZero();
            table.build();
            EventView view = new EventView(table);
            view.moveTo(batch, 0);
            assertThat(view.presentCount()).as("%s", each).isEqualTo(1);
            assertThat(view.text(view.first(0))).isNotEmpty();
        }
    }

    @Test
    void countsAsTextsOfTheSourceWhatTocsinDidNotFill() {
        EventView view = view(TEXT);
        begin("raw");
        event.setFlag(EventBatch.FLAG_KEEP_RAW);
        add("Text", "mentioned");
        add("Other", "not mentioned");
        event.setText(Field.SOURCE_USER_NAME, "user");
        event.setInteger(Field.DESTINATION_PORT, 80);
        event.setFloat(Field.SOURCE_LATITUDE, 48.25);
        event.setText(Field.NORMALIZER_NAME, "of the service");
        event.commit();
        begin("raw that is not kept");
        add("Other", "alone");
        event.commit();
        begin("");
        for (int i = 0; i < 100; i++) {
            add("key", "value " + i);
        }
        event.commit();
        view.moveTo(batch, 0);
        assertThat(anywhere(view)).containsExactly("mentioned", "not mentioned", "user", "80", "48.25", "raw");
        assertThat(anywhere(view)).hasSize(6);
        view.moveTo(batch, 1);
        assertThat(anywhere(view)).containsExactly("alone");
        view.moveTo(batch, 2);
        assertThat(anywhere(view)).hasSize(100).startsWith("value 0").endsWith("value 99");
    }

    private static List<String> anywhere(EventView view) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < view.anywhereCount(); i++) {
            texts.add(view.text(view.anywhereCell(i)));
        }
        return texts;
    }

    @Test
    void computesAVariableOnceForAnEventAndOnlyWhenItIsAskedFor() {
        FieldReference variable = Variable.named("v");
        fields.define(variable, new Expression.FieldValue(TEXT, false));
        EventView view = view(TEXT);
        begin("");
        add("Text", "Ä one");
        add("Text", "two");
        event.commit();
        begin("");
        event.commit();
        view.moveTo(batch, 0);
        assertThat(view.presentCount()).isEqualTo(1);
        int cell = view.first(fields.known(variable));
        assertThat(view.first(fields.known(variable))).isEqualTo(cell);
        assertThat(texts(view, variable)).containsExactly("Ä one", "two");
        assertThat(view.scope().values(TEXT)).containsExactly("Ä one", "two");
        assertThat(view.scope().values(field("unknown"))).isEmpty();
        view.moveTo(batch, 1);
        assertThat(texts(view, variable)).isEmpty();
        assertThat(view.scope().values(TEXT)).isEmpty();
        assertThat(view.scope().nowMillis()).isEqualTo(1234);
        assertThat(view.failures()).isZero();
        assertThat(view.scope().tables()).isSameAs(TableReader.NONE);
        TableReader reader = new TableReader() {
            @Override
            public boolean contains(String table, List<String> key) {
                return true;
            }

            @Override
            public List<String> values(String table, String field, List<String> key) {
                return key;
            }
        };
        view.readTables(reader);
        assertThat(view.scope().tables()).isSameAs(reader);
        view.scope().failed();
        assertThat(view.failures()).isEqualTo(1);
    }
}
