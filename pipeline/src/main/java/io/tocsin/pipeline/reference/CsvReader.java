package io.tocsin.pipeline.reference;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads separated values as RFC 4180 describes them: quoted cells may hold separators, line ends and doubled
/// quotes. Lines may end with LF, CR LF or CR. Empty lines, and lines that begin with `#` when asked, are passed
/// over. A quote inside an unquoted cell is a letter like any other; text behind a closing quote is kept.
///
/// Bounded: a record of more than [#MAXIMUM_RECORD_CHARACTERS] characters or [#MAXIMUM_CELLS] cells is cut at the
/// limit, its rest is passed over, and [#cutRecords()] counts it.
///
/// Thread-safety: one thread.
public final class CsvReader {
    /// Longest record, in characters.
    public static final int MAXIMUM_RECORD_CHARACTERS = 1 << 20;
    /// Most cells of one record.
    public static final int MAXIMUM_CELLS = 10_000;

    private final Reader reader;
    private final char separator;
    private final boolean comments;
    private final char[] buffer = new char[8192];
    private final StringBuilder cell = new StringBuilder();
    private int at;
    private int limit;
    private int kept;
    private boolean cut;
    private long line = 1;
    private long recordLine;
    private long cutRecords;
    private @Nullable String fault;

    /// @param comments true: lines that begin with `#` are no records
    public CsvReader(Reader reader, char separator, boolean comments) {
        this.reader = reader;
        this.separator = separator;
        this.comments = comments;
    }

    /// Line on which the last record began, counted from 1.
    public long recordLine() {
        return recordLine;
    }

    /// Records that were longer than the limits.
    public long cutRecords() {
        return cutRecords;
    }

    /// What is wrong with how the last record is written, or null: a quote that is not closed, text behind a closing
    /// quote, or a record beyond the limits.
    public @Nullable String fault() {
        return fault;
    }

    /// The cells of the next record, or null at the end.
    public @Nullable List<String> next() throws IOException {
        while (true) {
            int first = peek();
            if (first < 0) {
                return null;
            }
            if (first == '\uFEFF' && line == 1) {
                at++;
            } else if (first == '\n' || first == '\r') {
                endLine(read());
            } else if (comments && first == '#') {
                skipLine();
            } else {
                return record();
            }
        }
    }

    private List<String> record() throws IOException {
        recordLine = line;
        fault = null;
        kept = 0;
        cut = false;
        List<String> cells = new ArrayList<>();
        while (true) {
            cell.setLength(0);
            int end = peek() == '"' ? quoted() : plain(read());
            if (cells.size() < MAXIMUM_CELLS) {
                cells.add(cell.toString());
            } else {
                cut = true;
            }
            if (end != separator) {
                if (end >= 0) {
                    endLine(end);
                }
                if (cut) {
                    fault = "the record is too long [maximumCharacters=" + MAXIMUM_RECORD_CHARACTERS + ", maximumCells="
                            + MAXIMUM_CELLS + "]";
                    cutRecords++;
                }
                return cells;
            }
        }
    }

    /// Reads an unquoted cell that begins with `first`; returns the character behind it, or -1.
    private int plain(int first) throws IOException {
        int next = first;
        while (next >= 0 && next != separator && next != '\n' && next != '\r') {
            keep(next);
            next = read();
        }
        return next;
    }

    private int quoted() throws IOException {
        read();
        while (true) {
            int next = read();
            if (next < 0) {
                fault = "a quote is not closed";
                return next;
            }
            if (next == '"') {
                int behind = peek();
                if (behind != '"') {
                    if (behind >= 0 && behind != separator && behind != '\n' && behind != '\r') {
                        fault = "text behind a closing quote: a quote within a cell is doubled";
                    }
                    return plain(read());
                }
                read();
            } else if (next == '\n' || (next == '\r' && peek() != '\n')) {
                line++;
            }
            keep(next);
        }
    }

    private void keep(int character) {
        if (kept < MAXIMUM_RECORD_CHARACTERS) {
            kept++;
            cell.append((char) character);
        } else {
            cut = true;
        }
    }

    private void skipLine() throws IOException {
        int next = read();
        while (next >= 0 && next != '\n' && next != '\r') {
            next = read();
        }
        if (next >= 0) {
            endLine(next);
        }
    }

    private void endLine(int end) throws IOException {
        if (end == '\r' && peek() == '\n') {
            at++;
        }
        line++;
    }

    private int peek() throws IOException {
        if (at == limit) {
            limit = Math.max(0, reader.read(buffer));
            at = 0;
            if (limit == 0) {
                return -1;
            }
        }
        return buffer[at];
    }

    private int read() throws IOException {
        int next = peek();
        if (next >= 0) {
            at++;
        }
        return next;
    }
}
