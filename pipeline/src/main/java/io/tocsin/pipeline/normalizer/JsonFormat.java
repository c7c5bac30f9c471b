package io.tocsin.pipeline.normalizer;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import org.jspecify.annotations.Nullable;

/// One JSON object. Parts are named by their path: `a`, `a.b`, `a.0.b`; a key that itself contains dots is found by
/// the same name.
///
/// Decisions:
/// - A path that ends at an object or array gives its JSON text; so does an array without a field of its own in `Extra`
///   (`Extra.tags` = `["a","b"]`), while objects are taken apart to the leaves (`Extra.a.b`).
/// - Targets `SA.`, `NA.` and `FA.` take the scalars of an array one by one.
/// - `null` and empty text are no value, nor is a list of nothing else. The last of two equal keys wins in a field.
/// - Numbers keep their text until a field's type asks for more, so none loses digits.
/// - Raw control characters and unknown escapes inside strings are taken as they are; an unpaired surrogate becomes
///   U+FFFD.
/// - Deeper than 64 levels is text. A damaged object keeps what was read up to the damage.
///
/// Thread-safety: one thread.
final class JsonFormat implements Format {
    static final int MAXIMUM_DEPTH = 64;
    /// Longest path of an object that is taken apart without being mapped; what lies deeper is text.
    private static final int LONGEST_PATH = 1024;
    private static final int FAILED = -1;

    private final JsonPath root;
    private final JsonPathName path = new JsonPathName();

    private byte[] text = new byte[0];
    private int to;
    private boolean escaped;
    private String problem = "";
    private int problemAt;

    JsonFormat(SourceMapping mapping) {
        root = JsonPath.of(mapping.targets());
    }

    /// Schema names and Elastic Common Schema names.
    static void defaults(SourceMapping mapping) {
        for (Field field : Field.values()) {
            if (field.group() == FieldGroup.SERVICE) {
                continue;
            }
            mapping.add(field.fieldName(), Target.of(field));
            String alias = field.ecsName();
            if (alias != null && mapping.get(alias) == null) {
                mapping.add(alias, Target.of(field));
            }
        }
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        text = event.arena();
        to = offset + length;
        int at = skip(SyslogFormat.afterByteOrderMark(text, offset, to));
        if (at >= to || text[at] != '{') {
            return Outcome.FOREIGN;
        }
        path.clear();
        problem = "";
        int end = object(event, writer, at + 1, root, 1);
        if (end >= 0) {
            end = skip(end);
            if (end < to && text[end] != 0) {
                problem = "text follows the object";
                problemAt = end;
            }
        }
        if (problem.isEmpty()) {
            return Outcome.UNDERSTOOD;
        }
        writer.notes().add("json", problem + " [byte=" + (problemAt - offset) + "]");
        return Outcome.BROKEN;
    }

    private int skip(int from) {
        int at = from;
        while (at < to && ByteScan.isSpace(text[at])) {
            at++;
        }
        return at;
    }

    private int fail(String what, int at) {
        problem = at >= to ? "the text ends inside the object" : what;
        problemAt = at;
        return FAILED;
    }

    /// Reads the members of an object whose brace is behind us; returns where it ends.
    private int object(EventBuilder event, FieldWriter writer, int start, @Nullable JsonPath node, int depth) {
        byte[] bytes = text;
        int at = skip(start);
        if (at < to && bytes[at] == '}') {
            return at + 1;
        }
        while (true) {
            if (at >= to || bytes[at] != '"') {
                return fail("a key is expected", at);
            }
            int key = at + 1;
            int keyEnd = stringEnd(key);
            if (keyEnd < 0) {
                return keyEnd;
            }
            at = keyEnd + 1;
            int keyLength = keyEnd - key;
            if (escaped) {
                int copy = event.reserve(keyLength);
                keyLength = JsonText.decode(bytes, key, keyEnd, event.arena(), copy);
                event.advance(keyLength);
                key = copy;
            }
            if (at >= to || bytes[at] != ':') {
                at = skip(at);
                if (at >= to || bytes[at] != ':') {
                    return fail("a colon is expected", at);
                }
            }
            at++;
            if (at < to && bytes[at] <= ' ') {
                at = skip(at);
            }
            JsonPath child = node == null ? null : node.child(event.arena(), key, keyLength);
            at = child == null && !writer.keepsExtra()
                    ? skipValue(at)
                    : value(event, writer, at, child, key, keyLength, depth);
            if (at < 0) {
                return at;
            }
            if (at < to && bytes[at] <= ' ') {
                at = skip(at);
            }
            if (at >= to) {
                return fail("", at);
            }
            byte next = bytes[at++];
            if (next == '}') {
                return at;
            }
            if (next != ',') {
                return fail("a comma is expected", at - 1);
            }
            if (at < to && bytes[at] <= ' ') {
                at = skip(at);
            }
        }
    }

    private int value(
            EventBuilder event,
            FieldWriter writer,
            int at,
            @Nullable JsonPath node,
            int key,
            int keyLength,
            int depth) {
        if (at >= to) {
            return fail("", at);
        }
        byte first = text[at];
        if (first == '"') {
            int end = stringEnd(at + 1);
            if (end < 0) {
                return end;
            }
            int start = at + 1;
            int length = end - start;
            if (escaped) {
                int copy = event.reserve(length);
                length = JsonText.decode(text, start, end, event.arena(), copy);
                event.advance(length);
                start = copy;
            }
            scalar(event, writer, node, key, keyLength, start, length);
            return end + 1;
        }
        if (first == '{') {
            return nested(event, writer, at, node, key, keyLength, depth);
        }
        if (first == '[') {
            return array(event, writer, at, node, key, keyLength, depth);
        }
        int end = JsonText.wordEnd(text, at, to);
        if (end == at) {
            return fail("a value is expected", at);
        }
        boolean nothing = end - at == 4 && first == 'n' && text[at + 1] == 'u';
        if (!nothing) {
            scalar(event, writer, node, key, keyLength, at, end - at);
        }
        return end;
    }

    private void scalar(
            EventBuilder event,
            FieldWriter writer,
            @Nullable JsonPath node,
            int key,
            int keyLength,
            int start,
            int length) {
        Target target = node == null ? null : node.target();
        if (target != null) {
            writer.write(event, target, start, length);
        } else if (writer.keepsExtra() && length > 0) {
            if (path.isEmpty() || !writer.takesExtra()) {
                writer.extra(event, key, keyLength, start, length);
            } else {
                int name = path.append(event, key, keyLength);
                writer.extra(event, name, path.length() + keyLength, start, length);
            }
        }
    }

    private int nested(
            EventBuilder event,
            FieldWriter writer,
            int at,
            @Nullable JsonPath node,
            int key,
            int keyLength,
            int depth) {
        Target target = node == null ? null : node.target();
        boolean deep = depth >= MAXIMUM_DEPTH || path.length() + keyLength > LONGEST_PATH;
        if (deep || target != null) {
            int end = skipValue(at);
            if (end >= 0) {
                scalar(event, writer, node, key, keyLength, at, end - at);
            }
            if (end < 0 || deep || node == null || !node.hasChildren()) {
                return end;
            }
        }
        int mark = writer.keepsExtra() ? path.push(event.arena(), key, keyLength) : path.length();
        int end = object(event, writer, at + 1, node, depth + 1);
        path.pop(mark);
        return end;
    }

    private int array(
            EventBuilder event,
            FieldWriter writer,
            int at,
            @Nullable JsonPath node,
            int key,
            int keyLength,
            int depth) {
        Target target = node == null ? null : node.target();
        boolean each = target != null && target.dynamic != null && isArray(target.dynamic);
        boolean inside = node != null && node.hasChildren() && depth < MAXIMUM_DEPTH;
        int end = -2;
        if (!each && (target != null || !inside)) {
            end = skipValue(at);
            if (end < 0) {
                return end;
            }
            boolean blank = end - at == 4 && text[at + 1] == '"' && text[at + 2] == '"';
            if (end - at > 2 && !blank) {
                scalar(event, writer, node, key, keyLength, at, end - at);
            }
        }
        if (!each && !inside) {
            return end;
        }
        int mark = writer.keepsExtra() ? path.push(event.arena(), key, keyLength) : path.length();
        int index = 0;
        int next = skip(at + 1);
        if (next < to && text[next] == ']') {
            path.pop(mark);
            return next + 1;
        }
        while (true) {
            JsonPath child = inside && node != null ? node.element(index) : null;
            if (child != null) {
                byte[] name = child.name();
                int copy = event.append(name, 0, name.length);
                next = value(event, writer, next, child, copy, name.length, depth + 1);
            } else if (each && next < to && text[next] != '{' && text[next] != '[') {
                next = value(event, writer, next, node, key, keyLength, depth + 1);
            } else {
                next = skipValue(next);
            }
            if (next < 0) {
                return next;
            }
            next = skip(next);
            if (next >= to) {
                return fail("", next);
            }
            byte separator = text[next];
            if (separator == ']') {
                path.pop(mark);
                return next + 1;
            }
            if (separator != ',') {
                return fail("a comma is expected", next);
            }
            next = skip(next + 1);
            index++;
        }
    }

    private static boolean isArray(DynamicKind kind) {
        return kind.isArray();
    }

    /// Position of the closing quote; sets `escaped`.
    private int stringEnd(int from) {
        escaped = false;
        int at = from;
        while (true) {
            at = ByteScan.indexOfEither(text, at, to, '"', '\\');
            if (at >= to) {
                return fail("", to);
            }
            if (text[at] == '"') {
                return at;
            }
            escaped = true;
            at += 2;
        }
    }

    /// Where the value that begins at `from` ends, whatever is in it.
    private int skipValue(int from) {
        if (from >= to) {
            return fail("", from);
        }
        byte first = text[from];
        if (first == '"') {
            int end = stringEnd(from + 1);
            return end < 0 ? end : end + 1;
        }
        if (first == '{' || first == '[') {
            int end = JsonText.closing(text, from, to);
            return end < 0 ? fail("", to) : end + 1;
        }
        int end = JsonText.wordEnd(text, from, to);
        return end == from ? fail("a value is expected", from) : end;
    }
}
