package io.tocsin.correlator.window;

/// Hears of what the windows of one rule find. Called while an event is processed, in a fixed order.
public interface WindowListener {
    /// A full match.
    ///
    /// @param amended false when it is new; true when the match of this key, window and number was announced
    /// before and late events have changed which events it is made of
    void triggered(WindowKey key, Trigger trigger, boolean amended);

    /// A match that was announced turned out not to be one: a late event shifted its window.
    void retracted(WindowKey key, long windowStartMillis, int number, long lastMillis, int total);

    /// A key had so many events waiting for late ones that half of them were settled early.
    void settledEarly();
}
