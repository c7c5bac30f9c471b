package io.tocsin.pipeline.assemble;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.expression.BoundedRegex;
import org.jspecify.annotations.Nullable;

/// Tells groups apart by expressions of a user.
///
/// A line that the key does not fit belongs to no group; without a key all lines of a sender belong to one.
///
/// Thread-safety: one thread.
final class PatternParts implements PartReader {
    private final @Nullable BoundedRegex key;
    private final @Nullable BoundedRegex start;
    private final @Nullable BoundedRegex end;
    private final @Nullable BoundedRegex number;
    private final @Nullable BoundedRegex count;

    PatternParts(
            @Nullable BoundedRegex key,
            @Nullable BoundedRegex start,
            @Nullable BoundedRegex end,
            @Nullable BoundedRegex number,
            @Nullable BoundedRegex count) {
        this.key = copy(key);
        this.start = copy(start);
        this.end = copy(end);
        this.number = copy(number);
        this.count = copy(count);
    }

    private static @Nullable BoundedRegex copy(@Nullable BoundedRegex regex) {
        return regex == null ? null : regex.copy();
    }

    @Override
    public boolean endsByCountAlone() {
        return true;
    }

    @Override
    public boolean read(byte[] text, int offset, int length, Part into) {
        if (key != null) {
            if (!key.find(text, offset, length)) {
                return false;
            }
            into.key = groups(key, text);
        }
        if (start != null && start.find(text, offset, length)) {
            into.role = Part.Role.START;
        } else if (end != null && end.find(text, offset, length)) {
            into.role = Part.Role.END;
        }
        into.order = number(number, text, offset, length);
        into.expected = (int) Math.min(Integer.MAX_VALUE, number(count, text, offset, length));
        return true;
    }

    /// The text of all groups, or of the whole match when the expression has none.
    private static String groups(BoundedRegex regex, byte[] text) {
        int groups = regex.groupCount();
        if (groups == 0) {
            return new String(text, regex.start(0), regex.end(0) - regex.start(0), UTF_8);
        }
        StringBuilder joined = new StringBuilder();
        for (int group = 1; group <= groups; group++) {
            if (group > 1) {
                joined.append('\0');
            }
            if (regex.start(group) >= 0) {
                joined.append(new String(text, regex.start(group), regex.end(group) - regex.start(group), UTF_8));
            }
        }
        return joined.toString();
    }

    private static long number(@Nullable BoundedRegex regex, byte[] text, int offset, int length) {
        if (regex == null || !regex.find(text, offset, length)) {
            return -1;
        }
        int group = regex.groupCount() > 0 ? 1 : 0;
        int from = regex.start(group);
        int to = Math.min(regex.end(group), from + 18);
        long value = 0;
        for (int i = from; i < to && from >= 0; i++) {
            if (text[i] < '0' || text[i] > '9') {
                return -1;
            }
            value = value * 10 + text[i] - '0';
        }
        return from < 0 || from == to ? -1 : value;
    }
}
