package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBuilder;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// JSON of which each object of an array is an event: the array of the whole text, or the one at a path
/// (`Records`). Several values one after another are taken in turn.
///
/// Parts: those of the object, and those of what stands around the array below `outer` (`outer.owner`).
///
/// Decisions:
/// - An object without the array, or with an empty one, is one event itself.
/// - An element that is no object is an event that nothing understands; so is what is damaged, up to the end.
///
/// Thread-safety: one thread.
final class JsonEvents implements Splitting {
    private static final byte[] OUTER = "{\"outer\":".getBytes(US_ASCII);
    private static final byte[] NOTHING = {};
    private static final byte[] NULL = "null".getBytes(US_ASCII);

    private final byte[][] steps;
    private final Format inner;

    private byte[] text = NOTHING;
    private int to;
    private int at;
    /// Where the array ends whose elements are taken, and where to go on behind it; -1 outside of arrays.
    private int arrayEnd;

    private int afterArray;
    private byte[] outer = NOTHING;
    private int pieceStart;
    private int pieceEnd;
    private boolean found;

    /// @param path steps with dots; empty for the array of the whole text
    /// @param inner takes each object apart
    JsonEvents(String path, Format inner) {
        List<byte[]> names = new ArrayList<>();
        if (!path.isEmpty()) {
            for (String step : path.split("\\.", -1)) {
                names.add(Conversions.bytes(step));
            }
        }
        this.steps = names.toArray(byte[][]::new);
        this.inner = inner;
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        Outcome outcome = inner.parse(event, offset, length, writer);
        if (outer.length > 0 && outcome != Outcome.FOREIGN) {
            int copy = event.append(outer, 0, outer.length);
            inner.parse(event, copy, outer.length, writer);
        }
        return outcome;
    }

    @Override
    public void open(EntryOrigin origin, byte[] source, int offset, int length) {
        text = source;
        to = offset + length;
        at = SyslogFormat.afterByteOrderMark(source, offset, to);
        arrayEnd = -1;
        outer = NOTHING;
        pieceStart = at;
        pieceEnd = at;
        found = false;
    }

    @Override
    public boolean next() {
        while (true) {
            at = separator(at);
            if (arrayEnd >= 0 && at >= arrayEnd) {
                at = afterArray;
                arrayEnd = -1;
                outer = NOTHING;
                continue;
            }
            if (at >= to) {
                return last();
            }
            if (arrayEnd < 0 && text[at] != '{' && text[at] != '[') {
                return piece(at, to);
            }
            // damaged text may be read in two ways: what is inside the array stays inside
            int limit = arrayEnd < 0 ? to : Math.min(arrayEnd, to);
            int end = JsonText.afterValue(text, at, limit);
            if (end < 0) {
                if (arrayEnd < 0 && text[at] == '[') {
                    enter(at, to + 1, to);
                    continue;
                }
                return piece(at, limit);
            }
            if (arrayEnd < 0 && text[at] == '[') {
                enter(at, end, end);
                continue;
            }
            if (arrayEnd < 0 && text[at] == '{' && steps.length > 0 && around(at, end)) {
                continue;
            }
            return piece(at, end);
        }
    }

    private int separator(int from) {
        int next = from;
        while (next < to && (ByteScan.isSpace(text[next]) || text[next] == ',' || text[next] == 0)) {
            next++;
        }
        return next;
    }

    private boolean piece(int start, int end) {
        pieceStart = start;
        pieceEnd = end;
        at = end;
        found = true;
        return true;
    }

    /// A text of which nothing was taken is one event, so that it is not lost.
    private boolean last() {
        if (found || pieceStart >= to) {
            return false;
        }
        pieceEnd = to;
        found = true;
        return true;
    }

    private void enter(int open, int end, int after) {
        at = open + 1;
        arrayEnd = end - 1;
        afterArray = after;
    }

    /// Enters the array at the path inside the object; false when there is none with elements.
    private boolean around(int open, int end) {
        int value = open;
        for (byte[] step : steps) {
            value = text[value] == '{' ? member(value, end, step) : -1;
            if (value < 0) {
                return false;
            }
        }
        int close = text[value] == '[' ? JsonText.afterValue(text, value, end) : -1;
        if (close < 0 || separator(value + 1) >= close - 1) {
            return false;
        }
        ByteArrayOutputStream around = new ByteArrayOutputStream();
        around.writeBytes(OUTER);
        around.write(text, open, value - open);
        around.writeBytes(NULL);
        around.write(text, close, end - close);
        around.write('}');
        outer = around.toByteArray();
        enter(value, close, end);
        return true;
    }

    /// Where the value of a member of the object begins, or -1.
    private int member(int open, int end, byte[] name) {
        int next = separator(open + 1);
        while (next < end && text[next] == '"') {
            int keyEnd = JsonText.afterValue(text, next, end);
            if (keyEnd < 0) {
                return -1;
            }
            boolean wanted = Arrays.equals(text, next + 1, keyEnd - 1, name, 0, name.length);
            int value = ByteScan.skipSpaces(text, keyEnd, end);
            if (value >= end || text[value] != ':') {
                return -1;
            }
            value = ByteScan.skipSpaces(text, value + 1, end);
            if (wanted) {
                return value < end ? value : -1;
            }
            int after = JsonText.afterValue(text, value, end);
            if (after < 0) {
                return -1;
            }
            next = separator(after);
        }
        return -1;
    }

    @Override
    public int pieceOffset() {
        return pieceStart;
    }

    @Override
    public int pieceLength() {
        return pieceEnd - pieceStart;
    }
}
