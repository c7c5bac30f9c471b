package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import org.jspecify.annotations.Nullable;

/// Pairs of key and value: `key=value key="value with spaces" …` with any delimiters.
///
/// Parts: the keys, and `prefix` (what stands before the first pair, when something maps it).
///
/// Decisions: a value that begins with a quote ends at the same quote; inside, `\"` and `\\` are decoded. Outside
/// quotes a backslash before a delimiter takes its meaning away and everything else stays, so Windows paths
/// survive. Words without a value (flags) are passed over. A text without any pair is not of this format.
///
/// Thread-safety: one thread.
final class KvFormat implements Format {
    private static final int LONGEST_KEY = 256;

    private final byte[] pairDelimiter;
    private final byte[] valueDelimiter;
    private final boolean spaces;
    private final boolean quotes;
    private final KeyTable<Target> keys;
    private final @Nullable Target prefix;

    /// @param pairDelimiter what stands between pairs; a single space stands for any run of spaces
    /// @param valueDelimiter what stands between key and value
    /// @param quotes values may be quoted
    KvFormat(String pairDelimiter, String valueDelimiter, boolean quotes, SourceMapping mapping) {
        this.pairDelimiter = pairDelimiter.getBytes(UTF_8);
        this.valueDelimiter = valueDelimiter.getBytes(UTF_8);
        this.spaces = pairDelimiter.equals(" ");
        this.quotes = quotes;
        keys = mapping.table();
        prefix = mapping.get("prefix");
    }

    /// Schema names.
    static void defaults(SourceMapping mapping) {
        for (Field field : Field.values()) {
            if (field.group() != FieldGroup.SERVICE) {
                mapping.add(field.fieldName(), Target.of(field));
            }
        }
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        byte[] text = event.arena();
        int to = ByteScan.trimEnd(text, offset, offset + length);
        int start = ByteScan.skipSpaces(text, offset, to);
        int at = start;
        boolean found = false;
        while (at < to) {
            at = skipDelimiters(text, at, to);
            int equal = keyEnd(text, at, to);
            if (equal < 0) {
                at = -equal - 1;
                continue;
            }
            if (!found) {
                found = true;
                if (prefix != null && at > start) {
                    writer.write(event, prefix, start, ByteScan.trimEnd(text, start, at) - start);
                }
            }
            at = value(event, writer, text, at, equal, to);
        }
        return found ? Outcome.UNDERSTOOD : Outcome.FOREIGN;
    }

    private int skipDelimiters(byte[] text, int from, int to) {
        int at = from;
        while (at < to) {
            if (ByteScan.isSpace(text[at])) {
                at++;
            } else if (!spaces && ByteScan.startsWith(text, at, to, pairDelimiter)) {
                at += pairDelimiter.length;
            } else {
                break;
            }
        }
        return at;
    }

    private boolean isPairDelimiter(byte[] text, int at, int to) {
        return spaces ? ByteScan.isSpace(text[at]) : startsPair(text, at, to);
    }

    private boolean startsPair(byte[] text, int at, int to) {
        return text[at] == pairDelimiter[0] && ByteScan.startsWith(text, at, to, pairDelimiter);
    }

    /// Where the key that begins at `from` ends, or `-1 - next` when no value follows before the next pair.
    private int keyEnd(byte[] text, int from, int to) {
        int limit = Math.min(to, from + LONGEST_KEY);
        int at = from;
        if (quotes && at < to && text[at] == '"') {
            // a quoted key
            int close = ByteScan.indexOf(text, at + 1, limit, '"');
            if (close < limit && ByteScan.startsWith(text, close + 1, to, valueDelimiter)) {
                return close + 1;
            }
        }
        for (; at < limit; at++) {
            if (text[at] == valueDelimiter[0] && ByteScan.startsWith(text, at, to, valueDelimiter)) {
                return at > from ? at : -1 - (at + valueDelimiter.length);
            }
            if (isPairDelimiter(text, at, to)) {
                return -1 - (at + 1);
            }
        }
        return -1 - Math.max(at, from + 1);
    }

    private int value(EventBuilder event, FieldWriter writer, byte[] text, int keyFrom, int keyTo, int to) {
        int keyStart = keyFrom;
        int keyEnd = ByteScan.trimEnd(text, keyFrom, keyTo);
        if (quotes && keyEnd - keyStart >= 2 && text[keyStart] == '"' && text[keyEnd - 1] == '"') {
            keyStart++;
            keyEnd--;
        }
        int at = keyTo + valueDelimiter.length;
        if (!spaces) {
            while (at < to && text[at] == ' ') {
                at++;
            }
        }
        Target target = keys.find(text, keyStart, keyEnd - keyStart);
        if (quotes && at < to && (text[at] == '"' || text[at] == '\'')) {
            byte quote = text[at];
            int close = at + 1;
            boolean escaped = false;
            while (true) {
                close = ByteScan.indexOfEither(text, close, to, quote, '\\');
                if (close >= to || text[close] == quote) {
                    break;
                }
                escaped = true;
                close += 2;
            }
            if (close < to) {
                write(event, writer, target, text, keyStart, keyEnd, at + 1, close, escaped ? quote : 0);
                return close + 1;
            }
        }
        int end = at;
        boolean escaped = false;
        while (end < to && !isPairDelimiter(text, end, to)) {
            if (text[end] == '\\' && end + 1 < to && isDelimiter(text, end + 1, to)) {
                escaped = true;
                end++;
            }
            end++;
        }
        end = Math.min(end, to);
        int stop = spaces ? end : ByteScan.trimEnd(text, at, end);
        write(event, writer, target, text, keyStart, keyEnd, at, stop, escaped ? -1 : 0);
        return end;
    }

    private boolean isDelimiter(byte[] text, int at, int to) {
        return isPairDelimiter(text, at, to) || ByteScan.startsWith(text, at, to, valueDelimiter);
    }

    /// @param escape 0: the value stands as it is; a quote: decode it and the backslash; -1: decode delimiters
    private void write(
            EventBuilder event,
            FieldWriter writer,
            @Nullable Target target,
            byte[] text,
            int keyStart,
            int keyEnd,
            int from,
            int to,
            int escape) {
        if (target == null && !writer.keepsExtra()) {
            return;
        }
        int start = from;
        int length = to - from;
        if (escape != 0) {
            int copy = event.reserve(length);
            byte[] arena = event.arena();
            int out = copy;
            for (int i = from; i < to; i++) {
                byte next = text[i];
                if (next == '\\' && i + 1 < to) {
                    byte code = text[i + 1];
                    if (escape < 0 ? isDelimiter(text, i + 1, to) : code == '\\' || code == (byte) escape) {
                        next = code;
                        i++;
                    }
                }
                arena[out++] = next;
            }
            length = out - copy;
            event.advance(length);
            start = copy;
        }
        writer.accept(event, target, keyStart, keyEnd - keyStart, start, length);
    }
}
