package io.tocsin.correlator.window;

import java.util.List;

/// How far a key of a rule has come, for people.
///
/// @param open false when nothing is counted now
/// @param startMillis event time of the first event of the window, of the first match of the episode for a rule that
///     looks back
/// @param triggers full matches in this window or episode so far
/// @param counts events per selector that count now
/// @param total events that count now
public record WindowProgress(boolean open, long startMillis, int triggers, List<Integer> counts, int total) {
    public WindowProgress {
        counts = List.copyOf(counts);
    }
}
