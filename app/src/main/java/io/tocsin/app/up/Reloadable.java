package io.tocsin.app.up;

import io.tocsin.config.Problems;

/// A part of a process that is made as resources say and can go over to other ones while it runs.
interface Reloadable {
    /// Reads what concerns this part and checks it; nothing changes yet. Everything wrong goes into `problems`.
    ///
    /// @return goes over to what was read; called only when no part found a problem, by the same thread
    Runnable prepare(Resources next, Problems problems);

    /// Tries again what could not be done at the last change, such as to listen on a port that was taken.
    void retry();

    /// What could not be done, for people; empty when all is well.
    String trouble();
}
