package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// XML by a scanner of its own: no document type, no external entity, no recursion.
///
/// Parts: the path of the element with dots, the root included (`Event.System.EventID`); attributes are a further step
/// (`Event.System.Provider.Name`). Namespace prefixes and `xmlns` do not count.
///
/// Decisions:
/// - Where an attribute is declared to hold the key (`Event.EventData.Data.Name`), `<Data Name="X">v</Data>` is the
///   part `Event.EventData.Data.X`; `<Data Name="X"/>` has no value.
/// - Of elements of one name that follow each other the first is called by the name, the next `name.1`, `name.2`; with
///   `arrays` the first is `name.0`. A target that takes several values at `name` gets all of them.
/// - A path that ends at an element with elements inside gives the XML text between its tags.
/// - Spaces around text do not belong to it. Text before and behind an inner element are two values.
/// - Entities that are not predefined stay as they are written; a document type is passed over.
/// - Deeper than 64 levels nothing is taken, which is noted. Damaged text keeps what was read up to the damage.
/// - Several documents one after another, or all elements of a path, are an event each.
///
/// Thread-safety: one thread.
final class XmlFormat implements Splitting {
    static final int MAXIMUM_DEPTH = 64;
    private static final int LONGEST_PATH = 1024;

    private final JsonPath root;
    private final KeyTable<byte[]> keyAttributes;
    private final KeyTable<byte[]> arrays;
    private final XmlPieces pieces;
    private final JsonPathName path = new JsonPathName();

    private final int[] nameStart = new int[MAXIMUM_DEPTH + 1];
    private final int[] nameLength = new int[MAXIMUM_DEPTH + 1];
    private final int[] marks = new int[MAXIMUM_DEPTH + 1];
    private final int[] contentStart = new int[MAXIMUM_DEPTH + 1];
    private final boolean[] parent = new boolean[MAXIMUM_DEPTH + 1];
    private final @Nullable JsonPath[] nodes = new @Nullable JsonPath[MAXIMUM_DEPTH + 1];
    /// The child that ended last at each level, and how often it stood there.
    private final int[] lastStart = new int[MAXIMUM_DEPTH + 1];
    private final int[] lastLength = new int[MAXIMUM_DEPTH + 1];
    private final int[] lastCount = new int[MAXIMUM_DEPTH + 1];
    /// Where several values go one by one, by level.
    private final @Nullable Target[] each = new @Nullable Target[MAXIMUM_DEPTH + 1];

    private byte[] scratch = new byte[256];
    private int scratchLength;
    private int depth;
    private int ignored;
    private boolean noted;
    private int problemAt;

    private final XmlAttribute attribute = new XmlAttribute();
    /// Where the value begins that is the key of the open element, or -1.
    private int keyStart;

    /// @param keyAttributes paths of attributes that hold the key of their element
    /// @param arrays paths of elements that are numbered from the first
    /// @param events path of the elements that are an event each; empty for the outermost
    XmlFormat(List<String> keyAttributes, List<String> arrays, String events, SourceMapping mapping) {
        root = JsonPath.of(mapping.targets());
        this.keyAttributes = table(keyAttributes);
        this.arrays = table(arrays);
        pieces = new XmlPieces(events);
    }

    private static KeyTable<byte[]> table(List<String> paths) {
        Map<String, byte[]> entries = new HashMap<>();
        paths.forEach(entry -> entries.put(entry, Conversions.bytes(entry)));
        return new KeyTable<>(entries);
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        byte[] bytes = event.arena();
        int to = offset + length;
        int next = begin(bytes, offset, to);
        if (next < 0) {
            return Outcome.FOREIGN;
        }
        path.clear();
        depth = 0;
        ignored = 0;
        noted = false;
        scratchLength = 0;
        nodes[0] = root;
        lastLength[0] = -1;
        String problem = document(event, writer, next, to);
        if (problem == null) {
            return Outcome.UNDERSTOOD;
        }
        if (ignored == 0) {
            flush(event, writer);
        }
        writer.notes().add("xml", problem + " [byte=" + (Math.min(problemAt, to) - offset) + "]");
        return Outcome.BROKEN;
    }

    /// Where the first element begins, or -1 when the text is no XML.
    private static int begin(byte[] bytes, int from, int to) {
        int next = ByteScan.skipSpaces(bytes, SyslogFormat.afterByteOrderMark(bytes, from, to), to);
        while (next < to && bytes[next] == '<') {
            int after = XmlText.afterMiscellany(bytes, next, to);
            if (after < 0) {
                return -1;
            }
            if (after == next) {
                boolean named = next + 1 < to && XmlText.isNameStart(bytes[next + 1]);
                return named ? next : -1;
            }
            next = ByteScan.skipSpaces(bytes, after, to);
        }
        return -1;
    }

    private @Nullable String document(EventBuilder event, FieldWriter writer, int start, int to) {
        // the arena may move while it grows: what was in it stays the same here
        byte[] bytes = event.arena();
        int next = start;
        while (true) {
            if (bytes[next] != '<') {
                int end = ByteScan.indexOf(bytes, next, to, '<');
                if (ignored == 0) {
                    characters(bytes, next, end, true);
                }
                next = end;
            } else if (next + 1 < to && bytes[next + 1] == '/') {
                int close = ByteScan.indexOf(bytes, next, to, '>');
                if (close >= to) {
                    return fail("the text ends inside a tag", next);
                }
                if (!endTag(event, writer, bytes, next, close)) {
                    return fail("an end tag does not fit", next);
                }
                next = close + 1;
                if (depth == 0) {
                    return rest(bytes, next, to);
                }
            } else if (ByteScan.startsWith(bytes, next, to, XmlText.SECTION)) {
                int end = ByteScan.indexOf(bytes, next, to, XmlText.SECTION_END);
                if (end < 0) {
                    return fail("the text ends inside a section", next);
                }
                if (ignored == 0) {
                    characters(bytes, next + XmlText.SECTION.length, end, false);
                }
                next = end + XmlText.SECTION_END.length;
            } else {
                int after = XmlText.afterMiscellany(bytes, next, to);
                if (after < 0) {
                    return fail("the text ends inside a tag", next);
                }
                if (after == next) {
                    int close = XmlText.tagEnd(bytes, next, to);
                    if (close >= to) {
                        return fail("the text ends inside a tag", next);
                    }
                    if (!XmlText.isNameStart(bytes[next + 1])) {
                        return fail("a name is expected", next + 1);
                    }
                    startTag(event, writer, bytes, next, close);
                    after = close + 1;
                    if (depth == 0) {
                        return rest(bytes, after, to);
                    }
                }
                next = after;
            }
            if (next >= to) {
                return fail("the text ends inside the element", to);
            }
        }
    }

    private @Nullable String fail(String what, int where) {
        problemAt = where;
        return what;
    }

    private @Nullable String rest(byte[] bytes, int from, int to) {
        int next = ByteScan.skipSpaces(bytes, from, to);
        while (next < to && bytes[next] == '<') {
            int after = XmlText.afterMiscellany(bytes, next, to);
            if (after <= next) {
                break;
            }
            next = ByteScan.skipSpaces(bytes, after, to);
        }
        return next < to && bytes[next] != 0 ? fail("text follows the element", next) : null;
    }

    /// Collects the text of the open element.
    private void characters(byte[] bytes, int from, int to, boolean entities) {
        if (from >= to || (scratchLength == 0 && XmlText.isBlank(bytes, from, to))) {
            return;
        }
        int length = to - from;
        if (scratchLength + length > scratch.length) {
            scratch = Arrays.copyOf(scratch, Math.max(scratch.length * 2, scratchLength + length));
        }
        if (entities) {
            scratchLength += XmlText.decode(bytes, from, to, scratch, scratchLength);
        } else {
            System.arraycopy(bytes, from, scratch, scratchLength, length);
            scratchLength += length;
        }
    }

    /// Writes the text that was collected.
    private void flush(EventBuilder event, FieldWriter writer) {
        int length = ByteScan.trimEnd(scratch, 0, scratchLength);
        int from = ByteScan.skipSpaces(scratch, 0, length);
        scratchLength = 0;
        if (from >= length || depth == 0) {
            return;
        }
        JsonPath node = nodes[depth];
        Target target = node == null ? null : node.target();
        Target several = each[depth];
        if (several == null && target == null && !writer.keepsExtra()) {
            return;
        }
        int start = event.append(scratch, from, length - from);
        write(event, writer, several == null ? target : several, start, length - from);
    }

    /// Writes a value of the open element.
    private void write(EventBuilder event, FieldWriter writer, @Nullable Target target, int start, int length) {
        if (target != null) {
            writer.write(event, target, start, length);
        } else if (writer.keepsExtra()) {
            // without the dot behind the last step; beyond the limit the name does not count
            int name = writer.takesExtra() ? path.append(event, 0, 0) : start;
            writer.extra(event, name, writer.takesExtra() ? path.length() - 1 : 0, start, length);
        }
    }

    private void startTag(EventBuilder event, FieldWriter writer, byte[] bytes, int open, int close) {
        boolean empty = bytes[close - 1] == '/';
        int end = empty ? close - 1 : close;
        if (ignored > 0 || depth >= MAXIMUM_DEPTH || path.length() > LONGEST_PATH) {
            deep(event, writer, empty);
            return;
        }
        flush(event, writer);
        parent[depth] = true;
        int nameEnd = XmlText.nameEnd(bytes, open + 1, end);
        int name = XmlText.local(bytes, open + 1, nameEnd);
        int length = nameEnd - name;
        if (length > LONGEST_PATH) {
            deep(event, writer, empty);
            return;
        }
        int level = depth;
        JsonPath above = nodes[level];
        JsonPath node = above == null ? null : above.child(bytes, name, length);
        depth++;
        nameStart[depth] = open + 1;
        nameLength[depth] = nameEnd - open - 1;
        marks[depth] = path.push(bytes, name, length);
        contentStart[depth] = close + 1;
        parent[depth] = false;
        lastLength[depth] = -1;
        each[depth] = null;
        if (keyAttributes.isEmpty() || !keyed(event, bytes, nameEnd, end, node)) {
            nodes[depth] = sibling(bytes, level, name, length, node);
            keyStart = -1;
        }
        attributes(event, writer, bytes, nameEnd, end, nodes[depth]);
        if (empty) {
            leave();
        }
    }

    /// Numbers the element when others of its name stood before it; returns its node.
    private @Nullable JsonPath sibling(byte[] bytes, int level, int name, int length, @Nullable JsonPath node) {
        boolean again = lastLength[level] == length
                && Arrays.equals(bytes, name, name + length, bytes, lastStart[level], lastStart[level] + length);
        int index = again ? lastCount[level] + 1 : 0;
        lastCount[level] = index;
        lastStart[level] = name;
        lastLength[level] = length;
        Target target = node == null ? null : node.target();
        each[depth] = target != null && target.dynamic != null && target.dynamic.isArray() ? target : null;
        boolean counted = index > 0
                || (node != null && node.element(0) != null)
                || (!arrays.isEmpty() && arrays.find(path.bytes(), 0, path.length() - 1) != null);
        if (!counted) {
            return node;
        }
        byte[] digits = index < DIGITS.length ? DIGITS[index] : Conversions.bytes(Integer.toString(index));
        path.push(digits, 0, digits.length);
        return node == null ? null : node.element(index);
    }

    /// Looks for the attribute that holds the key of the open element; takes its value as a further step.
    private boolean keyed(EventBuilder event, byte[] bytes, int from, int to, @Nullable JsonPath node) {
        int next = from;
        while (attribute.read(bytes, next, to)) {
            int mark = path.push(bytes, attribute.nameStart(), attribute.nameEnd() - attribute.nameStart());
            boolean key = keyAttributes.find(path.bytes(), 0, path.length() - 1) != null;
            path.pop(mark);
            if (key
                    && attribute.valueEnd() > attribute.valueStart()
                    && attribute.valueEnd() - attribute.valueStart() <= LONGEST_PATH) {
                int length = attribute.valueEnd() - attribute.valueStart();
                int start = event.reserve(length);
                length = XmlText.decode(bytes, attribute.valueStart(), attribute.valueEnd(), event.arena(), start);
                event.advance(length);
                path.push(event.arena(), start, length);
                nodes[depth] = node == null ? null : node.child(event.arena(), start, length);
                keyStart = attribute.valueStart();
                return true;
            }
            next = attribute.valueEnd() + 1;
        }
        return false;
    }

    private void deep(EventBuilder event, FieldWriter writer, boolean empty) {
        if (ignored == 0 && !noted) {
            noted = true;
            writer.notes().add("xml", "deeper than " + MAXIMUM_DEPTH + " levels; the rest is in Raw only");
            event.setFlag(EventBatch.FLAG_KEEP_RAW);
        }
        if (!empty) {
            ignored++;
        }
    }

    private static final byte[][] DIGITS = new byte[64][];

    static {
        for (int i = 0; i < DIGITS.length; i++) {
            DIGITS[i] = Conversions.bytes(Integer.toString(i));
        }
    }

    private void attributes(
            EventBuilder event, FieldWriter writer, byte[] bytes, int from, int to, @Nullable JsonPath element) {
        int next = from;
        while (attribute.read(bytes, next, to)) {
            next = attribute.valueEnd() + 1;
            boolean said = attribute.valueStart() == keyStart || attribute.isNamespace(bytes);
            if (!said && attribute.valueEnd() > attribute.valueStart()) {
                value(event, writer, bytes, element);
            }
        }
    }

    /// Writes the attribute that was read.
    private void value(EventBuilder event, FieldWriter writer, byte[] bytes, @Nullable JsonPath element) {
        int name = attribute.nameStart();
        int size = attribute.nameEnd() - name;
        JsonPath node = element == null ? null : element.child(bytes, name, size);
        Target target = node == null ? null : node.target();
        if (target == null && !writer.keepsExtra()) {
            return;
        }
        int start = attribute.valueStart();
        int length = attribute.valueEnd() - start;
        if (ByteScan.indexOf(bytes, start, attribute.valueEnd(), '&') < attribute.valueEnd()) {
            int copy = event.reserve(length);
            length = XmlText.decode(bytes, start, attribute.valueEnd(), event.arena(), copy);
            event.advance(length);
            start = copy;
        }
        if (target != null) {
            writer.write(event, target, start, length);
        } else if (writer.takesExtra() && size <= LONGEST_PATH) {
            int key = path.append(event, name, size);
            writer.extra(event, key, path.length() + size, start, length);
        } else {
            writer.extra(event, name, Math.min(size, LONGEST_PATH), start, length);
        }
    }

    private boolean endTag(EventBuilder event, FieldWriter writer, byte[] bytes, int open, int close) {
        if (ignored > 0) {
            ignored--;
            return true;
        }
        int end = ByteScan.trimEnd(bytes, open + 2, close);
        if (depth == 0
                || end - open - 2 != nameLength[depth]
                || !Arrays.equals(
                        bytes, open + 2, end, bytes, nameStart[depth], nameStart[depth] + nameLength[depth])) {
            return false;
        }
        flush(event, writer);
        JsonPath node = nodes[depth];
        Target target = node == null ? null : node.target();
        if (parent[depth] && target != null) {
            int from = ByteScan.skipSpaces(bytes, contentStart[depth], open);
            int stop = ByteScan.trimEnd(bytes, from, open);
            writer.write(event, target, from, stop - from);
        }
        leave();
        return true;
    }

    private void leave() {
        path.pop(marks[depth]);
        depth--;
    }

    @Override
    public void open(EntryOrigin origin, byte[] source, int offset, int length) {
        pieces.open(source, offset, length);
    }

    @Override
    public boolean next() {
        return pieces.next();
    }

    @Override
    public int pieceOffset() {
        return pieces.offset();
    }

    @Override
    public int pieceLength() {
        return pieces.length();
    }
}
