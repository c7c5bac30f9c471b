package io.tocsin.correlator.index;

import io.tocsin.correlator.function.Expression;
import io.tocsin.correlator.function.Scope;
import io.tocsin.correlator.function.TableReader;
import io.tocsin.correlator.function.Value;
import io.tocsin.correlator.rule.Folding;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One event as the rules see it: the values of the fields they mention as texts, and the same in lower case,
/// made when first asked for.
///
/// A value is a **cell**; a field with several values has several cells, chained. Texts lie in the batch's
/// arena or, when they had to be made (numbers, lower case), in a scratch array that is reused for the next
/// event.
///
/// Variables are fields whose value is computed when it is first asked for; their cells are like any other.
///
/// Thread-safety: one thread.
public final class EventView {
    /// What [#first(int)] says for a field without a value.
    public static final int NONE = -1;
    /// A variable that nobody has asked for yet.
    private static final int PENDING = -2;

    /// Small letter of each character below U+0800; 0 where it takes not two bytes.
    private static final char[] LOWER_OF_TWO_BYTES = new char[0x800];

    static {
        for (char c = 0x80; c < 0x800; c++) {
            char lower = Character.toLowerCase(c);
            LOWER_OF_TWO_BYTES[c] = lower >= 0x80 && lower < 0x800 ? lower : 0;
        }
    }

    private static final byte TEXT = 0;
    private static final byte NUMBER = 1;
    private static final byte FLOAT = 2;
    /// What a slot holds, by its code.
    private static final byte[] TYPES = new byte[Fields.CODE_LIMIT];

    static {
        for (int code = 0; code < TYPES.length; code++) {
            Field field = Fields.byCode(code);
            DynamicKind kind = DynamicKind.ofCode(code);
            FieldType type = field != null ? field.type() : kind != null ? kind.elementType() : FieldType.STRING;
            TYPES[code] = switch (type) {
                case STRING, STRING_ARRAY -> TEXT;
                case INTEGER, TIMESTAMP -> NUMBER;
                case FLOAT -> FLOAT;
            };
        }
    }

    private static final byte UNKNOWN = 0;
    private static final byte ASCII = 1;
    private static final byte OTHER = 2;

    private final FieldTable table;
    private final Event event = new Event();
    private final int[] firstCell;
    private final int[] lastCell;
    private int[] presentFields = new int[64];
    private int presentCount;

    private int cellCount;
    private int[] nextCell = new int[64];
    /// Where the text of a cell begins: in the arena, or in the scratch array when negative (`-1 - offset`).
    private int[] textOffset = new int[64];

    private int[] textLength = new int[64];
    private int[] foldedOffset = new int[64];
    private int[] foldedLength = new int[64];
    private byte[] ascii = new byte[64];

    private byte[] scratch = new byte[4096];
    private int scratchLength;

    private final int idNumber;
    private final int timestampNumber;
    private final int rawNumber;
    private int[] anywhereCells = new int[64];
    private int anywhereCount;
    /// Cells of the event's own slots, [#NONE] for slots that no rule mentions.
    private int[] cellOfSlot = new int[64];

    /// How variables are computed, by number; null for fields.
    private final @Nullable Expression[] expressions;

    private final int[] variables;
    private TableReader tables = TableReader.NONE;
    private long failures;
    private final Scope scope = new Scope() {
        @Override
        public List<String> values(FieldReference field) {
            return texts(field);
        }

        @Override
        public TableReader tables() {
            return tables;
        }

        @Override
        public long nowMillis() {
            return event.integer(Field.DEVICE_RECEIPT_TIME, event.timestampMillis());
        }

        @Override
        public void failed() {
            failures++;
        }
    };

    EventView(FieldTable table) {
        this.table = table;
        expressions = new Expression[table.size()];
        for (Map.Entry<Integer, Expression> each : table.computed().entrySet()) {
            expressions[each.getKey()] = each.getValue();
        }
        variables = table.computed().keySet().stream()
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
        firstCell = new int[table.size()];
        lastCell = new int[table.size()];
        Arrays.fill(firstCell, NONE);
        idNumber = known(Field.ID);
        timestampNumber = known(Field.TIMESTAMP);
        rawNumber = known(Field.RAW);
    }

    private int known(Field field) {
        for (int i = 0; i < table.size(); i++) {
            if (table.field(i) instanceof io.tocsin.expression.FieldReference.Fixed fixed && fixed.field() == field) {
                return i;
            }
        }
        return NONE;
    }

    void moveTo(EventBatch batch, int index) {
        for (int i = 0; i < presentCount; i++) {
            firstCell[presentFields[i]] = NONE;
        }
        for (int variable : variables) {
            firstCell[variable] = PENDING;
        }
        presentCount = 0;
        cellCount = 0;
        scratchLength = 0;
        anywhereCount = NONE;
        event.moveTo(batch, index);
        for (int slot = event.originStart(); slot < event.originEnd(); slot++) {
            int field = table.numberOfSlot(event, slot);
            if (field >= 0) {
                addSlot(field, slot);
            }
        }
        int first = event.start();
        int end = event.end();
        if (end - first > cellOfSlot.length) {
            cellOfSlot = new int[(end - first) * 2];
        }
        for (int slot = first; slot < end; slot++) {
            int field = table.numberOfSlot(event, slot);
            cellOfSlot[slot - first] = field < 0 ? NONE : addSlot(field, slot);
        }
        if (idNumber >= 0) {
            addMade(idNumber, String.valueOf(event.text(Field.ID)).getBytes(StandardCharsets.US_ASCII));
        }
        if (timestampNumber >= 0) {
            addNumber(timestampNumber, event.timestampMillis());
        }
        if (rawNumber >= 0 && event.hasFlag(EventBatch.FLAG_KEEP_RAW)) {
            addText(rawNumber, event.rawOffset(), event.rawLength());
        }
    }

    private int addSlot(int field, int slot) {
        long value = event.slotValue(slot);
        return switch (TYPES[event.slotCode(slot)]) {
            case NUMBER -> addNumber(field, value);
            case FLOAT ->
                addMade(field, Double.toString(Double.longBitsToDouble(value)).getBytes(StandardCharsets.US_ASCII));
            default -> addText(field, EventBatch.spanOffset(value), EventBatch.spanLength(value));
        };
    }

    private int addCell(int field) {
        if (cellCount == nextCell.length) {
            int capacity = cellCount * 2;
            nextCell = Arrays.copyOf(nextCell, capacity);
            textOffset = Arrays.copyOf(textOffset, capacity);
            textLength = Arrays.copyOf(textLength, capacity);
            foldedOffset = Arrays.copyOf(foldedOffset, capacity);
            foldedLength = Arrays.copyOf(foldedLength, capacity);
            ascii = Arrays.copyOf(ascii, capacity);
        }
        int cell = cellCount++;
        nextCell[cell] = NONE;
        foldedOffset[cell] = NONE;
        ascii[cell] = UNKNOWN;
        if (field >= 0) {
            if (firstCell[field] == NONE) {
                firstCell[field] = cell;
                if (presentCount == presentFields.length) {
                    presentFields = Arrays.copyOf(presentFields, presentCount * 2);
                }
                presentFields[presentCount++] = field;
            } else {
                nextCell[lastCell[field]] = cell;
            }
            lastCell[field] = cell;
        }
        return cell;
    }

    private int addText(int field, int offset, int length) {
        int cell = addCell(field);
        textOffset[cell] = offset;
        textLength[cell] = length;
        return cell;
    }

    private int addNumber(int field, long value) {
        ensureScratch(20);
        int start = scratchLength;
        int at = start;
        long rest = value;
        if (rest < 0) {
            scratch[at++] = '-';
        }
        int digits = 1;
        for (long bound = rest / 10; bound != 0; bound /= 10) {
            digits++;
        }
        for (int i = at + digits - 1; i >= at; i--) {
            scratch[i] = (byte) ('0' + Math.abs((int) (rest % 10)));
            rest /= 10;
        }
        scratchLength = at + digits;
        int cell = addCell(field);
        textOffset[cell] = -1 - start;
        textLength[cell] = scratchLength - start;
        return cell;
    }

    private int addMade(int field, byte[] text) {
        ensureScratch(text.length);
        System.arraycopy(text, 0, scratch, scratchLength, text.length);
        int cell = addCell(field);
        textOffset[cell] = -1 - scratchLength;
        textLength[cell] = text.length;
        scratchLength += text.length;
        return cell;
    }

    private void ensureScratch(int more) {
        if (scratchLength + more > scratch.length) {
            scratch = Arrays.copyOf(scratch, Math.max(scratch.length * 2, scratchLength + more));
        }
    }

    /// The event itself, for what is not a mentioned field.
    public Event event() {
        return event;
    }

    /// Number of mentioned fields that have a value.
    int presentCount() {
        return presentCount;
    }

    int presentField(int i) {
        return presentFields[i];
    }

    /// First cell of a field, or [#NONE].
    public int first(int field) {
        int cell = firstCell[field];
        return cell == PENDING ? compute(field) : cell;
    }

    private int compute(int variable) {
        firstCell[variable] = NONE;
        Expression expression = expressions[variable];
        if (expression != null) {
            Value value = expression.evaluate(scope);
            for (String item : value.items()) {
                addMade(variable, item.getBytes(StandardCharsets.UTF_8));
            }
        }
        return firstCell[variable];
    }

    private List<String> texts(FieldReference field) {
        int number = table.known(field);
        int cell = number < 0 ? NONE : first(number);
        if (cell == NONE) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (; cell != NONE; cell = next(cell)) {
            texts.add(text(cell));
        }
        return texts;
    }

    /// What expressions see of the event on which it stands.
    public Scope scope() {
        return scope;
    }

    /// Says where variables find records of tables.
    public void readTables(TableReader reader) {
        tables = reader;
    }

    /// How often an expression met input that it could make nothing of.
    public long failures() {
        return failures;
    }

    /// Next cell of the same field, or [#NONE].
    public int next(int cell) {
        return nextCell[cell];
    }

    /// The array in which the text of a cell lies.
    public byte[] array(int cell) {
        return textOffset[cell] < 0 ? scratch : event.arena();
    }

    public int offset(int cell) {
        int offset = textOffset[cell];
        return offset < 0 ? -1 - offset : offset;
    }

    public int length(int cell) {
        return textLength[cell];
    }

    /// The text of a cell. Allocates.
    public String text(int cell) {
        return new String(array(cell), offset(cell), length(cell), StandardCharsets.UTF_8);
    }

    /// Makes a cell ready for comparisons that ignore case: texts of ASCII stay where they are, as they are, because
    /// their letters are made small in passing; all other texts are folded.
    void prepare(int cell) {
        if (ascii[cell] == UNKNOWN) {
            boolean isAscii = ByteWords.isAscii(array(cell), offset(cell), textLength[cell]);
            ascii[cell] = isAscii ? ASCII : OTHER;
            if (!isAscii) {
                fold(cell);
            }
        }
    }

    /// After [#prepare]: where the text lies whose ASCII letters may be capital ones while all others are small.
    byte[] preparedArray(int cell) {
        return ascii[cell] == ASCII ? array(cell) : scratch;
    }

    int preparedOffset(int cell) {
        return ascii[cell] == ASCII ? offset(cell) : foldedOffset[cell];
    }

    int preparedLength(int cell) {
        return ascii[cell] == ASCII ? textLength[cell] : foldedLength[cell];
    }

    /// Makes the lower case of a cell, which then lies in [#scratch()] at [#foldedOffset(int)].
    void fold(int cell) {
        if (foldedOffset[cell] != NONE) {
            return;
        }
        int length = textLength[cell];
        ensureScratch(length);
        byte[] from = array(cell);
        int offset = offset(cell);
        byte[] to = scratch;
        int start = scratchLength;
        boolean isAscii = ByteWords.copyLower(from, offset, to, start, length);
        foldedOffset[cell] = start;
        foldedLength[cell] = length;
        if (!isAscii && !foldTwoByteLetters(to, start, length)) {
            byte[] lower = Folding.lower(new String(from, offset, length, StandardCharsets.UTF_8))
                    .getBytes(StandardCharsets.UTF_8);
            ensureScratch(lower.length);
            System.arraycopy(lower, 0, scratch, start, lower.length);
            foldedLength[cell] = lower.length;
        }
        scratchLength = start + foldedLength[cell];
    }

    /// Makes letters of two bytes (Latin, Greek, Cyrillic, …) small in place. Gives up where that is not one
    /// letter for one, or where the bytes are no such letters.
    private static boolean foldTwoByteLetters(byte[] bytes, int offset, int length) {
        int end = offset + length;
        for (int at = offset; at < end; at++) {
            if (ByteWords.isAsciiWord(bytes, at, end)) {
                at += ByteWords.BYTES - 1;
            } else if (bytes[at] < 0) {
                if ((bytes[at] & 0xE0) != 0xC0 || at + 1 == end || (bytes[at + 1] & 0xC0) != 0x80) {
                    return false;
                }
                char lower = LOWER_OF_TWO_BYTES[(bytes[at] & 0x1F) << 6 | (bytes[at + 1] & 0x3F)];
                if (lower == 0) {
                    return false;
                }
                bytes[at] = (byte) (0xC0 | lower >> 6);
                bytes[++at] = (byte) (0x80 | (lower & 0x3F));
            }
        }
        return true;
    }

    byte[] scratch() {
        return scratch;
    }

    int foldedOffset(int cell) {
        return foldedOffset[cell];
    }

    int foldedLength(int cell) {
        return foldedLength[cell];
    }

    /// Number of the texts that came from the source: all values of the event that Tocsin itself did not
    /// fill, and the raw text when it is kept.
    int anywhereCount() {
        if (anywhereCount == NONE) {
            anywhereCount = 0;
            for (int slot = event.start(); slot < event.end(); slot++) {
                Field field = Fields.byCode(event.slotCode(slot));
                if (field == null || field.group() != FieldGroup.SERVICE) {
                    int cell = cellOfSlot[slot - event.start()];
                    addAnywhere(cell == NONE ? addSlot(NONE, slot) : cell);
                }
            }
            if (event.index() < event.batch().count() && event.hasFlag(EventBatch.FLAG_KEEP_RAW)) {
                addAnywhere(addText(NONE, event.rawOffset(), event.rawLength()));
            }
        }
        return anywhereCount;
    }

    private void addAnywhere(int cell) {
        if (anywhereCount == anywhereCells.length) {
            anywhereCells = Arrays.copyOf(anywhereCells, anywhereCount * 2);
        }
        anywhereCells[anywhereCount++] = cell;
    }

    /// Cell of the text number `i` of [#anywhereCount()].
    int anywhereCell(int i) {
        return anywhereCells[i];
    }
}
