package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.config.ComponentSpec;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.util.Arrays;

/// Makes JSON of the elements of XML, so that what reads the one form of a product's data reads the other as well: the
/// data of the Windows event log is there in both.
///
/// `<Data Name="a">b</Data>` and `<a>b</a>` become `"a":"b"`, elements inside an object. Elements without a value are
/// left out; of those of one name without `Name` that follow each other the second is `name.1`. Other attributes and
/// text beside elements do not count. A text without elements stays as it is.
final class XmlConversions {
    static final ComponentSpec<Conversion> TO_JSON = ComponentSpec.of(
            "xmlToJson",
            "Makes a JSON object of XML elements; an attribute Name gives the name, as in the data of Windows events.",
            _ -> _ -> XmlConversions::toJson);

    private static final int MAXIMUM_DEPTH = 16;
    /// The longest that one byte becomes inside a JSON string: `\u001f`.
    private static final int LONGEST_ESCAPE = 6;
    /// For the outer braces and the number of an element.
    private static final int ROOM = 64;

    private static final byte[] NAME = "Name".getBytes(US_ASCII);

    /// The text that is read, and where the object goes in the same array.
    ///
    /// Thread-safety: one thread.
    private static final class Writing {
        private final byte[] arena;
        /// Room for a text whose entities are decoded.
        private final int scratch;
        private final XmlAttribute attribute = new XmlAttribute();
        private int out;

        Writing(byte[] arena, int out, int scratch) {
            this.arena = arena;
            this.out = out;
            this.scratch = scratch;
        }

        /// Writes the elements of a range as an object.
        private void object(int from, int to, int depth) {
            arena[out++] = '{';
            int first = out;
            int lastName = -1;
            int lastNameEnd = -1;
            int repeated = 0;
            int at = XmlText.nextElement(arena, from, to);
            while (at < to) {
                int end = XmlText.elementEnd(arena, at, to);
                int tagEnd = XmlText.tagEnd(arena, at, end);
                int nameEnd = XmlText.nameEnd(arena, at + 1, tagEnd);
                int name = XmlText.local(arena, at + 1, nameEnd);
                boolean again = lastName >= 0 && Arrays.equals(arena, name, nameEnd, arena, lastName, lastNameEnd);
                boolean named = named(nameEnd, tagEnd);
                repeated = again && !named ? repeated + 1 : 0;
                if (!named) {
                    lastName = name;
                    lastNameEnd = nameEnd;
                }
                boolean hasContent = tagEnd < end && arena[tagEnd - 1] != '/';
                if (hasContent) {
                    int before = out;
                    if (out > first) {
                        arena[out++] = ',';
                    }
                    arena[out++] = '"';
                    if (named) {
                        text(attribute.valueStart(), attribute.valueEnd());
                    } else {
                        text(name, nameEnd);
                        number(repeated);
                    }
                    arena[out++] = '"';
                    arena[out++] = ':';
                    if (!content(tagEnd + 1, closeOf(tagEnd + 1, end), depth)) {
                        out = before;
                    }
                }
                at = XmlText.nextElement(arena, end, to);
            }
            arena[out++] = '}';
        }

        /// Where the content ends before the end tag; all of a damaged element is content.
        private int closeOf(int content, int end) {
            int close = ByteScan.lastIndexOf(arena, content, end, '<');
            return close >= content && close + 1 < end && arena[close + 1] == '/' ? close : end;
        }

        /// Writes what stands between the tags; false when that is nothing.
        private boolean content(int from, int to, int depth) {
            int start = ByteScan.skipSpaces(arena, from, to);
            int end = ByteScan.trimEnd(arena, start, to);
            if (start == end) {
                return false;
            }
            if (depth < MAXIMUM_DEPTH && XmlText.nextElement(arena, start, end) < end) {
                object(start, end, depth + 1);
                return true;
            }
            arena[out++] = '"';
            if (ByteScan.startsWith(arena, start, end, XmlText.SECTION)
                    && ByteScan.endsWith(arena, start, end, XmlText.SECTION_END)) {
                escaped(start + XmlText.SECTION.length, end - XmlText.SECTION_END.length);
            } else {
                text(start, end);
            }
            arena[out++] = '"';
            return true;
        }

        /// True when the tag has an attribute `Name` that says something; it is the one that was read last then.
        private boolean named(int from, int to) {
            int next = from;
            while (attribute.read(arena, next, to)) {
                if (ByteScan.equal(arena, attribute.nameStart(), attribute.nameEnd(), NAME)) {
                    return attribute.valueEnd() > attribute.valueStart();
                }
                next = attribute.valueEnd() + 1;
            }
            return false;
        }

        /// Writes text the entities of which are decoded.
        private void text(int from, int to) {
            int length = XmlText.decode(arena, from, to, arena, scratch);
            escaped(scratch, scratch + length);
        }

        private void number(int repeated) {
            if (repeated > 0) {
                arena[out++] = '.';
                for (char digit : Integer.toString(repeated).toCharArray()) {
                    arena[out++] = (byte) digit;
                }
            }
        }

        private void escaped(int from, int to) {
            for (int i = from; i < to; i++) {
                byte value = arena[i];
                int length = JsonText.escapedLength(value);
                if (length == 1) {
                    arena[out] = value;
                } else {
                    JsonText.escapeBackwards(arena, out + length, value);
                }
                out += length;
            }
        }
    }

    private XmlConversions() {}

    private static long toJson(EventBuilder event, long span) {
        int from = EventBatch.spanOffset(span);
        int length = EventBatch.spanLength(span);
        if (XmlText.nextElement(event.arena(), from, from + length) >= from + length) {
            return span;
        }
        int longest = LONGEST_ESCAPE * length + ROOM;
        int start = event.reserve(longest + length);
        Writing writing = new Writing(event.arena(), start, start + longest);
        writing.object(from, from + length, 0);
        event.advance(writing.out - start);
        return Conversion.span(start, writing.out - start);
    }
}
