package io.tocsin.correlator.index;

import io.tocsin.correlator.function.Expression;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Fields;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Numbers the fields that rules mention, so that an event is taken apart in one walk over its slots.
///
/// Thread-safety: fields are added first, by one thread; then immutable.
public final class FieldTable {
    /// Codes below are kinds of dynamic fields.
    private static final int FIRST_FIXED = 16;

    private static final int KIND_BITS = 4;
    /// Words of a place among the dynamic fields, and which is which; the first one is the head of the key.
    private static final int PLACE_WORDS = 4;

    private static final int TAIL = 1;
    private static final int MIDDLE = 2;
    private static final int LAST = 3;
    /// Bytes of a key that the words of a place hold.
    private static final int HELD_BYTES = 24;

    private final List<FieldReference> fields = new ArrayList<>();
    private final Map<FieldReference, Integer> numbers = new HashMap<>();
    private final Map<Integer, Expression> computed = new HashMap<>();
    private final int[] byCode = new int[Fields.CODE_LIMIT];
    /// Dynamic fields by the hash of kind and key, open addressing. A place is four words side by side, so that
    /// finding a field reads one line of memory: the first eight bytes of the key, its last eight, those between if
    /// it is longer than both, and length, kind and number, which is 0 in an empty place only.
    private long[] dynamicPlaces = {};

    /// The keys: where they are longer than what the three words hold, they are compared in full.
    private byte[][] keys = {};

    public FieldTable() {
        Arrays.fill(byCode, -1);
    }

    /// The number of a field, given now when it has none.
    public int numberOf(FieldReference field) {
        Integer known = numbers.get(field);
        if (known != null) {
            return known;
        }
        int number = fields.size();
        fields.add(field);
        numbers.put(field, number);
        if (field instanceof FieldReference.Fixed fixed) {
            byCode[fixed.field().code()] = number;
        }
        return number;
    }

    /// Says how a variable is computed. The fields it looks at are numbered as well; it is defined once, whoever uses
    /// it.
    public void define(FieldReference variable, Expression expression) {
        expression.fields().forEach(this::numberOf);
        computed.putIfAbsent(numberOf(variable), expression);
    }

    /// How variables are computed, by their numbers.
    Map<Integer, Expression> computed() {
        return computed;
    }

    /// The number of a field, or -1 when it has none.
    int known(FieldReference field) {
        Integer number = numbers.get(field);
        return number == null ? -1 : number;
    }

    public int size() {
        return fields.size();
    }

    public FieldReference field(int number) {
        return fields.get(number);
    }

    void build() {
        int count = 0;
        for (FieldReference field : fields) {
            count += field instanceof FieldReference.Dynamic ? 1 : 0;
        }
        int capacity = Math.max(4, Integer.highestOneBit(Math.max(1, count) * 4 - 1));
        dynamicPlaces = new long[capacity * PLACE_WORDS];
        keys = new byte[capacity][];
        for (int number = 0; number < fields.size(); number++) {
            if (fields.get(number) instanceof FieldReference.Dynamic dynamic) {
                byte[] key = dynamic.key().getBytes(StandardCharsets.UTF_8);
                long head = head(key, 0, key.length);
                long tail = tail(key, 0, key.length, head);
                long middle = middle(key, 0, key.length);
                int shape = shape(key.length, dynamic.kind().code());
                int place = place(head, tail, shape, dynamicPlaces.length - 1);
                while (dynamicPlaces[place + LAST] != 0) {
                    place = next(place);
                }
                dynamicPlaces[place] = head;
                dynamicPlaces[place + TAIL] = tail;
                dynamicPlaces[place + MIDDLE] = middle;
                dynamicPlaces[place + LAST] = (long) shape << Integer.SIZE | (number + 1);
                keys[place / PLACE_WORDS] = key;
            }
        }
    }

    private int next(int place) {
        return (place + PLACE_WORDS) & (dynamicPlaces.length - 1);
    }

    private static long head(byte[] bytes, int offset, int length) {
        return length < ByteWords.BYTES ? ByteWords.tail(bytes, offset, offset + length) : ByteWords.at(bytes, offset);
    }

    private static long tail(byte[] bytes, int offset, int length, long head) {
        return length < ByteWords.BYTES ? head : ByteWords.at(bytes, offset + length - ByteWords.BYTES);
    }

    private static long middle(byte[] bytes, int offset, int length) {
        return length <= 2 * ByteWords.BYTES ? 0 : ByteWords.at(bytes, offset + ByteWords.BYTES);
    }

    private static int shape(int length, int kind) {
        return length << KIND_BITS | kind;
    }

    private static int place(long head, long tail, int shape, int mask) {
        long mixed = (head ^ Long.rotateLeft(tail, 29) ^ shape) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> 40) & mask & -PLACE_WORDS;
    }

    /// Number of the field in a slot of an event, or -1 when no rule mentions it.
    public int numberOfSlot(Event event, int slot) {
        int code = event.slotCode(slot);
        if (code >= FIRST_FIXED) {
            return byCode[code];
        }
        long span = event.slotKey(slot);
        byte[] arena = event.arena();
        int offset = EventBatch.spanOffset(span);
        int length = EventBatch.spanLength(span);
        long head = head(arena, offset, length);
        long tail = tail(arena, offset, length, head);
        int shape = shape(length, code);
        int place = place(head, tail, shape, dynamicPlaces.length - 1);
        for (long last = dynamicPlaces[place + LAST]; last != 0; last = dynamicPlaces[place + LAST]) {
            if (dynamicPlaces[place] == head
                    && dynamicPlaces[place + TAIL] == tail
                    && (int) (last >>> Integer.SIZE) == shape
                    && dynamicPlaces[place + MIDDLE] == middle(arena, offset, length)
                    && (length <= HELD_BYTES || isKey(place, arena, offset, length))) {
                return (int) last - 1;
            }
            place = next(place);
        }
        return -1;
    }

    private boolean isKey(int place, byte[] arena, int offset, int length) {
        return Arrays.equals(keys[place / PLACE_WORDS], 0, length, arena, offset, offset + length);
    }
}
