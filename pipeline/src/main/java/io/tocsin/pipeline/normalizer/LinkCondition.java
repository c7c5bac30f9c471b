package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.expression.BoundedRegex;
import io.tocsin.expression.CompiledCondition;
import io.tocsin.expression.Condition;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Decides whether a nested normalizer is tried.
///
/// Thread-safety: one thread; most hold no state.
sealed interface LinkCondition {
    /// Which text is tested: a register of the node, [NormalizerNode#WHOLE_TEXT] or [NormalizerNode#RAW_TEXT].
    int register();

    /// @param span the text, or -1 when the source has no such part
    boolean test(EventBuilder event, long span);

    /// The same condition for another thread; itself when it holds no state.
    default LinkCondition forThread() {
        return this;
    }

    /// The part is there.
    record Exists(int register) implements LinkCondition {
        @Override
        public boolean test(EventBuilder event, long span) {
            return span != -1 && EventBatch.spanLength(span) > 0;
        }
    }

    /// The text is one of several.
    record OneOf(int register, List<String> texts, KeyTable<String> values) implements LinkCondition {
        static OneOf of(int register, List<String> values) {
            Map<String, String> entries = new LinkedHashMap<>();
            values.forEach(value -> entries.put(value, value));
            return new OneOf(register, List.copyOf(values), new KeyTable<>(entries));
        }

        @Override
        public boolean test(EventBuilder event, long span) {
            return span != -1
                    && values.find(event.arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span)) != null;
        }
    }

    /// The text begins with one of several.
    record StartsWith(int register, PrefixSet prefixes) implements LinkCondition {
        @Override
        public boolean test(EventBuilder event, long span) {
            if (span == -1) {
                return false;
            }
            int from = EventBatch.spanOffset(span);
            return prefixes.begins(event.arena(), from, from + EventBatch.spanLength(span));
        }
    }

    /// The text ends with one of several.
    record EndsWith(int register, List<byte[]> suffixes) implements LinkCondition {
        @Override
        public boolean test(EventBuilder event, long span) {
            if (span == -1) {
                return false;
            }
            int from = EventBatch.spanOffset(span);
            int to = from + EventBatch.spanLength(span);
            byte[] text = event.arena();
            for (int i = 0; i < suffixes.size(); i++) {
                if (ByteScan.endsWith(text, from, to, suffixes.get(i))) {
                    return true;
                }
            }
            return false;
        }
    }

    /// The text contains one of several.
    record Contains(int register, List<byte[]> needles) implements LinkCondition {
        @Override
        public boolean test(EventBuilder event, long span) {
            if (span == -1) {
                return false;
            }
            int from = EventBatch.spanOffset(span);
            int to = from + EventBatch.spanLength(span);
            byte[] text = event.arena();
            for (int i = 0; i < needles.size(); i++) {
                if (ByteScan.indexOf(text, from, to, needles.get(i)) >= 0) {
                    return true;
                }
            }
            return false;
        }
    }

    /// The other condition does not hold.
    record Not(LinkCondition condition) implements LinkCondition {
        @Override
        public int register() {
            return condition.register();
        }

        @Override
        public boolean test(EventBuilder event, long span) {
            return !condition.test(event, span);
        }

        @Override
        public LinkCondition forThread() {
            return new Not(condition.forThread());
        }
    }

    /// A condition on what conversions make of the text.
    ///
    /// Thread-safety: one thread.
    record Converted(List<Conversion> conversions, LinkCondition condition) implements LinkCondition {
        public Converted {
            conversions = List.copyOf(conversions);
        }

        @Override
        public int register() {
            return condition.register();
        }

        @Override
        public boolean test(EventBuilder event, long span) {
            long converted = span;
            for (int i = 0; i < conversions.size() && converted != Conversion.ABSENT; i++) {
                converted = conversions.get(i).apply(event, converted);
            }
            return condition.test(event, converted);
        }

        @Override
        public LinkCondition forThread() {
            return new Converted(conversions.stream().map(Conversion::forThread).toList(), condition.forThread());
        }
    }

    /// A regular expression matches somewhere in the text.
    ///
    /// Thread-safety: one thread.
    record Matches(int register, BoundedRegex regex) implements LinkCondition {
        @Override
        public boolean test(EventBuilder event, long span) {
            return span != -1
                    && regex.find(
                            event.arena(),
                            EventBatch.spanOffset(span),
                            RegexpConversions.affordable(regex, EventBatch.spanLength(span)));
        }

        @Override
        public LinkCondition forThread() {
            return new Matches(register, regex.copy());
        }
    }

    /// A condition on the fields that are filled so far holds.
    ///
    /// Thread-safety: one thread.
    record Holds(Condition condition, CompiledCondition compiled, Event cursor) implements LinkCondition {
        static Holds of(Condition condition) {
            return new Holds(condition, condition.compile(), new Event());
        }

        @Override
        public int register() {
            return NormalizerNode.WHOLE_TEXT;
        }

        @Override
        public boolean test(EventBuilder event, long span) {
            return compiled.test(cursor.moveTo(event.batch(), event.batch().count()));
        }

        @Override
        public LinkCondition forThread() {
            return of(condition);
        }
    }

    /// Texts as bytes, for the conditions that compare parts.
    static List<byte[]> bytes(List<String> texts) {
        return texts.stream().map(text -> text.getBytes(UTF_8)).toList();
    }
}
