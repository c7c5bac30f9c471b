package io.tocsin.pipeline.connector.http;

import io.tocsin.pipeline.connector.framing.BufferBudget;
import java.util.Arrays;

/// Tells the JSON values of a body apart: the elements of an array, or values one behind another with
/// or without space between them. Values are handed on as the bytes that were sent; whether they are
/// well formed inside is not looked at, only where they end.
///
/// - A value beyond the limit is handed on once, cut and marked; the next one is found all the same.
/// - Outside of an array, what begins with neither brace nor bracket is a line of text; a line end
///   inside a string (JSON has none there) ends a damaged object, so that the next line is read again.
/// - What follows damage in the structure of an array is handed on as one last value; [#isBroken()]
///   tells.
///
/// Thread-safety: one thread.
public final class JsonElements implements AutoCloseable {
    /// Takes values, in order.
    @FunctionalInterface
    public interface Receiver {
        /// Takes one value. The bytes are valid during the call only.
        ///
        /// @param length at least 1
        /// @param cut true when it was longer than the limit or the body ended inside
        void element(byte[] buffer, int offset, int length, boolean cut);
    }

    private enum State {
        BETWEEN,
        BEFORE_ELEMENT,
        CONTAINER,
        SCALAR,
        LINE,
        BEHIND_ELEMENT,
        REST
    }

    private static final int SMALL_BUFFER_BYTES = 1 << 10;

    private final int maximumBytes;
    private final BufferBudget budget;
    private long taken;
    private State state = State.BETWEEN;
    private boolean inArray;
    private boolean inString;
    private boolean escaped;
    private int depth;
    private boolean broken;
    private long elements;

    /// The value at hand as far as it lies in earlier chunks.
    private byte[] held = {};
    private int heldLength;
    private boolean cut;

    /// @param maximumBytes longest value that is handed on whole
    /// @param budget gives what a long value needs; without it the value is cut as if the limit were
    /// lower
    public JsonElements(int maximumBytes, BufferBudget budget) {
        this.maximumBytes = maximumBytes;
        this.budget = budget;
    }

    /// Values handed on so far.
    public long elements() {
        return elements;
    }

    /// True when the structure of the body is damaged.
    public boolean isBroken() {
        return broken;
    }

    /// Gives the buffer back to the budget.
    @Override
    public void close() {
        held = new byte[0];
        heldLength = 0;
        budget.giveBack(taken);
        taken = 0;
    }

    /// Looks at the next bytes of the body.
    public void feed(byte[] bytes, int offset, int length, Receiver receiver) {
        int to = offset + length;
        int from = offset;
        int at = offset;
        while (at < to) {
            byte b = bytes[at];
            switch (state) {
                case BETWEEN -> {
                    if (isSpace(b)) {
                        at++;
                    } else if (b == '[') {
                        inArray = true;
                        state = State.BEFORE_ELEMENT;
                        at++;
                    } else {
                        from = at;
                        at = begin(b, at, State.LINE);
                    }
                }
                case BEFORE_ELEMENT -> {
                    if (isSpace(b)) {
                        at++;
                    } else if (b == ']') {
                        inArray = false;
                        state = State.BETWEEN;
                        at++;
                    } else if (b == ',' || b == '}' || b == ':') {
                        broken = true;
                        from = at;
                        state = State.REST;
                    } else {
                        from = at;
                        at = begin(b, at, State.SCALAR);
                    }
                }
                case CONTAINER -> {
                    int end = container(bytes, at, to);
                    at = end < 0 ? to : end;
                    if (end >= 0) {
                        hand(bytes, from, at, receiver);
                        state = inArray ? State.BEHIND_ELEMENT : State.BETWEEN;
                    }
                }
                case SCALAR -> {
                    if (inString) {
                        at = string(bytes, at, to);
                    } else if (b == '"' && depth == 0) {
                        depth = 1;
                        inString = true;
                        at++;
                    } else if (b == ',' || b == ']' || isSpace(b)) {
                        hand(bytes, from, at, receiver);
                        depth = 0;
                        state = State.BEHIND_ELEMENT;
                    } else {
                        depth = 1;
                        at++;
                    }
                }
                case LINE -> {
                    while (at < to && bytes[at] != '\n') {
                        at++;
                    }
                    if (at < to) {
                        hand(bytes, from, at, receiver);
                        state = State.BETWEEN;
                        at++;
                    }
                }
                case BEHIND_ELEMENT -> {
                    if (isSpace(b)) {
                        at++;
                    } else if (b == ',') {
                        state = State.BEFORE_ELEMENT;
                        at++;
                    } else if (b == ']') {
                        inArray = false;
                        state = State.BETWEEN;
                        at++;
                    } else {
                        broken = true;
                        from = at;
                        state = State.REST;
                    }
                }
                case REST -> at = to;
            }
        }
        if (isInside()) {
            hold(bytes, from, to);
        }
    }

    /// Says that the body is complete.
    public void end(Receiver receiver) {
        if (isInside()) {
            boolean unfinished = state == State.CONTAINER || inArray;
            broken |= unfinished;
            cut |= unfinished;
            hand(held, 0, 0, receiver);
        } else if (inArray) {
            broken = true;
        }
        state = State.BETWEEN;
    }

    private boolean isInside() {
        return switch (state) {
            case CONTAINER, SCALAR, LINE, REST -> true;
            case BETWEEN, BEFORE_ELEMENT, BEHIND_ELEMENT -> false;
        };
    }

    private int begin(byte first, int at, State other) {
        heldLength = 0;
        cut = false;
        inString = false;
        escaped = false;
        depth = 0;
        if (first == '{' || first == '[') {
            state = State.CONTAINER;
            depth = 1;
            return at + 1;
        }
        state = other;
        return at;
    }

    /// Looks for the end of an object or array; behind it, or -1.
    private int container(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            byte b = bytes[at];
            if (inString) {
                if (b == '\n' && !inArray) {
                    broken = true;
                    return at;
                }
                at = string(bytes, at, to);
                continue;
            }
            at++;
            if (b == '"') {
                inString = true;
            } else if (b == '{' || b == '[') {
                depth++;
            } else if ((b == '}' || b == ']') && --depth == 0) {
                return at;
            }
        }
        return -1;
    }

    /// Goes on inside a string; stops behind its end, or at a line end.
    private int string(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            byte b = bytes[at];
            if (b == '\n' && !inArray) {
                // No string holds one, a backslash before it or not.
                return at;
            }
            if (escaped) {
                escaped = false;
            } else if (b == '\\') {
                escaped = true;
            } else if (b == '"') {
                inString = false;
                return at + 1;
            }
            at++;
        }
        return at;
    }

    private void hold(byte[] bytes, int from, int to) {
        int length = Math.min(to - from, maximumBytes - heldLength);
        if (held.length - heldLength < length && !grow(heldLength + length)) {
            length = held.length - heldLength;
        }
        if (length < to - from) {
            cut = true;
        }
        System.arraycopy(bytes, from, held, heldLength, length);
        heldLength += length;
    }

    private boolean grow(int length) {
        int room = (int) Math.max(Math.max(SMALL_BUFFER_BYTES, length), Math.min(maximumBytes, 2L * held.length));
        int more = room - held.length;
        if (!budget.take(more)) {
            return false;
        }
        taken += more;
        held = Arrays.copyOf(held, room);
        return true;
    }

    private void hand(byte[] bytes, int from, int to, Receiver receiver) {
        int end = to;
        while (heldLength == 0 && end > from && isSpace(bytes[end - 1])) {
            end--;
        }
        if (heldLength > 0) {
            hold(bytes, from, to);
            int length = heldLength;
            while (length > 0 && isSpace(held[length - 1])) {
                length--;
            }
            send(held, 0, length, cut, receiver);
        } else if (end - from > maximumBytes) {
            send(bytes, from, maximumBytes, true, receiver);
        } else if (end > from) {
            send(bytes, from, end - from, cut, receiver);
        }
        heldLength = 0;
        cut = false;
    }

    private void send(byte[] bytes, int from, int length, boolean incomplete, Receiver receiver) {
        if (length > 0) {
            elements++;
            receiver.element(bytes, from, length, incomplete);
        }
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }
}
