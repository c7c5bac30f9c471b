package io.tocsin.correlator.engine;

import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.Numbers;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Measure;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Makes occurrences for a rule that looks back: which fields make the key and the value depends on
/// the selector.
///
/// Thread-safety: one thread.
final class SlidingInputs {
    private final Measure measure;
    private final int[][] keyNumbers;
    private final int[][] valueNumbers;
    /// Captured fields for each selector: the key fields of the selector stand in place of the
    /// identical ones.
    private final int[][] capturedNumbers;

    private final boolean oneKey;
    private final Hash128 hash = new Hash128();

    SlidingInputs(Rule rule, RuleKind.Sliding kind, List<FieldReference> captured, FieldTable fields) {
        measure = kind.settings().measure();
        keyNumbers = numbers(kind.inputs().stream().map(RuleKind.Input::key).toList(), fields);
        valueNumbers =
                numbers(kind.inputs().stream().map(RuleKind.Input::values).toList(), fields);
        oneKey = kind.inputs().stream().map(RuleKind.Input::key).distinct().count() <= 1;
        capturedNumbers = new int[keyNumbers.length][];
        for (int i = 0; i < capturedNumbers.length; i++) {
            capturedNumbers[i] = captured.stream().mapToInt(fields::numberOf).toArray();
            int identical = Math.min(rule.identical().size(), keyNumbers[i].length);
            System.arraycopy(keyNumbers[i], 0, capturedNumbers[i], 0, identical);
        }
    }

    private static int[][] numbers(List<List<FieldReference>> lists, FieldTable fields) {
        return lists.stream()
                .map(list -> list.stream().mapToInt(fields::numberOf).toArray())
                .toArray(int[][]::new);
    }

    /// Those of the selectors that see the same key as the lowest of them. Read the key from [#key] of
    /// that one.
    long sameKey(EventView view, long selectors) {
        if (oneKey || Long.bitCount(selectors) == 1) {
            return selectors;
        }
        Hash128 key = key(view, Long.numberOfTrailingZeros(selectors));
        long high = key.high();
        long low = key.low();
        long same = 0;
        for (long rest = selectors; rest != 0; rest &= rest - 1) {
            int selector = Long.numberOfTrailingZeros(rest);
            Hash128 other = key(view, selector);
            if (other.high() == high && other.low() == low) {
                same |= 1L << selector;
            }
        }
        return same;
    }

    /// Hash of the key; valid until the next call.
    Hash128 key(EventView view, int selector) {
        hash.reset();
        for (int field : keyNumbers[selector]) {
            RuleRuntime.addField(hash, view, field);
        }
        return hash;
    }

    Occurrence occurrence(EventView view, long timeMillis, long selectors) {
        int selector = Long.numberOfTrailingZeros(selectors);
        return new Occurrence(
                timeMillis,
                view.event().idHigh(),
                view.event().idLow(),
                selectors,
                value(view, valueNumbers[selector]),
                Captured.pack(view, capturedNumbers[selector]));
    }

    /// A number as its bits and 1, a hash as it is; (0, 0) when there is no value.
    private long[] value(EventView view, int[] numbers) {
        long[] value = new long[2];
        if (numbers.length == 0) {
            return value;
        }
        if (measure.isNumeric()) {
            int cell = view.first(numbers[0]);
            double number = cell == EventView.NONE
                    ? Double.NaN
                    : Numbers.parse(view.array(cell), view.offset(cell), view.length(cell));
            return number(number);
        }
        hash.reset();
        boolean any = false;
        for (int field : numbers) {
            any |= view.first(field) != EventView.NONE;
            RuleRuntime.addField(hash, view, field);
        }
        return any ? new long[] {hash.high(), hash.low() | 1} : value;
    }

    private static long[] number(double number) {
        return Double.isFinite(number) ? new long[] {Double.doubleToRawLongBits(number), 1} : new long[2];
    }

    /// The key of a finding of another rule.
    Hash128 key(String[] values, int[] places) {
        hash.reset();
        for (int place : places) {
            add(values, place);
        }
        return hash;
    }

    long[] value(String[] values, int[] places) {
        if (places.length == 0) {
            return new long[2];
        }
        if (measure.isNumeric()) {
            byte[] text = places[0] < 0 ? new byte[0] : values[places[0]].getBytes(StandardCharsets.UTF_8);
            return number(Numbers.parse(text, 0, text.length));
        }
        hash.reset();
        boolean any = false;
        for (int place : places) {
            any |= place >= 0 && !values[place].isEmpty();
            add(values, place);
        }
        return any ? new long[] {hash.high(), hash.low() | 1} : new long[2];
    }

    private void add(String[] values, int place) {
        if (place < 0 || values[place].isEmpty()) {
            hash.addAbsent();
        } else {
            hash.add(values[place]);
        }
    }
}
