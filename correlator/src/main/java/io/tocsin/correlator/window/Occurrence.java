package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import org.jspecify.annotations.Nullable;

/// One event that at least one selector of a rule accepted, reduced to what the window and the later
/// output need.
///
/// Occurrences are ordered by event time and, within a millisecond, by the number that the rule orders
/// by and the identifier of the event, so that the order of arrival has no part in the result.
///
/// @param timeMillis event time
/// @param idHigh identifier of the event, upper half
/// @param selectors bit i is set when selector i accepted the event
/// @param unique hash of the unique fields of selector i at 2i and 2i+1; null when no selector has
/// unique fields
/// @param captured values of the fields that the output shows, in a form that only the engine knows
/// @param order place among the events of the same time; 0 for rules that do not say
@SuppressWarnings("ArrayRecordComponent")
public record Occurrence(
        long timeMillis,
        long idHigh,
        long idLow,
        long selectors,
        long @Nullable [] unique,
        byte[] captured,
        long order) {

    /// An occurrence of a rule that does not order events of the same time.
    public Occurrence(
            long timeMillis, long idHigh, long idLow, long selectors, long @Nullable [] unique, byte[] captured) {
        this(timeMillis, idHigh, idLow, selectors, unique, captured, 0);
    }

    /// About how many bytes of memory one takes.
    static final int BYTES = 160;

    /// Negative when this one comes before `other`.
    int compare(Occurrence other) {
        if (timeMillis != other.timeMillis) {
            return Long.compare(timeMillis, other.timeMillis);
        }
        if (order != other.order) {
            return Long.compare(order, other.order);
        }
        if (idHigh != other.idHigh) {
            return Long.compareUnsigned(idHigh, other.idHigh);
        }
        return Long.compareUnsigned(idLow, other.idLow);
    }

    void write(StateWriter out) {
        out.number(timeMillis);
        out.bits(idHigh);
        out.bits(idLow);
        out.bits(selectors);
        out.count(unique == null ? 0 : unique.length);
        if (unique != null) {
            for (long part : unique) {
                out.bits(part);
            }
        }
        out.blob(captured);
        out.number(order);
    }

    /// Passes over what [#write] wrote.
    static void passOver(StateReader in) {
        in.number();
        in.skip(3L * Long.BYTES);
        in.skip((long) Long.BYTES * in.size());
        in.skip(in.size());
        in.number();
    }

    static Occurrence read(StateReader in) {
        long time = in.number();
        long high = in.bits();
        long low = in.bits();
        long selectors = in.bits();
        int parts = in.size();
        long[] unique = null;
        if (parts > 0) {
            unique = new long[parts];
            for (int i = 0; i < parts; i++) {
                unique[i] = in.bits();
            }
        }
        return new Occurrence(time, high, low, selectors, unique, in.blob(), in.number());
    }
}
