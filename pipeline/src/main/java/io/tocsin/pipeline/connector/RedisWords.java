package io.tocsin.pipeline.connector;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/// Takes an inline command apart as Redis does (`sdssplitargs`): words between white space; in double quotes with the
/// escapes of C, in single quotes with `\'` only.
///
/// Thread-safety: one thread.
final class RedisWords {
    private final byte[] line;
    private final int length;
    private int at;

    private RedisWords(byte[] line, int length) {
        this.line = line;
        this.length = length;
    }

    /// @throws RedisProblem when a quote is not closed, or text follows it
    static List<byte[]> of(byte[] line, int length) throws RedisProblem {
        RedisWords words = new RedisWords(line, length);
        List<byte[]> found = new ArrayList<>();
        while (words.begins()) {
            found.add(words.word());
        }
        return found;
    }

    private boolean begins() {
        while (at < length && isSpace(line[at])) {
            at++;
        }
        return at < length;
    }

    private byte[] word() throws RedisProblem {
        ByteArrayOutputStream word = new ByteArrayOutputStream();
        while (at < length && !isSpace(line[at])) {
            byte next = line[at++];
            if (next == '"' || next == '\'') {
                quoted(next, word);
                if (at < length && !isSpace(line[at])) {
                    throw unbalanced();
                }
                break;
            }
            word.write(next);
        }
        return word.toByteArray();
    }

    private void quoted(byte quote, ByteArrayOutputStream word) throws RedisProblem {
        while (at < length) {
            byte next = line[at++];
            if (next == quote) {
                return;
            }
            if (next == '\\' && at < length && quote == '"') {
                word.write(escaped());
            } else if (next == '\\' && at < length && line[at] == '\'') {
                word.write(line[at++]);
            } else {
                word.write(next);
            }
        }
        throw unbalanced();
    }

    private int escaped() {
        byte next = line[at++];
        if (next == 'x' && at + 1 < length) {
            int high = Character.digit(line[at], 16);
            int low = Character.digit(line[at + 1], 16);
            if (high >= 0 && low >= 0) {
                at += 2;
                return high << 4 | low;
            }
        }
        return switch (next) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> next;
        };
    }

    private static boolean isSpace(byte value) {
        return value == ' ' || (value >= '\t' && value <= '\r') || value == 0;
    }

    private static RedisProblem unbalanced() {
        return new RedisProblem("ERR Protocol error: unbalanced quotes in request");
    }
}
