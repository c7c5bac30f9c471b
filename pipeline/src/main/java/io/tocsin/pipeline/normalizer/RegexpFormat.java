package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBuilder;
import io.tocsin.expression.BoundedRegex;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Regular expressions in RE2 syntax, tried in order; the first that matches somewhere in the text wins and may set
/// constants of its own. Where the wording is fixed, [PatternFormat] is many times faster.
///
/// Parts: the named groups `(?P<name>…)`. A group that took no part is no value.
///
/// Thread-safety: one thread.
final class RegexpFormat implements Format {
    private final Entry[] entries;

    /// An expression, the constants it sets and where its groups go.
    private static final class Entry {
        private final BoundedRegex regex;
        private final Constant[] constants;
        private final List<Group> groups = new ArrayList<>();

        Entry(Expression<BoundedRegex> expression, SourceMapping mapping) {
            regex = expression.match().copy();
            constants = expression.constants().toArray(Constant[]::new);
            for (Map.Entry<String, Integer> group : regex.groupNames().entrySet()) {
                groups.add(new Group(group.getValue(), Conversions.bytes(group.getKey()), mapping.get(group.getKey())));
            }
        }
    }

    private static final class Group {
        private final int number;
        private final byte[] name;
        private final @Nullable Target target;

        Group(int number, byte[] name, @Nullable Target target) {
            this.number = number;
            this.name = name;
            this.target = target;
        }
    }

    RegexpFormat(List<Expression<BoundedRegex>> expressions, SourceMapping mapping) {
        entries = expressions.stream()
                .map(expression -> new Entry(expression, mapping))
                .toArray(Entry[]::new);
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        byte[] text = event.arena();
        boolean noted = false;
        for (Entry entry : entries) {
            int size = RegexpConversions.affordable(entry.regex, length);
            if (size < length && !noted) {
                noted = true;
                writer.notes().add("regexp", "the text is too long for the expression [searched=" + size + "]");
            }
            if (entry.regex.find(text, offset, size)) {
                for (Constant constant : entry.constants) {
                    constant.write(event);
                }
                for (Group group : entry.groups) {
                    int start = entry.regex.start(group.number);
                    if (start >= 0) {
                        int groupLength = entry.regex.end(group.number) - start;
                        if (group.target != null) {
                            writer.write(event, group.target, start, groupLength);
                        } else {
                            writer.extra(event, group.name, start, groupLength);
                        }
                    }
                }
                return Outcome.UNDERSTOOD;
            }
        }
        return Outcome.FOREIGN;
    }
}
