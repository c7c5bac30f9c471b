package io.tocsin.pipeline.topology;

import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;

/// The collectors that an event has passed after its entry. Where and when it entered is never
/// overwritten; each later one adds itself, with the time in and the time out. Stateless.
final class Hops {
    /// Later ones are not written: something goes round in circles.
    static final int MAXIMUM = 8;

    private static final long NANOS_OF_MILLI = 1_000_000L;

    private Hops() {}

    /// Adds a collector to the open event.
    static void add(EventBuilder builder, String service, long inNanos, long outNanos) {
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
}
