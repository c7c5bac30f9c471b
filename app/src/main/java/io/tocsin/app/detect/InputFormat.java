package io.tocsin.app.detect;

/// How the events of a file are written.
public enum InputFormat {
    /// Tells the others apart, file by file and event by event.
    auto,
    /// Events with our schema's names, as `normalize` prints them.
    events,
    /// JSON objects whose keys are Sigma's field names.
    raw_json,
    /// Windows events as XML or as nested JSON.
    winevent;

    /// As it is written on the command line.
    @Override
    public String toString() {
        return name().replace('_', '-');
    }

    /// The format of this name.
    ///
    /// @throws IllegalArgumentException when there is none
    public static InputFormat of(String text) {
        return valueOf(text.replace('-', '_'));
    }
}
