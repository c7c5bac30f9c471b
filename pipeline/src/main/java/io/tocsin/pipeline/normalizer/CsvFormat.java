package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Values separated by a delimiter, as of RFC 4180 and its relatives. Columns get their names from the configuration,
/// from the first record of each stream, or from lines with `#` at the head (Zeek, W3C extended log format).
///
/// Parts: the names of the columns; `1`, `2`, … where a stream has none; `_path` for the `#path` of Zeek and for
/// the `#Software` of W3C.
///
/// Decisions:
/// - A quote opens a value only at its beginning; two quotes inside are one; what follows the closing quote belongs to
///   the value. A value may hold line ends inside quotes.
/// - A stream is a file, a connection or a sender; the head of a file is remembered over a restart.
/// - A record that equals the head of its stream is a head again: senders connect anew. A file that took the name of
///   a rotated one begins with a head of its own when heads are first records; lines with `#` say themselves that they
///   are heads, and those of the file before hold until then.
/// - Heads are no events: they are counted under the reason `header`.
/// - Values beyond the columns are called by their number. A record of another length than its head is noted.
/// - Where a head gives types (Zeek), `T` and `F` become `true` and `false`; sets and vectors go one by one to targets
///   that take several values and are a JSON array to all others.
///
/// Thread-safety: one thread.
final class CsvFormat implements Splitting {
    /// Streams whose columns are at hand; the one unused for longest is looked up in the memory again.
    private static final int MAXIMUM_STREAMS = 512;
    private static final int LONGEST_HEAD = 60_000;
    private static final String HEADER = "header";
    private static final byte[] TAB = {'\t'};

    /// Where the names of columns come from.
    enum Header {
        /// From the configuration, or there are none.
        NONE,
        /// From the first record of each stream.
        FIRST,
        /// From lines that begin with `#`, of either kind.
        DIRECTIVES,
        /// From lines that begin with `#` as Zeek writes them; others are foreign.
        ZEEK,
        /// From lines that begin with `#` as the W3C extended log format has them; others are foreign.
        W3C;

        /// True when lines that begin with `#` say how to read those behind them.
        boolean reads() {
            return this == DIRECTIVES || this == ZEEK || this == W3C;
        }
    }

    /// @param delimiter what stands between values, unless a head says otherwise
    /// @param quote byte around values, -1 for none
    /// @param columns names of the columns; empty for none
    /// @param trim spaces around values do not belong to them
    /// @param atLeast values that a record must have to be taken for one
    /// @param exact a record of another length than its head is foreign: its stream holds other texts too
    record Options(
            String delimiter,
            int quote,
            List<String> columns,
            Header header,
            boolean trim,
            int atLeast,
            boolean exact) {
        Options {
            columns = List.copyOf(columns);
        }
    }

    /// What is known of a stream.
    ///
    /// Thread-safety: one thread.
    private static final class Stream {
        private @Nullable CsvDirectives directives;
        private @Nullable CsvColumns columns;
        private byte[] head = {};
        private byte[] delimiter;
        private byte[] unset = {};
        private byte[] empty = {};
        private byte setDelimiter = ',';
        private boolean escapes;

        Stream(byte[] delimiter, @Nullable CsvColumns columns) {
            this.delimiter = delimiter;
            this.columns = columns;
        }
    }

    private final Options options;
    private final byte[] between;
    private final SourceMapping mapping;
    private final NormalizerMemory memory;
    private final @Nullable CsvColumns declared;
    private final CsvColumns numbered;
    private final Map<EntryOrigin, Stream> streams = new LinkedHashMap<>(16, 0.75f, true);
    private @Nullable EntryOrigin lastOrigin;
    private Stream last;

    /// Begin, end and whether quotes or escapes are inside, of each value of the record.
    private int[] spans = new int[3 * 64];
    private int values;
    private boolean unclosed;

    private byte[] text = {};
    private int textEnd;
    private int pieceStart;
    private int pieceEnd;

    CsvFormat(Options options, SourceMapping mapping, NormalizerMemory memory) {
        this.options = options;
        this.between = Conversions.bytes(options.delimiter());
        this.mapping = mapping;
        this.memory = memory;
        declared = options.columns().isEmpty() ? null : new CsvColumns(options.columns(), List.of(), "", mapping);
        numbered = CsvColumns.numbered(mapping);
        last = new Stream(between, declared);
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        byte[] bytes = event.arena();
        int start = SyslogFormat.afterByteOrderMark(bytes, offset, offset + length);
        int to = offset + length;
        while (to > start && (bytes[to - 1] == '\n' || bytes[to - 1] == '\r')) {
            to--;
        }
        if (start >= to) {
            return Outcome.FOREIGN;
        }
        Stream stream = stream(event.origin());
        if (options.header().reads()) {
            if (bytes[start] == '#') {
                return directive(event, stream, bytes, start, to, writer);
            }
            if (stream.columns == null && declared == null) {
                return Outcome.FOREIGN;
            }
        } else if (options.header() == Header.FIRST) {
            boolean again = stream.columns != null && ByteScan.equal(bytes, start, to, stream.head);
            if (stream.columns == null || again) {
                return first(event, stream, bytes, start, to, writer, again);
            }
        }
        return record(event, stream, bytes, start, to, writer);
    }

    private Outcome first(
            EventBuilder event, Stream stream, byte[] bytes, int start, int to, FieldWriter writer, boolean again) {
        if (!again) {
            if (to - start > LONGEST_HEAD) {
                writer.notes().add("csv", "the header is too long [bytes=" + (to - start) + "]");
                return Outcome.BROKEN;
            }
            scan(bytes, start, to, stream.delimiter);
            if (values < options.atLeast()) {
                return Outcome.FOREIGN;
            }
            head(stream, Arrays.copyOfRange(bytes, start, to));
            remember(event.origin(), stream.head);
        }
        writer.notes().skip(HEADER);
        return Outcome.SKIPPED;
    }

    private void head(Stream stream, byte[] head) {
        scan(head, 0, head.length, stream.delimiter);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < values; i++) {
            int from = spans[3 * i];
            byte[] name = Arrays.copyOfRange(head, from, spans[3 * i + 1]);
            int size = spans[3 * i + 2] == 0 ? name.length : unquote(name, 0, name.length, name, 0);
            String read = new String(name, 0, size, UTF_8).strip();
            names.add(read.isEmpty() ? Integer.toString(i + 1) : read);
        }
        stream.head = head;
        stream.columns = new CsvColumns(names, List.of(), "", mapping);
    }

    private Outcome directive(EventBuilder event, Stream stream, byte[] bytes, int start, int to, FieldWriter writer) {
        if (to - start > LONGEST_HEAD || to - start < 2 || !ByteScan.isLetter(bytes[start + 1])) {
            return Outcome.FOREIGN;
        }
        String line = new String(bytes, start, to - start, UTF_8);
        if (!CsvDirectives.isDirective(line, options.header())) {
            return Outcome.FOREIGN;
        }
        read(stream, line);
        CsvDirectives directives = stream.directives;
        if (directives != null && directives.complete()) {
            remember(event.origin(), directives.lines().getBytes(UTF_8));
        }
        writer.notes().skip(HEADER);
        return Outcome.SKIPPED;
    }

    private void read(Stream stream, String line) {
        CsvDirectives directives = stream.directives;
        if (directives == null) {
            directives = new CsvDirectives();
            stream.directives = directives;
        }
        directives.read(line);
        if (directives.complete()) {
            stream.columns = directives.columns(mapping);
            stream.delimiter = directives.delimiter();
            stream.unset = directives.unset();
            stream.empty = directives.empty();
            stream.setDelimiter = directives.setDelimiter();
            stream.escapes = directives.escapes();
        }
    }

    @SuppressWarnings("ReferenceEquality") // a stream hands in the same object each time; an equal one is looked up
    private Stream stream(EntryOrigin origin) {
        if (options.header() == Header.NONE || origin == lastOrigin) {
            return last;
        }
        Stream stream = streams.get(origin);
        if (stream == null) {
            stream = new Stream(between, options.header() == Header.FIRST ? null : declared);
            byte[] known = origin.path().isEmpty() ? null : memory.get(key(origin));
            if (known != null) {
                if (options.header() == Header.FIRST) {
                    head(stream, known);
                } else {
                    for (String line : CsvDirectives.split(new String(known, UTF_8), "\n")) {
                        if (line.startsWith("#")) {
                            read(stream, line);
                        }
                    }
                }
            }
            streams.put(origin, stream);
            if (streams.size() > MAXIMUM_STREAMS) {
                streams.remove(streams.keySet().iterator().next());
            }
        }
        lastOrigin = origin;
        last = stream;
        return stream;
    }

    @Override
    public void streamBegins(EntryOrigin origin) {
        if (options.header() == Header.FIRST) {
            streams.remove(origin);
            lastOrigin = null;
            if (!origin.path().isEmpty()) {
                memory.remove(key(origin));
            }
        }
    }

    /// Only files are read on where an earlier process stopped.
    private void remember(EntryOrigin origin, byte[] head) {
        if (!origin.path().isEmpty()) {
            memory.put(key(origin), head);
        }
    }

    private String key(EntryOrigin origin) {
        return "csv " + options.header() + ' ' + origin.connector() + ' ' + origin.path();
    }

    private Outcome record(EventBuilder event, Stream stream, byte[] bytes, int start, int to, FieldWriter writer) {
        scan(bytes, start, to, stream.delimiter);
        CsvColumns known = stream.columns;
        CsvColumns columns = known == null ? numbered : known;
        boolean fits = known == null || options.header() == Header.NONE || values == known.count();
        if (!fits && stream.delimiter.length == 1 && stream.delimiter[0] == ' ') {
            // Some write the names with spaces between them and the records with tabs.
            scan(bytes, start, to, TAB);
            fits = values == columns.count();
            if (!fits) {
                scan(bytes, start, to, stream.delimiter);
            }
        }
        if (values < options.atLeast() || (!fits && options.exact())) {
            return Outcome.FOREIGN;
        }
        Outcome outcome = Outcome.UNDERSTOOD;
        if (unclosed) {
            writer.notes().add("csv", "a quote is not closed");
            outcome = Outcome.BROKEN;
        }
        if (!fits) {
            writer.notes().add("csv", "the record has " + values + " values, its header " + columns.count());
            outcome = Outcome.BROKEN;
        }
        byte[] path = columns.path();
        if (path.length > 0) {
            Target target = columns.pathTarget();
            if (target != null) {
                writer.write(event, target, event.append(path, 0, path.length), path.length);
            } else {
                writer.extra(event, PATH_KEY, event.append(path, 0, path.length), path.length);
            }
        }
        for (int i = 0; i < values; i++) {
            int from = spans[3 * i];
            value(event, writer, stream, columns, i, from, spans[3 * i + 1] - from, spans[3 * i + 2] != 0);
        }
        return outcome;
    }

    private static final byte[] PATH_KEY = "_path".getBytes(UTF_8);

    private void value(
            EventBuilder event,
            FieldWriter writer,
            Stream stream,
            CsvColumns columns,
            int column,
            int offset,
            int size,
            boolean quoted) {
        if (size == 0) {
            return;
        }
        Target target = column < columns.count() ? columns.target(column) : null;
        if (target == null && !writer.keepsExtra()) {
            return;
        }
        byte[] bytes = event.arena();
        boolean none = ByteScan.equal(bytes, offset, offset + size, stream.unset)
                || ByteScan.equal(bytes, offset, offset + size, stream.empty);
        if (none) {
            return;
        }
        byte[] key = column < columns.count()
                ? columns.key(column)
                : Integer.toString(column + 1).getBytes(UTF_8);
        CsvColumns.Kind kind = column < columns.count() ? columns.kind(column) : CsvColumns.Kind.TEXT;
        int start = offset;
        int length = size;
        if (kind == CsvColumns.Kind.TEXT) {
            boolean escaped = stream.escapes && ByteScan.indexOf(bytes, start, start + length, '\\') < start + length;
            if (quoted || escaped) {
                int copy = event.reserve(length);
                length = quoted
                        ? unquote(bytes, start, start + length, event.arena(), copy)
                        : CsvText.unescape(bytes, start, start + length, event.arena(), copy);
                event.advance(length);
                start = copy;
            }
        } else if (kind == CsvColumns.Kind.TIME) {
            byte[] plain = CsvText.withoutExponent(bytes, start, length);
            if (plain != null) {
                start = event.append(plain, 0, plain.length);
                length = plain.length;
            }
        } else if (kind == CsvColumns.Kind.FLAG) {
            if (length == 1 && (bytes[start] == 'T' || bytes[start] == 'F')) {
                byte[] word = bytes[start] == 'T' ? CsvText.TRUE : CsvText.FALSE;
                start = event.append(word, 0, word.length);
                length = word.length;
            }
        } else if (target != null && target.dynamic != null && target.dynamic.isArray()) {
            elements(event, writer, stream, target, start, start + length);
            return;
        } else {
            long span = CsvText.array(event, start, length, stream.setDelimiter, kind, stream.unset);
            start = EventBatch.spanOffset(span);
            length = EventBatch.spanLength(span);
        }
        if (target != null) {
            writer.write(event, target, start, length);
        } else {
            writer.extra(event, key, start, length);
        }
    }

    private static void elements(
            EventBuilder event, FieldWriter writer, Stream stream, Target target, int from, int to) {
        int at = from;
        while (at <= to) {
            int end = ByteScan.indexOf(event.arena(), at, to, stream.setDelimiter);
            if (!ByteScan.equal(event.arena(), at, end, stream.unset)) {
                int copy = event.reserve(end - at);
                int length = CsvText.unescape(event.arena(), at, end, event.arena(), copy);
                event.advance(length);
                writer.write(event, target, copy, length);
            }
            at = end + 1;
        }
    }

    /// Cuts a record into values.
    private void scan(byte[] bytes, int from, int to, byte[] delimiter) {
        values = 0;
        unclosed = false;
        int at = from;
        while (true) {
            boolean quoted = false;
            int start = at;
            int end;
            if (options.quote() >= 0) {
                int quote = options.trim() ? skipBlanks(bytes, at, to) : at;
                if (quote < to && bytes[quote] == (byte) options.quote()) {
                    quoted = true;
                    start = quote;
                    int close = closingQuote(bytes, quote + 1, to);
                    unclosed |= close >= to;
                    at = Math.min(close + 1, to);
                }
            }
            end = delimiter(bytes, at, to, delimiter);
            int stop = end;
            if (options.trim()) {
                start = skipBlanks(bytes, start, stop);
                while (stop > start && (bytes[stop - 1] == ' ' || bytes[stop - 1] == '\t')) {
                    stop--;
                }
            }
            if (3 * values == spans.length) {
                spans = Arrays.copyOf(spans, spans.length * 2);
            }
            spans[3 * values] = start;
            spans[3 * values + 1] = stop;
            spans[3 * values + 2] = quoted ? 1 : 0;
            values++;
            if (end >= to) {
                return;
            }
            at = end + delimiter.length;
        }
    }

    private static int skipBlanks(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
        return at;
    }

    private static int delimiter(byte[] bytes, int from, int to, byte[] delimiter) {
        if (delimiter.length == 1) {
            return ByteScan.indexOf(bytes, from, to, delimiter[0]);
        }
        int found = ByteScan.indexOf(bytes, from, to, delimiter);
        return found < 0 ? to : found;
    }

    /// The quote that closes what was opened before `from`, or `to`.
    private int closingQuote(byte[] bytes, int from, int to) {
        int at = from;
        while (true) {
            at = ByteScan.indexOf(bytes, at, to, options.quote());
            if (at >= to || at + 1 >= to || bytes[at + 1] != (byte) options.quote()) {
                return at;
            }
            at += 2;
        }
    }

    /// Takes quotes away: the first, one of each two inside, the closing one. Never longer than before.
    private int unquote(byte[] from, int start, int end, byte[] to, int at) {
        int close = closingQuote(from, start + 1, end);
        int out = at;
        int i = start + 1;
        while (i < end) {
            if (i == close) {
                i++;
                continue;
            }
            byte next = from[i];
            to[out++] = next;
            i += next == (byte) options.quote() && i < close ? 2 : 1;
        }
        return out - at;
    }

    @Override
    public void open(EntryOrigin origin, byte[] source, int offset, int length) {
        text = source;
        textEnd = offset + length;
        pieceEnd = SyslogFormat.afterByteOrderMark(source, offset, textEnd);
        pieceStart = pieceEnd;
    }

    @Override
    public boolean next() {
        int start = pieceEnd;
        while (start < textEnd && (text[start] == '\n' || text[start] == '\r')) {
            start++;
        }
        if (start >= textEnd) {
            return false;
        }
        pieceStart = start;
        pieceEnd = recordEnd(start);
        return true;
    }

    /// The line end behind the record, passing over those inside quotes.
    private int recordEnd(int start) {
        if (options.quote() < 0 || (text[start] == '#' && options.header().reads())) {
            return ByteScan.indexOf(text, start, textEnd, '\n');
        }
        byte[] delimiter = between;
        boolean opens = true;
        int at = start;
        while (at < textEnd) {
            byte next = text[at];
            if (opens && next == (byte) options.quote()) {
                at = closingQuote(text, at + 1, textEnd) + 1;
                opens = false;
                continue;
            }
            if (next == '\n') {
                return at;
            }
            if (next == delimiter[0] && ByteScan.startsWith(text, at, textEnd, delimiter)) {
                at += delimiter.length;
                opens = true;
                continue;
            }
            opens &= options.trim() && (next == ' ' || next == '\t');
            at++;
        }
        return textEnd;
    }

    @Override
    public int pieceOffset() {
        return pieceStart;
    }

    @Override
    public int pieceLength() {
        return Math.min(pieceEnd, textEnd) - pieceStart;
    }
}
