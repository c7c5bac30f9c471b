package io.tocsin.pipeline.stage;

import io.tocsin.event.Event;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The collectors that an event has passed after its entry. Where and when it entered is never
/// overwritten; each later one adds itself, with the time in and the time out. Stateless.
public final class Hops {
    /// Later ones are not written: something goes round in circles.
    public static final int MAXIMUM = 8;

    private static final long NANOS_OF_MILLI = 1_000_000L;

    private Hops() {}

    /// Adds a collector to the open event.
    ///
    /// @param inNanos when it took the event, nanoseconds since the epoch
    /// @param outNanos when it was done with it
    public static void add(EventBuilder builder, String service, long inNanos, long outNanos) {
        int hops = 0;
        int code = Field.HOPS.code();
        for (int slot = builder.firstSlot(); slot < builder.endSlot(); slot++) {
            if (builder.slotCode(slot) == code) {
                hops++;
            }
        }
        if (hops < MAXIMUM) {
            builder.addText(
                    Field.HOPS,
                    service + " " + Math.floorDiv(inNanos, NANOS_OF_MILLI) + " "
                            + Math.floorDiv(outNanos, NANOS_OF_MILLI));
        }
    }

    /// Those of an event, oldest first; empty where it entered.
    public static List<String> of(Event event) {
        if (!event.has(Field.HOPS)) {
            return List.of();
        }
        List<String> hops = new ArrayList<>();
        int code = Field.HOPS.code();
        for (int slot = event.start(); slot < event.end() && hops.size() < MAXIMUM; slot++) {
            if (event.slotCode(slot) == code) {
                hops.add(event.text(event.slotValue(slot)));
            }
        }
        return List.copyOf(hops);
    }

    /// Gives the open event, which has none, those of another one.
    public static void put(EventBuilder builder, List<String> hops) {
        for (int i = 0; i < hops.size(); i++) {
            builder.addText(Field.HOPS, hops.get(i));
        }
    }

    /// Writes them into a state that is kept over a restart.
    public static void write(DataOutput out, List<String> hops) throws IOException {
        out.writeByte(hops.size());
        for (String hop : hops) {
            Origins.text(out, hop);
        }
    }

    /// Reads what [#write] wrote.
    ///
    /// @throws IOException when it is nothing of that kind
    public static List<String> read(DataInput in) throws IOException {
        int count = in.readUnsignedByte();
        if (count > MAXIMUM) {
            throw new IOException("so many hops cannot be [hops=" + count + "]");
        }
        List<String> hops = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            hops.add(Origins.text(in));
        }
        return List.copyOf(hops);
    }
}
