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
    private final List<FieldReference> fields = new ArrayList<>();
    private final Map<FieldReference, Integer> numbers = new HashMap<>();
    private final Map<Integer, Expression> computed = new HashMap<>();
    private final int[] byCode = new int[Fields.CODE_LIMIT];
    /// Dynamic fields by the hash of kind and key, open addressing; -1 marks an empty place.
    private int[] dynamicNumbers = new int[0];

    private byte[][] dynamicKeys = {};
    private int[] dynamicKinds = {};

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
        dynamicNumbers = new int[capacity];
        Arrays.fill(dynamicNumbers, -1);
        dynamicKeys = new byte[capacity][];
        dynamicKinds = new int[capacity];
        for (int number = 0; number < fields.size(); number++) {
            if (fields.get(number) instanceof FieldReference.Dynamic dynamic) {
                byte[] key = dynamic.key().getBytes(StandardCharsets.UTF_8);
                int place = ByteWords.hash(key, 0, key.length) + dynamic.kind().code() & (capacity - 1);
                while (dynamicNumbers[place] >= 0) {
                    place = (place + 1) & (capacity - 1);
                }
                dynamicNumbers[place] = number;
                dynamicKeys[place] = key;
                dynamicKinds[place] = dynamic.kind().code();
            }
        }
    }

    /// Number of the field in a slot of an event, or -1 when no rule mentions it.
    public int numberOfSlot(Event event, int slot) {
        int code = event.slotCode(slot);
        if (code >= 16) {
            return byCode[code];
        }
        long span = event.slotKey(slot);
        byte[] arena = event.arena();
        int offset = EventBatch.spanOffset(span);
        int length = EventBatch.spanLength(span);
        int mask = dynamicNumbers.length - 1;
        int place = (ByteWords.hash(arena, offset, length) + code) & mask;
        while (dynamicNumbers[place] >= 0) {
            byte[] key = dynamicKeys[place];
            if (dynamicKinds[place] == code
                    && key.length == length
                    && Arrays.equals(key, 0, length, arena, offset, offset + length)) {
                return dynamicNumbers[place];
            }
            place = (place + 1) & mask;
        }
        return -1;
    }
}
