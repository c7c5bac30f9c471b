package io.tocsin.correlator.window;

import java.util.ArrayList;
import java.util.List;

/// Notes what windows tell, a line each.
///
/// Thread-safety: one thread.
final class Told implements WindowListener {
    final List<String> lines = new ArrayList<>();
    int settledEarly;

    @Override
    public void triggered(WindowKey key, Trigger trigger, boolean amended) {
        lines.add((amended ? "amended " : "told ")
                + key.low() + " from " + trigger.windowStartMillis() + " number " + trigger.number() + " of "
                + trigger.total() + " until " + trigger.lastMillis());
    }

    @Override
    public void retracted(WindowKey key, long windowStartMillis, int number, long lastMillis, int total) {
        lines.add("retracted " + key.low() + " from " + windowStartMillis + " number " + number + " of " + total
                + " until " + lastMillis);
    }

    @Override
    public void settledEarly() {
        settledEarly++;
    }
}
