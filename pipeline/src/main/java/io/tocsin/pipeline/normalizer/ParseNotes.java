package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Collects what could not be parsed or converted in the open event and writes it to `ParseError` at the end. Costs
/// nothing when there is nothing to say.
///
/// Thread-safety: one thread.
final class ParseNotes {
    private static final int MAXIMUM_NOTES = 20;
    private static final int SHOWN_BYTES = 64;

    private final StringBuilder text = new StringBuilder();
    private final String[] fields = new String[MAXIMUM_NOTES];
    private final String[] reasons = new String[MAXIMUM_NOTES];
    private int count;
    private @Nullable String skipReason;
    private int sequence;
    private long sequenceHost;
    private long sequenceProgram;

    /// The text is no event.
    ///
    /// @param reason a few words that stay the same, such as `header`
    void skip(String reason) {
        skipReason = reason;
    }

    /// Why the text is no event, or null when it is one.
    @Nullable
    String skipReason() {
        return skipReason;
    }

    /// The sender has numbered the text.
    ///
    /// @param number 1 to 2147483647
    /// @param host of the name of the host that the text names
    /// @param program of the name of the program
    void sequence(int number, long host, long program) {
        sequence = number;
        sequenceHost = host;
        sequenceProgram = program;
    }

    int sequence() {
        return sequence;
    }

    long sequenceHost() {
        return sequenceHost;
    }

    long sequenceProgram() {
        return sequenceProgram;
    }

    void clear() {
        skipReason = null;
        sequence = 0;
        if (count != 0) {
            text.setLength(0);
            count = 0;
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    /// Notes of which field and reason are known: the first ones.
    int kept() {
        return Math.min(count, MAXIMUM_NOTES);
    }

    String field(int index) {
        return fields[index];
    }

    String reason(int index) {
        return reasons[index];
    }

    /// @param what name of the field or format
    /// @param reason lower-case, without a period
    void add(String what, String reason) {
        if (++count <= MAXIMUM_NOTES) {
            fields[count - 1] = what;
            reasons[count - 1] = reason;
            separate();
            text.append(what).append(": ").append(reason);
        }
    }

    /// A note that quotes the beginning of a value.
    void add(String what, String reason, byte[] bytes, int offset, int length) {
        add(what, reason);
        if (count <= MAXIMUM_NOTES) {
            int shown = Math.min(length, SHOWN_BYTES);
            text.append(" [value=")
                    .append(new String(bytes, offset, shown, StandardCharsets.UTF_8))
                    .append(shown < length ? "…]" : "]");
        }
    }

    private void separate() {
        if (!text.isEmpty()) {
            text.append("; ");
        }
    }

    /// Writes the notes to the event.
    void writeTo(EventBuilder event) {
        if (count > MAXIMUM_NOTES) {
            text.append("; and ").append(count - MAXIMUM_NOTES).append(" more");
            event.setFlag(EventBatch.FLAG_KEEP_RAW);
        }
        if (text.length() > Field.PARSE_ERROR.size()) {
            text.setLength(Field.PARSE_ERROR.size());
        }
        event.setText(Field.PARSE_ERROR, text.toString());
    }
}
