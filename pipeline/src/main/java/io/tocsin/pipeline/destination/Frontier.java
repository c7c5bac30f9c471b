package io.tocsin.pipeline.destination;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Finds the place in a log up to which **everything** is dealt with, while records are dealt with in any order and
/// in pieces.
///
/// Thread-safety: any thread.
final class Frontier {
    private final ArrayDeque<Part> open = new ArrayDeque<>();

    /// One record.
    ///
    /// Thread-safety: guarded by the frontier.
    static final class Part {
        private final LogPosition end;
        private int holders = 1;

        private Part(LogPosition end) {
            this.end = end;
        }
    }

    /// Adds the next record; whoever adds it holds it.
    synchronized Part open(LogPosition end) {
        Part part = new Part(end);
        open.addLast(part);
        return part;
    }

    /// One more has to let go of the record before it is dealt with.
    synchronized void hold(Part part) {
        part.holders++;
    }

    /// One less.
    synchronized void release(Part part) {
        part.holders--;
    }

    /// Takes the records from the front that nobody holds any more.
    ///
    /// @return the end of the last of them, null when there is none
    synchronized @Nullable LogPosition settle() {
        LogPosition end = null;
        while (!open.isEmpty() && open.getFirst().holders == 0) {
            end = open.removeFirst().end;
        }
        return end;
    }

    /// Whether every record was taken.
    synchronized boolean isEmpty() {
        return open.isEmpty();
    }
}
