package io.tocsin.correlator.run;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/// What the output holds beyond the state from which an engine goes on: it will be found once more and
/// is not to be told again. With the same rules it is found in the same order, so its number is
/// enough; with others it is recognised by its identifiers.
///
/// Thread-safety: one thread.
final class CatchingUp {
    private long toSkip;
    private final Set<Id> known = new HashSet<>();

    private record Id(long high, long low) {}

    void clear() {
        toSkip = 0;
        known.clear();
    }

    /// Says from where the output is beyond the state, after [#read] or [#clear].
    ///
    /// @param outputSequence of the output when the state was taken
    /// @param sameRules true when the same is found in the same order
    void begin(long outputSequence, boolean sameRules, CorrelatorOutput output) throws IOException {
        if (sameRules) {
            toSkip += Math.max(0, output.nextSequence() - outputSequence);
        } else {
            output.readIds(Math.max(0, outputSequence - toSkip), (high, low) -> known.add(new Id(high, low)));
            toSkip = 0;
        }
    }

    /// Says that what is still to be found again may come in another order now.
    void rulesChanged(CorrelatorOutput output) throws IOException {
        if (toSkip > 0) {
            output.readIds(output.nextSequence() - toSkip, (high, low) -> known.add(new Id(high, low)));
            toSkip = 0;
        }
    }

    /// Says that all input was read that there is: whatever an earlier process had found, it had found
    /// in that.
    void inputRead() {
        known.clear();
    }

    /// Appends what of the findings of one record is not in the output yet.
    void append(EventBatch found, CorrelatorOutput output) throws IOException, InterruptedException {
        EventBatch fresh = known.isEmpty() ? found : withoutKnown(found);
        if (fresh.isEmpty()) {
            return;
        }
        if (toSkip == 0) {
            output.append(fresh);
        } else if (toSkip >= fresh.count()) {
            toSkip -= fresh.count();
        } else {
            throw new IOException("the output holds a part of what one record makes: it is not the log that belongs to"
                    + " this checkpoint [beyond=" + toSkip + ", found=" + fresh.count() + "]; remove the checkpoint to"
                    + " start afresh");
        }
    }

    private EventBatch withoutKnown(EventBatch events) {
        boolean[] isKnown = new boolean[events.count()];
        int count = 0;
        Event event = new Event();
        for (int i = 0; i < events.count(); i++) {
            event.moveTo(events, i);
            isKnown[i] = known.remove(new Id(event.idHigh(), event.idLow()));
            count += isKnown[i] ? 1 : 0;
        }
        return count == 0 ? events : BatchCopy.without(events, isKnown);
    }

    void read(StateReader in) {
        toSkip = in.count();
        known.clear();
        int count = in.size();
        for (int i = 0; i < count; i++) {
            known.add(new Id(in.bits(), in.bits()));
        }
    }

    void write(StateWriter out) {
        out.count(toSkip);
        out.count(known.size());
        for (Id id : known) {
            out.bits(id.high());
            out.bits(id.low());
        }
    }
}
