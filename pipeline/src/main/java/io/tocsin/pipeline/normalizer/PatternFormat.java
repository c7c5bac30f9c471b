package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Texts of fixed wording with places in it: `Failed password for {user} from {address:ip} port {port:int} ssh2`.
/// Patterns are tried in order, the first that fits the whole text wins and may set constants of its own. Much
/// cheaper than regular expressions: literals are compared, places run to the next literal. See [TextPattern].
///
/// Parts: the names of the places.
///
/// When no pattern has a place, it is a dictionary: one lookup finds the pattern, however many there are.
///
/// Thread-safety: one thread.
final class PatternFormat implements Format {
    private final Entry[] entries;
    private final Entry[][] byFirst = new Entry[256][];
    private final int[] spans;
    private final @Nullable KeyTable<Entry> dictionary;

    private static final class Entry {
        private final TextPattern pattern;
        private final Constant[] constants;
        private final @Nullable Target[] targets;

        Entry(Expression<TextPattern> choice, SourceMapping mapping) {
            pattern = choice.match();
            constants = choice.constants().toArray(Constant[]::new);
            List<String> names = pattern.names();
            targets = new @Nullable Target[names.size()];
            for (int place = 0; place < targets.length; place++) {
                targets[place] = mapping.get(names.get(place));
            }
        }
    }

    PatternFormat(List<Expression<TextPattern>> choices, SourceMapping mapping) {
        entries = new Entry[choices.size()];
        int places = 0;
        for (int i = 0; i < entries.length; i++) {
            entries[i] = new Entry(choices.get(i), mapping);
            places = Math.max(places, entries[i].targets.length);
        }
        spans = new int[places * 2];
        dictionary = places == 0 ? dictionary(entries) : null;
        for (int first = 0; first < byFirst.length; first++) {
            List<Entry> possible = new ArrayList<>();
            for (Entry entry : entries) {
                if (entry.pattern.mayBegin((byte) first)) {
                    possible.add(entry);
                }
            }
            byFirst[first] = possible.toArray(Entry[]::new);
        }
    }

    private static KeyTable<Entry> dictionary(Entry[] entries) {
        Map<String, Entry> table = new LinkedHashMap<>();
        for (Entry entry : entries) {
            table.putIfAbsent(entry.pattern.onlyText(), entry);
        }
        return new KeyTable<>(table);
    }

    private static Outcome lookUp(KeyTable<Entry> dictionary, EventBuilder event, byte[] text, int start, int to) {
        Entry entry = dictionary.find(text, start, to - start);
        if (entry == null) {
            return Outcome.FOREIGN;
        }
        for (Constant constant : entry.constants) {
            constant.write(event);
        }
        return Outcome.UNDERSTOOD;
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        byte[] text = event.arena();
        int to = ByteScan.trimEnd(text, offset, offset + length);
        int start = ByteScan.skipSpaces(text, offset, to);
        if (start >= to) {
            return Outcome.FOREIGN;
        }
        if (dictionary != null) {
            return lookUp(dictionary, event, text, start, to);
        }
        for (Entry entry : byFirst[text[start] & 0xFF]) {
            if (entry.pattern.match(text, start, to, spans)) {
                for (Constant constant : entry.constants) {
                    constant.write(event);
                }
                for (int place = 0; place < entry.targets.length; place++) {
                    Target target = entry.targets[place];
                    int from = spans[place * 2];
                    int end = spans[place * 2 + 1];
                    if (target != null) {
                        writer.write(event, target, from, end - from);
                    } else if (writer.keepsExtra()
                            && !entry.pattern.names().get(place).isEmpty()) {
                        writer.extra(event, entry.pattern.nameBytes(place), from, end - from);
                    }
                }
                return Outcome.UNDERSTOOD;
            }
        }
        return Outcome.FOREIGN;
    }
}
