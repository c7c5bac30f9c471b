package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBuilder;
import org.jspecify.annotations.Nullable;

/// Takes nothing apart: the whole text is the part `text`. The root of trees that choose by content. Immutable.
final class TextFormat implements Format {
    private final @Nullable Target whole;

    TextFormat(SourceMapping mapping) {
        whole = mapping.get("text");
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        if (whole != null) {
            writer.write(event, whole, offset, length);
        }
        return Outcome.UNDERSTOOD;
    }
}
