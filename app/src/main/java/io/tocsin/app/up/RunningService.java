package io.tocsin.app.up;

/// A service of this process that serves until it is closed.
public interface RunningService extends AutoCloseable {
    /// What stands behind `ready` in the line that says that it serves: addresses and folders.
    String readyText();

    /// Drains and stops.
    @Override
    void close();
}
