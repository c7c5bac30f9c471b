package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.normalizer.Format.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One normalizer of a tree: its format, its constants and the normalizers below it.
///
/// Nested normalizers are tried in the order in which they are written. The first whose conditions hold and whose
/// format understands the text ends the search, unless it says `continue`.
///
/// Thread-safety: one thread.
final class NormalizerNode {
    /// Register number of the text that this node parses.
    static final int WHOLE_TEXT = -1;
    /// Register number of the source text of the event.
    static final int RAW_TEXT = -2;

    private final NormalizerPath path;
    private final Format format;
    private final FieldWriter writer;
    private final Constant[] constants;
    private final LinkIndex links;
    private final Leftover[] leftovers;
    private final Enrichment[] enrichments;
    private final boolean requiresNested;

    /// The way to a nested normalizer.
    ///
    /// @param conditions all must hold
    /// @param register which text it parses
    /// @param goesOn normalizers behind it are tried even when it understood the text
    /// @param consumes when it understood the part, the part itself fills no field
    record Link(
            List<LinkCondition> conditions,
            int register,
            List<Conversion> conversions,
            boolean goesOn,
            boolean consumes,
            NormalizerNode node) {}

    /// Fields of a part that are filled only when no nested normalizer consumed it.
    record Leftover(int register, Target target) {}

    NormalizerNode(
            String name,
            Format format,
            FieldWriter writer,
            Constant[] constants,
            Link[] links,
            Leftover[] leftovers,
            Enrichment[] enrichments,
            boolean requiresNested) {
        this.path = new NormalizerPath(name);
        this.format = format;
        this.writer = writer;
        this.constants = constants;
        this.links = new LinkIndex(links);
        this.leftovers = leftovers;
        this.enrichments = enrichments;
        this.requiresNested = requiresNested;
    }

    /// See [Format#streamBegins].
    void streamBegins(EntryOrigin origin) {
        format.streamBegins(origin);
    }

    /// The format when one text may hold several events, or null.
    @Nullable
    Splitting splitting() {
        return format instanceof Splitting splitting ? splitting : null;
    }

    /// Parses the text; returns the way to the deepest normalizer that understood it, or null when this one did not.
    @Nullable
    NormalizerPath run(EventBuilder event, int offset, int length) {
        writer.begin();
        Outcome outcome = format.parse(event, offset, length, writer);
        if (outcome == Outcome.FOREIGN) {
            return null;
        }
        if (outcome == Outcome.SKIPPED) {
            return path;
        }
        if (!requiresNested) {
            for (Constant constant : constants) {
                constant.write(event);
            }
        }
        NormalizerPath deepest = null;
        boolean consumed = false;
        for (Link link : links.candidates(event, writer)) {
            NormalizerPath reached = follow(event, link, offset, length);
            if (reached != null) {
                deepest = reached;
                consumed |= link.consumes;
                if (!link.goesOn) {
                    break;
                }
            }
        }
        if (!consumed) {
            for (Leftover leftover : leftovers) {
                long span = writer.register(leftover.register);
                if (span != -1) {
                    writer.write(event, leftover.target, EventBatch.spanOffset(span), EventBatch.spanLength(span));
                }
            }
        }
        if (requiresNested) {
            if (deepest == null) {
                return null;
            }
            for (Constant constant : constants) {
                constant.writeWhenEmpty(event);
            }
        }
        for (Enrichment enrichment : enrichments) {
            enrichment.apply(event, writer);
        }
        return deepest == null ? path : path.with(deepest);
    }

    private @Nullable NormalizerPath follow(EventBuilder event, Link link, int offset, int length) {
        long span = text(event, link.register, offset, length);
        if (span == -1) {
            return null;
        }
        List<LinkCondition> conditions = link.conditions;
        for (int i = 0; i < conditions.size(); i++) {
            LinkCondition condition = conditions.get(i);
            if (!condition.test(event, text(event, condition.register(), offset, length))) {
                return null;
            }
        }
        for (Conversion conversion : link.conversions) {
            span = conversion.apply(event, span);
            if (span == Conversion.ABSENT) {
                return null;
            }
        }
        return link.node.run(event, EventBatch.spanOffset(span), EventBatch.spanLength(span));
    }

    private long text(EventBuilder event, int register, int offset, int length) {
        return switch (register) {
            case WHOLE_TEXT -> Conversion.span(offset, length);
            case RAW_TEXT -> Conversion.span(event.rawOffset(), event.rawLength());
            default -> writer.register(register);
        };
    }
}
