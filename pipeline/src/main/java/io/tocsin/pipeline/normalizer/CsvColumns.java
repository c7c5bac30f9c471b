package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What the values of the records of one stream are called, what kind they are of and where they go. Immutable, apart
/// from conversions inside the targets.
///
/// Thread-safety: one thread, since targets may hold state.
final class CsvColumns {
    /// Columns beyond this many are called by their number.
    static final int MAXIMUM_COLUMNS = 4096;

    /// How the text of a value is written.
    enum Kind {
        TEXT,
        /// Seconds since the epoch, with an exponent when they are far from now.
        TIME,
        /// `T` or `F`, which become `true` and `false`.
        FLAG,
        /// Several texts.
        TEXTS,
        /// Several numbers or times.
        NUMBERS,
        /// Several flags.
        FLAGS
    }

    private final List<String> names;
    private final byte[][] keys;
    private final @Nullable Target[] targets;
    private final Kind[] kinds;
    private final @Nullable Target pathTarget;
    private final byte[] path;

    /// @param types names of types as Zeek writes them; fewer than names for none
    /// @param path what the records are about, as Zeek says in `#path`; empty for nothing
    CsvColumns(List<String> names, List<String> types, String path, SourceMapping mapping) {
        this.names = names.size() > MAXIMUM_COLUMNS ? List.copyOf(names.subList(0, MAXIMUM_COLUMNS)) : names;
        int count = this.names.size();
        keys = new byte[count][];
        targets = new @Nullable Target[count];
        kinds = new Kind[count];
        for (int i = 0; i < count; i++) {
            String name = this.names.get(i);
            keys[i] = name.getBytes(UTF_8);
            targets[i] = mapping.get(name);
            kinds[i] = i < types.size() ? kind(types.get(i)) : Kind.TEXT;
        }
        this.path = path.getBytes(UTF_8);
        pathTarget = mapping.get("_path");
    }

    /// Columns of a stream that says nothing of them: `1`, `2`, `3` and so on.
    static CsvColumns numbered(SourceMapping mapping) {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= MAXIMUM_COLUMNS; i++) {
            names.add(Integer.toString(i));
        }
        return new CsvColumns(names, List.of(), "", mapping);
    }

    private static Kind kind(String type) {
        String lower = type.toLowerCase(Locale.ROOT);
        if (lower.equals("bool")) {
            return Kind.FLAG;
        }
        if (lower.equals("time")) {
            return Kind.TIME;
        }
        int open = lower.indexOf('[');
        if (open < 0) {
            return Kind.TEXT;
        }
        return switch (lower.substring(open + 1).replace("]", "")) {
            case "count", "int", "double", "interval", "port", "counter" -> Kind.NUMBERS;
            case "bool" -> Kind.FLAGS;
            default -> Kind.TEXTS;
        };
    }

    int count() {
        return names.size();
    }

    byte[] key(int column) {
        return keys[column];
    }

    @Nullable
    Target target(int column) {
        return targets[column];
    }

    Kind kind(int column) {
        return kinds[column];
    }

    /// What the records are about; empty when the stream does not say.
    byte[] path() {
        return path;
    }

    @Nullable
    Target pathTarget() {
        return pathTarget;
    }
}
