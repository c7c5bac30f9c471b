package io.tocsin.pipeline.connector;

import io.tocsin.pipeline.connector.framing.BufferBudget;
import java.util.Arrays;

/// Texts of events that are to be handed to a sink together, one behind another in one array. What
/// they take comes out of a budget that connections share.
///
/// Thread-safety: one thread at a time.
final class EventTexts {
    private static final int FIRST_BYTES = 4 << 10;
    private static final int FIRST_EVENTS = 64;

    private final BufferBudget budget;
    private byte[] bytes = {};
    private int[] ends = {};
    private byte[] flags = {};
    /// Both halves of the identifier of each text, as far as any has one.
    private long[] ids = {};
    private int count;
    /// Where the next part goes.
    private int open;
    private long taken;

    EventTexts(BufferBudget budget) {
        this.budget = budget;
    }

    int count() {
        return count;
    }

    int bytes() {
        return count == 0 ? 0 : ends[count - 1];
    }

    /// Copies a text; false, and nothing is taken, when there is no budget for it.
    ///
    /// @param flag 0 or `EventBatch.FLAG_CUT`
    /// @param idHigh together with `idLow` the identifier of the event; both 0: it gets a new one
    boolean add(byte[] buffer, int offset, int length, int flag, long idHigh, long idLow) {
        if (!append(buffer, offset, length)) {
            return false;
        }
        finish(flag, idHigh, idLow);
        return true;
    }

    /// Copies a part of a text that [#finish] completes; false, and nothing is taken, when there is no
    /// budget for it.
    boolean append(byte[] buffer, int offset, int length) {
        if (!roomFor((long) open + length)) {
            return false;
        }
        System.arraycopy(buffer, offset, bytes, open, length);
        open += length;
        return true;
    }

    /// Completes a text of which at least one part was appended.
    ///
    /// @param idHigh see [#add]
    void finish(int flag, long idHigh, long idLow) {
        ends[count] = open;
        flags[count] = (byte) flag;
        if ((idHigh | idLow) != 0) {
            if (2 * count >= ids.length) {
                ids = Arrays.copyOf(ids, 2 * ends.length);
            }
            ids[2 * count] = idHigh;
            ids[2 * count + 1] = idLow;
        }
        count++;
    }

    /// Where the text begins that is not complete.
    int openStart() {
        return bytes();
    }

    /// Bytes of the text that is not complete.
    int openLength() {
        return open - bytes();
    }

    /// Parts with what is complete, so that it can be handed on: the text that is not complete goes on in another one.
    /// What that takes at first is no more than this one had taken for it.
    ///
    /// @return holds nothing but the text that is not complete
    EventTexts splitOpen() {
        EventTexts rest = new EventTexts(budget);
        int start = openStart();
        rest.bytes = Arrays.copyOfRange(bytes, start, open);
        rest.open = open - start;
        rest.taken = rest.open;
        taken -= rest.open;
        open = start;
        return rest;
    }

    private boolean roomFor(long length) {
        if (length > Integer.MAX_VALUE - 8) {
            return false;
        }
        if (length > bytes.length) {
            long room = Math.max(FIRST_BYTES, Math.max(length, Math.min(2L * bytes.length, Integer.MAX_VALUE - 8)));
            if (!take(room - bytes.length)) {
                return false;
            }
            bytes = Arrays.copyOf(bytes, (int) room);
        }
        if (count == ends.length) {
            int room = Math.max(FIRST_EVENTS, 2 * ends.length);
            // An end, a flag and, for some, an identifier.
            if (!take(21L * (room - ends.length))) {
                return false;
            }
            ends = Arrays.copyOf(ends, room);
            flags = Arrays.copyOf(flags, room);
        }
        return true;
    }

    private boolean take(long more) {
        if (!budget.take(more)) {
            return false;
        }
        taken += more;
        return true;
    }

    int start(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    int length(int index) {
        return ends[index] - start(index);
    }

    int flag(int index) {
        return flags[index];
    }

    /// Upper half of the identifier of a text; 0 like the lower one: it has none.
    long idHigh(int index) {
        return 2 * index < ids.length ? ids[2 * index] : 0;
    }

    /// Lower half of the identifier of a text.
    long idLow(int index) {
        return 2 * index < ids.length ? ids[2 * index + 1] : 0;
    }

    byte[] array() {
        return bytes;
    }

    /// Gives the memory back.
    void release() {
        bytes = new byte[0];
        ends = new int[0];
        flags = new byte[0];
        ids = new long[0];
        count = 0;
        open = 0;
        budget.giveBack(taken);
        taken = 0;
    }
}
