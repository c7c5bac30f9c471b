package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.index.EventView;
import java.nio.charset.StandardCharsets;

/// The values of a rule's captured fields of one event, packed: for each field 0 when absent, else 1 and the text.
final class Captured {
    private Captured() {}

    /// @param fieldNumbers numbers of the fields in the order in which [#unpack] gives them back
    static byte[] pack(EventView view, int[] fieldNumbers) {
        StateWriter out = new StateWriter();
        for (int field : fieldNumbers) {
            int cell = view.first(field);
            out.flag(cell != EventView.NONE);
            if (cell != EventView.NONE) {
                out.blob(view.array(cell), view.offset(cell), view.length(cell));
            }
        }
        return out.toBytes();
    }

    /// The values of another rule's finding, in the order of `places` among what it captured; -1 for
    /// an absent one.
    static byte[] repack(byte[] packed, int count, int[] places) {
        String[] values = unpack(packed, count);
        StateWriter out = new StateWriter();
        for (int place : places) {
            boolean known = place >= 0 && !values[place].isEmpty();
            out.flag(known);
            if (known) {
                out.blob(values[place].getBytes(StandardCharsets.UTF_8));
            }
        }
        return out.toBytes();
    }

    /// The values, an empty text for an absent one.
    static String[] unpack(byte[] packed, int count) {
        StateReader in = new StateReader(packed);
        String[] values = new String[count];
        for (int i = 0; i < count; i++) {
            values[i] = in.flag() ? new String(in.blob(), StandardCharsets.UTF_8) : "";
        }
        return values;
    }
}
