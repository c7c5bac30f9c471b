package io.tocsin.pipeline.connector.framing;

import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// Cuts one stream of bytes into frames, in place: bytes are read into [#buffer()] and frames are handed on
/// as ranges of it.
///
/// ```
/// while ((n = in.read(decoder.buffer(), decoder.writeOffset(), decoder.room())) >= 0) decoder.received(n, sink);
/// decoder.end(sink);
/// ```
///
/// Where the stream is cut into reads makes no difference to the frames. A frame beyond the limit is handed
/// on once, cut at the limit (not inside a UTF-8 character) and marked; the rest of it is skipped, so the
/// stream stays in step. With [LongLines#SPLIT] the rest of a line follows in further pieces, marked as well. Empty
/// frames are ignored. A frame in which the stream ends is handed on and
/// marked.
///
/// With [Framing#AUTO] each frame is judged by its first bytes:
/// - `[1-9][0-9]{0,8}`, a space, and what a message begins with (`<` and a digit, `CEF:`, `LEEF:`, `{"`):
///   an octet-counted frame, however long it claims to be.
/// - everything else: a line up to LF, CR LF or NUL.
/// - a counting stream whose count was wrong (senders that count characters, not bytes) leaves some bytes
///   over that look like neither: they are handed on as a frame of their own up to the next header that
///   looks right, so one wrong count costs one frame and not the stream.
///
/// With [Framing#CSV] a line end inside quotes does not end the frame. Quotes that are not closed within the limit, or
/// until the stream ends, are no quotes: what was received so far is handed on line by line.
///
/// With [Framing#LF_PRIORITY] a line end ends the frame only when `<` follows. The last message of a sender that
/// rests is held until [#flush].
///
/// With [Framing#DELIMITED] the frame ends with one of the [Delimiters]. One that may be the beginning of a longer one
/// ends it when it is known what follows, or with [#flush].
///
/// With [Framing#OCTET_COUNTING] bytes that are no header end the stream: [#isBroken()] turns true, the
/// bytes at hand are handed on, marked, and the connection should be closed.
///
/// A frame for which there is no budget is cut as if the limit were lower.
///
/// Thread-safety: one thread at a time.
public final class FrameDecoder extends ReceiveBuffer {
    /// A broken stream of counted frames hands on no more than this of what is at hand.
    private static final int BROKEN_REST_BYTES = 8 << 10;

    private enum State {
        START,
        LINE,
        LINE_OUT_OF_STEP,
        COUNTED,
        SKIP_LINE,
        SKIP_COUNTED,
        BROKEN
    }

    private final Framing framing;
    private final int maximumFrameBytes;
    private final boolean splits;
    private final @Nullable Delimiters delimiters;
    private final byte firstTerminator;
    private final byte secondTerminator;
    private final CsvQuotes quotes = new CsvQuotes();
    /// Frames that begin before are lines whatever quotes they hold.
    private int plainEnd;

    /// End of what was searched for a terminator.
    private int scanned;

    private State state = State.START;
    /// Length of the counted frame at hand, or what is still to be skipped of it.
    private int counted;
    /// The last frame was an octet-counted one.
    private boolean counting;
    /// What is at hand is the rest of a line of which pieces were handed on.
    private boolean continued;

    private long framesCut;
    private long linesSplit;
    private long emptyLines;

    /// Lines beyond the limit are cut.
    ///
    /// @param maximumFrameBytes longest frame that is handed on whole, 1 to 1 GiB
    public FrameDecoder(Framing framing, int maximumFrameBytes, BufferBudget budget) {
        this(FrameSettings.cutting(framing, maximumFrameBytes), budget);
    }

    public FrameDecoder(FrameSettings settings, BufferBudget budget) {
        super(budget);
        this.framing = settings.framing();
        this.maximumFrameBytes = settings.maximumFrameBytes();
        this.splits = settings.longLines() == LongLines.SPLIT && framing != Framing.FILE;
        this.delimiters = settings.delimiters();
        this.firstTerminator = (byte) (framing == Framing.NUL ? 0 : '\n');
        this.secondTerminator = framing == Framing.AUTO ? 0 : firstTerminator;
    }

    /// True inside a line of which the rest is being skipped.
    public boolean isSkippingLine() {
        return state == State.SKIP_LINE;
    }

    /// Begins inside a line that was handed on cut: everything up to its end is skipped.
    public void skipLineFirst() {
        state = State.SKIP_LINE;
    }

    @Override
    public boolean isBroken() {
        return state == State.BROKEN;
    }

    /// Frames that were handed on cut so far.
    public long framesCut() {
        return framesCut;
    }

    /// Empty lines that were ignored so far; line ends behind counted frames are none.
    public long emptyLines() {
        return emptyLines;
    }

    /// Lines that were handed on in pieces so far.
    public long linesSplit() {
        return linesSplit;
    }

    /// Reads the whole stream.
    public void readAll(InputStream in, FrameSink sink) throws IOException {
        while (!isBroken()) {
            byte[] target = buffer();
            int read = in.read(target, writeOffset(), room());
            if (read < 0) {
                break;
            }
            received(read, sink);
        }
        end(sink);
    }

    /// Takes `length` bytes that were written to the buffer at [#writeOffset()] and hands on the frames
    /// that are complete.
    public void received(int length, FrameSink sink) {
        filled = length > 0 && end + length == buffer.length;
        end += length;
        steps(sink);
        if (start == end) {
            start = 0;
            end = 0;
            scanned = 0;
            plainEnd = 0;
        } else if (filled && start == 0 && end == buffer.length) {
            growOrCut(sink);
        }
    }

    /// True when nothing is left of the stream.
    public boolean isEmpty() {
        return end == start;
    }

    /// Hands on what is left when the stream has ended.
    public void end(FrameSink sink) {
        switch (state) {
            case START, LINE, LINE_OUT_OF_STEP -> {
                flush(sink);
                if (takeAsLines(end)) {
                    steps(sink);
                }
                int length = withinLimit(sink, stripCarriageReturn(end - start));
                if (length > maximumFrameBytes) {
                    deliver(sink, cutLength(maximumFrameBytes), EventBatch.FLAG_CUT);
                } else if (length > 0) {
                    // A whole file needs no terminator; everything else that lacks one may be half an
                    // event.
                    deliver(sink, length, framing == Framing.FILE ? 0 : EventBatch.FLAG_CUT);
                }
            }
            case COUNTED -> {
                if (end > start) {
                    deliver(sink, end - start, EventBatch.FLAG_CUT);
                }
            }
            case SKIP_LINE, SKIP_COUNTED, BROKEN -> {}
        }
        start = 0;
        end = 0;
        scanned = 0;
        plainEnd = 0;
        state = State.START;
        counting = false;
        continued = false;
    }

    private void steps(FrameSink sink) {
        while (step(sink)) {
            // All is done in the condition.
        }
    }

    /// Goes one step; false when more bytes are needed.
    private boolean step(FrameSink sink) {
        return switch (state) {
            case START -> beginFrame(sink);
            case LINE -> line(sink);
            case LINE_OUT_OF_STEP -> lineOutOfStep(sink);
            case COUNTED -> countedFrame(sink);
            case SKIP_LINE -> skipLine();
            case SKIP_COUNTED -> skipCounted();
            case BROKEN -> {
                start = end;
                yield false;
            }
        };
    }

    private boolean beginFrame(FrameSink sink) {
        if (start == end) {
            return false;
        }
        byte first = buffer[start];
        boolean terminator = first == firstTerminator || first == secondTerminator;
        switch (framing) {
            case LF, LF_PRIORITY, NUL, CSV -> {
                if (terminator) {
                    start++;
                    emptyLines++;
                    return true;
                }
                quotes.begin();
            }
            case AUTO -> {
                if (terminator) {
                    start++;
                    emptyLines += counting ? 0 : 1;
                    return true;
                }
                if (first == ' ') {
                    switch (FrameHeads.beginsFrame(buffer, start + 1, end)) {
                        case YES -> {
                            start++;
                            return true;
                        }
                        case INCOMPLETE -> {
                            return false;
                        }
                        case NO -> {}
                    }
                }
                if (first >= '1' && first <= '9') {
                    long count = FrameHeads.count(buffer, start, end, true);
                    if (count == FrameHeads.INCOMPLETE) {
                        return false;
                    }
                    if (count != FrameHeads.NONE) {
                        return beginCounted(count);
                    }
                }
                if (counting && first != '<' && first != '\r') {
                    state = State.LINE_OUT_OF_STEP;
                    scanned = start;
                    return true;
                }
            }
            case OCTET_COUNTING -> {
                // Some senders write a line end or a space after each counted frame; it costs nothing to forgive.
                if (first == '\n' || first == '\r' || first == ' ') {
                    start++;
                    return true;
                }
                long count =
                        first >= '1' && first <= '9' ? FrameHeads.count(buffer, start, end, false) : FrameHeads.NONE;
                if (count == FrameHeads.INCOMPLETE) {
                    return false;
                }
                if (count == FrameHeads.NONE) {
                    int rest = Math.min(BROKEN_REST_BYTES, maximumFrameBytes);
                    deliver(sink, Math.min(end - start, rest), EventBatch.FLAG_CUT);
                    state = State.BROKEN;
                    return true;
                }
                return beginCounted(count);
            }
            case DELIMITED, FILE -> {}
        }
        state = State.LINE;
        scanned = start;
        return true;
    }

    private boolean beginCounted(long count) {
        start += (int) (count >>> 32);
        counted = (int) count;
        counting = true;
        state = State.COUNTED;
        return true;
    }

    private boolean countedFrame(FrameSink sink) {
        int held = end - start;
        if (held >= counted) {
            int length = counted;
            if (length > maximumFrameBytes) {
                deliver(sink, cutLength(maximumFrameBytes), EventBatch.FLAG_CUT);
            } else {
                deliver(sink, length, 0);
            }
            start += length;
            state = State.START;
            return true;
        }
        // One byte more than the limit is awaited, so that the cut can see where a character begins.
        if (held > maximumFrameBytes) {
            cutCounted(sink, maximumFrameBytes);
            return true;
        }
        return false;
    }

    private void cutCounted(FrameSink sink, int limit) {
        deliver(sink, cutLength(limit), EventBatch.FLAG_CUT);
        counted -= end - start;
        start = end;
        state = State.SKIP_COUNTED;
    }

    private boolean skipCounted() {
        int skipped = Math.min(counted, end - start);
        start += skipped;
        counted -= skipped;
        if (counted > 0) {
            return false;
        }
        state = State.START;
        return true;
    }

    private boolean line(FrameSink sink) {
        if (framing == Framing.LF_PRIORITY) {
            return messageOfLines(sink);
        }
        if (framing == Framing.CSV && start >= plainEnd && !continued) {
            return csvRecord(sink);
        }
        if (delimiters != null) {
            return delimited(delimiters, sink);
        }
        int terminator =
                framing == Framing.FILE ? -1 : ByteScan.find(buffer, scanned, end, firstTerminator, secondTerminator);
        if (terminator >= 0) {
            finishLine(sink, terminator - start);
            start = terminator + 1;
            return true;
        }
        scanned = end;
        // One byte for a carriage return that does not count, one to see where a character begins.
        if (end - start >= maximumFrameBytes + 2) {
            cutLine(sink, maximumFrameBytes);
            return splits;
        }
        return false;
    }

    private boolean delimited(Delimiters by, FrameSink sink) {
        int delimiter = by.find(buffer, scanned, end, false);
        if (delimiter >= 0) {
            finishDelimited(by, delimiter, sink);
            return true;
        }
        scanned = ~delimiter;
        // One byte to see where a character begins; what may become a delimiter does not count.
        if (scanned - start > maximumFrameBytes) {
            cutLine(sink, maximumFrameBytes);
            return splits;
        }
        return false;
    }

    private void finishDelimited(Delimiters by, int delimiter, FrameSink sink) {
        int next = delimiter + by.lengthAt(buffer, delimiter, end, true);
        finishLine(sink, delimiter - start);
        start = next;
    }

    private boolean messageOfLines(FrameSink sink) {
        int lineEnd = lineEndBeforePriority(scanned);
        if (lineEnd >= 0 && lineEnd + 1 < end) {
            finishLine(sink, lineEnd - start);
            start = lineEnd + 1;
            return true;
        }
        // A line end that is the last byte is looked at again when it is known what follows.
        scanned = lineEnd >= 0 ? lineEnd : end;
        if (end - start >= maximumFrameBytes + (lineEnd >= 0 ? 3 : 2)) {
            cutLine(sink, maximumFrameBytes);
            return true;
        }
        return false;
    }

    /// The first line end from a position on that stands before `<`, or that is the last byte at hand; -1 when there is
    /// none.
    private int lineEndBeforePriority(int from) {
        int lineEnd = ByteScan.find(buffer, from, end, firstTerminator, firstTerminator);
        while (lineEnd >= 0 && lineEnd + 1 < end && buffer[lineEnd + 1] != '<') {
            lineEnd = ByteScan.find(buffer, lineEnd + 1, end, firstTerminator, firstTerminator);
        }
        return lineEnd;
    }

    /// True when a message is held that is whole unless more of it comes: nothing but the next byte can tell.
    public boolean awaitsMore() {
        if (state != State.LINE || end == start) {
            return false;
        }
        if (delimiters != null) {
            return scanned < end && delimiters.find(buffer, scanned, end, true) >= 0;
        }
        return framing == Framing.LF_PRIORITY && buffer[end - 1] == firstTerminator;
    }

    /// Hands on the message that is whole unless more of it comes, because nothing came for a while.
    public void flush(FrameSink sink) {
        while (awaitsMore()) {
            if (delimiters == null) {
                finishLine(sink, end - 1 - start);
                start = end;
            } else {
                finishDelimited(delimiters, delimiters.find(buffer, scanned, end, true), sink);
                steps(sink);
            }
        }
        if (start == end) {
            start = 0;
            end = 0;
            scanned = 0;
        }
    }

    private boolean csvRecord(FrameSink sink) {
        // As with lines, one byte for a carriage return and one to see where a character begins.
        int last = (int) Math.min(end, start + maximumFrameBytes + 2L);
        int terminator = quotes.find(buffer, scanned, last);
        if (terminator >= 0) {
            finishLine(sink, terminator - start);
            start = terminator + 1;
            return true;
        }
        scanned = last;
        if (last - start < maximumFrameBytes + 2) {
            return false;
        }
        if (!takeAsLines(last)) {
            cutLine(sink, maximumFrameBytes);
        }
        return true;
    }

    /// Gives up quotes that are not closed: what begins before `until` is taken line by line.
    ///
    /// @return false when there is no line end inside, or what is at hand is taken so already
    private boolean takeAsLines(int until) {
        if (framing != Framing.CSV
                || state != State.LINE
                || start < plainEnd
                || ByteScan.find(buffer, start, until, firstTerminator, secondTerminator) < 0) {
            return false;
        }
        plainEnd = until;
        scanned = start;
        return true;
    }

    private void finishLine(FrameSink sink, int lengthWithCarriageReturn) {
        int length = withinLimit(sink, stripCarriageReturn(lengthWithCarriageReturn));
        if (length > maximumFrameBytes) {
            deliver(sink, cutLength(maximumFrameBytes), EventBatch.FLAG_CUT);
        } else if (length > 0) {
            deliver(sink, length, continued ? EventBatch.FLAG_CUT : 0);
        }
        if (length > 0) {
            counting = false;
        } else {
            emptyLines += counting || continued ? 0 : 1;
        }
        continued = false;
        state = State.START;
    }

    /// Hands on pieces of a line that is split, until the rest of it fits.
    ///
    /// @return bytes of the rest; the length itself when lines are not split
    private int withinLimit(FrameSink sink, int length) {
        int rest = length;
        while (splits && rest > maximumFrameBytes) {
            rest -= piece(sink, maximumFrameBytes);
        }
        return rest;
    }

    private int piece(FrameSink sink, int limit) {
        int length = cutLength(limit);
        deliver(sink, length, EventBatch.FLAG_CUT);
        start += length;
        linesSplit += continued ? 0 : 1;
        continued = true;
        return length;
    }

    /// The line is longer than can be held; what was searched holds no end of it.
    private void cutLine(FrameSink sink, int limit) {
        counting = false;
        if (splits) {
            piece(sink, limit);
            return;
        }
        deliver(sink, cutLength(limit), EventBatch.FLAG_CUT);
        // What follows may be the line end that ends it.
        start = scanned;
        state = State.SKIP_LINE;
    }

    private boolean skipLine() {
        if (framing == Framing.LF_PRIORITY) {
            int lineEnd = lineEndBeforePriority(start);
            boolean ended = lineEnd >= 0 && lineEnd + 1 < end;
            start = ended ? lineEnd + 1 : lineEnd >= 0 ? lineEnd : end;
            state = ended ? State.START : State.SKIP_LINE;
            return ended;
        }
        if (delimiters != null) {
            int delimiter = delimiters.find(buffer, start, end, false);
            start = delimiter < 0 ? ~delimiter : delimiter + delimiters.lengthAt(buffer, delimiter, end, false);
            state = delimiter < 0 ? State.SKIP_LINE : State.START;
            return delimiter >= 0;
        }
        int terminator =
                framing == Framing.FILE ? -1 : ByteScan.find(buffer, start, end, firstTerminator, secondTerminator);
        if (terminator < 0) {
            start = end;
            return false;
        }
        start = terminator + 1;
        state = State.START;
        return true;
    }

    /// Bytes that a wrong count has left over: they end at a terminator or where the next header stands.
    /// More than the limit is handed on in pieces, because where a frame ends is not known.
    private boolean lineOutOfStep(FrameSink sink) {
        int last = (int) Math.min(end, start + maximumFrameBytes + 2L);
        for (int position = scanned; position < last; position++) {
            byte value = buffer[position];
            if (value == firstTerminator || value == secondTerminator) {
                finishLine(sink, position - start);
                start = position + 1;
                return true;
            }
            int header = value == '<' ? FrameHeads.before(buffer, start, position) : -1;
            // A header at the very beginning has been judged already and is none.
            if (header > start) {
                deliver(sink, Math.min(header - start, maximumFrameBytes), EventBatch.FLAG_CUT);
                start = header;
                continued = false;
                state = State.START;
                return true;
            }
        }
        scanned = last;
        if (last - start == maximumFrameBytes + 2) {
            int length = cutLength(maximumFrameBytes);
            deliver(sink, length, EventBatch.FLAG_CUT);
            start += length;
            return true;
        }
        return false;
    }

    private int stripCarriageReturn(int length) {
        boolean strip = length > 0
                && (framing == Framing.AUTO
                        || framing == Framing.LF
                        || framing == Framing.LF_PRIORITY
                        || framing == Framing.CSV)
                && buffer[start + length - 1] == '\r';
        return strip ? length - 1 : length;
    }

    /// `limit`, or a little less when it would cut a UTF-8 character; the buffer holds more than `limit`
    /// bytes of the frame.
    private int cutLength(int limit) {
        int length = limit;
        for (int back = 0; back < 3 && length > 1 && (buffer[start + length] & 0xC0) == 0x80; back++) {
            length--;
        }
        boolean character = (buffer[start + length] & 0xC0) != 0x80;
        return character ? length : limit;
    }

    private void deliver(FrameSink sink, int length, int flags) {
        if (flags != 0) {
            framesCut++;
        }
        sink.frame(buffer, start, length, flags);
    }

    @Override
    void moved(int bytes) {
        scanned = Math.max(0, scanned - bytes);
        plainEnd = Math.max(0, plainEnd - bytes);
    }

    /// The buffer is full of one frame: makes it larger, or cuts the frame when there is no memory for it.
    private void growOrCut(FrameSink sink) {
        if (grow() || end - start < 4) {
            return;
        }
        if (takeAsLines(end)) {
            steps(sink);
            return;
        }
        switch (state) {
            case COUNTED -> cutCounted(sink, end - start - 1);
            case LINE, LINE_OUT_OF_STEP -> cutLine(sink, scanned - start - 1);
            case START, SKIP_COUNTED, SKIP_LINE, BROKEN -> {}
        }
        // The rest of a line that is split stays, and a line end of which it is not known what follows.
        compact();
    }

    /// Makes the buffer larger; false when it holds the longest frame, or the budget does not give it.
    private boolean grow() {
        int most = Math.max(LARGE_BUFFER_BYTES, maximumFrameBytes + 16);
        return grow((int) Math.min(most, buffer.length * 8L));
    }
}
