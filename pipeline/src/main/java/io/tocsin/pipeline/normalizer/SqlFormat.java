package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBuilder;
import java.util.Locale;

/// A row of a database: one JSON object with a member for each column, as connectors to databases write it. `NULL` is
/// `null`, numbers are numbers, times are ISO 8601 text, bytes are hexadecimal text.
///
/// Parts: the names of the columns in small letters, since databases differ in the case they answer with.
///
/// Thread-safety: one thread.
final class SqlFormat implements Format {
    private final JsonFormat json;

    SqlFormat(SourceMapping mapping) {
        SourceMapping small = new SourceMapping();
        mapping.targets().forEach((name, target) -> {
            String key = name.toLowerCase(Locale.ROOT);
            Target known = small.get(key);
            if (known == null) {
                small.replace(key, target);
            } else if (!name.equals(key)) {
                // a declared row and a default of another case
                small.replace(key, known);
            }
        });
        json = new JsonFormat(small);
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        int copy = event.append(event.arena(), offset, length);
        byte[] arena = event.arena();
        int to = copy + length;
        int at = ByteScan.skipSpaces(arena, copy, to);
        if (at >= to || arena[at] != '{') {
            return Outcome.FOREIGN;
        }
        at = ByteScan.skipSpaces(arena, at + 1, to);
        while (at < to && arena[at] == '"') {
            int keyEnd = JsonText.afterValue(arena, at, to);
            if (keyEnd < 0) {
                break;
            }
            for (int i = at; i < keyEnd; i++) {
                if (arena[i] == '\\') {
                    i++;
                } else if (arena[i] >= 'A' && arena[i] <= 'Z') {
                    arena[i] |= 0x20;
                }
            }
            int value = ByteScan.skipSpaces(arena, keyEnd, to);
            if (value >= to || arena[value] != ':') {
                break;
            }
            value = JsonText.afterValue(arena, ByteScan.skipSpaces(arena, value + 1, to), to);
            if (value < 0) {
                break;
            }
            at = ByteScan.skipSpaces(arena, value, to);
            if (at >= to || arena[at] != ',') {
                break;
            }
            at = ByteScan.skipSpaces(arena, at + 1, to);
        }
        return json.parse(event, copy, length, writer);
    }
}
