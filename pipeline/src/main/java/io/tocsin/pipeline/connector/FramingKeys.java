package io.tocsin.pipeline.connector;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.pipeline.connector.framing.Delimiters;
import io.tocsin.pipeline.connector.framing.FrameSettings;
import io.tocsin.pipeline.connector.framing.Framing;
import io.tocsin.pipeline.connector.framing.LongLines;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keys that say how the events of a stream are told apart.
///
/// Thread-safety: one thread.
final class FramingKeys {
    private final Key<Framing> framing;
    private final Key<List<String>> delimiters;
    private final Key<ByteSize> maximum;
    private final Key<LongLines> longLines;

    /// @param sentence what the forms of framing mean
    FramingKeys(ConfigSpec.Builder keys, String sentence, Framing usual) {
        framing = keys.choice("framing", sentence, Framing.class).defaultTo(usual);
        delimiters = keys.list(
                        "delimiters",
                        "What ends an event with framing delimited: 1 to 8 texts of 1 to 8 bytes; \\n, \\r, \\t, \\0,"
                                + " \\\\ and \\xHH stand for bytes. The first one ends the event; of several at the same"
                                + " place, the longest.",
                        ValueTypes.TEXT)
                .defaultTo(List.of());
        maximum = keys.size(
                        "maxEventSize",
                        "Longest event; a longer one is cut, marked and counted.",
                        new ByteSize(64),
                        ByteSize.ofMebibytes(16))
                .defaultTo(ByteSize.ofMebibytes(4));
        longLines = keys.choice(
                        "longLines",
                        "What becomes of a line longer than maxEventSize: cut skips the rest of it, split makes further"
                                + " events of it.",
                        LongLines.class)
                .defaultTo(LongLines.CUT);
    }

    /// How events are told apart; cut at line ends when the values were refused.
    FrameSettings read(Values values) {
        Framing form = values.get(framing);
        LongLines lines = values.get(longLines);
        int bytes = (int) values.get(maximum).bytes();
        if (lines == LongLines.SPLIT && (form == Framing.OCTET_COUNTING || form == Framing.FILE)) {
            values.refuse(
                    "longLines", "no lines are read [framing=" + ValueTypes.choiceName(form) + "]: choose another one");
        }
        try {
            return new FrameSettings(form, bytes, lines, delimiters(values, form));
        } catch (IllegalArgumentException e) {
            values.refuse("delimiters", String.valueOf(e.getMessage()));
            return FrameSettings.cutting(Framing.LF, bytes);
        }
    }

    private @Nullable Delimiters delimiters(Values values, Framing form) {
        List<String> written = values.get(delimiters);
        return written.isEmpty() && form != Framing.DELIMITED ? null : Delimiters.of(written);
    }
}
