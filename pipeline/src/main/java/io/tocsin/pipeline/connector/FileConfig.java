package io.tocsin.pipeline.connector;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.pipeline.connector.framing.Framing;
import java.time.Duration;

/// What a connector that follows files is told. Immutable.
///
/// @param path absolute, may be a pattern; see [FileGlob]
/// @param maxEventBytes longest line
/// @param closeAfter how long a file that is gone is read on after its last line
record FileConfig(
        String path,
        Start start,
        LineEnd lineEnd,
        int maxEventBytes,
        Duration pollInterval,
        Duration closeAfter,
        int maxFiles)
        implements ConnectorConfig {
    /// Where a file that is seen for the first time is read from.
    enum Start {
        /// From its first byte.
        BEGINNING,
        /// From where its end was when the collector started for the first time.
        END
    }

    /// How lines end.
    enum LineEnd {
        /// LF or CR LF.
        LF,
        NUL,
        /// LF or CR LF outside of quotes.
        CSV
    }

    static final ComponentSpec<FileConfig> SPEC =
            ComponentSpec.of("file", "Follows text files line by line, through rotation.", keys -> {
                var path = keys.text("path", "Absolute path; may hold *, ?, [..], {a,b} and ** for any folders.")
                        .example("/var/log/app/*.log")
                        .required();
                var start = keys.choice(
                                "start",
                                "Where files are read from that are there at the first start; later ones always from"
                                        + " their beginning.",
                                Start.class)
                        .defaultTo(Start.BEGINNING);
                var framing = keys.choice(
                                "framing",
                                "How lines end: lf (also CR LF), nul, or csv (lf, but not inside quotes).",
                                LineEnd.class)
                        .defaultTo(LineEnd.LF);
                var maximum = keys.size(
                                "maxEventSize",
                                "Longest line; a longer one is cut, marked and counted.",
                                new ByteSize(64),
                                ByteSize.ofMebibytes(16))
                        .defaultTo(ByteSize.ofMebibytes(4));
                var poll = keys.duration(
                                "pollInterval",
                                "How often files are looked at when they have nothing new.",
                                Duration.ofMillis(10),
                                Duration.ofMinutes(5))
                        .defaultTo(Duration.ofMillis(250));
                var grace = keys.duration(
                                "closeAfter",
                                "How long a file that was renamed or deleted is read on after its last line.",
                                Duration.ZERO,
                                Duration.ofHours(1))
                        .defaultTo(Duration.ofSeconds(10));
                var files = keys.integer("maxFiles", "Files followed at one time.", 1, 100_000)
                        .defaultTo(1000);
                return values -> {
                    String text = values.get(path);
                    new FileGlob(text);
                    return new FileConfig(
                            text,
                            values.get(start),
                            values.get(framing),
                            (int) values.get(maximum).bytes(),
                            values.get(poll),
                            values.get(grace),
                            values.get(files));
                };
            });

    /// How the bytes of a file become lines.
    Framing framing() {
        return switch (lineEnd) {
            case LF -> Framing.LF;
            case NUL -> Framing.NUL;
            case CSV -> Framing.CSV;
        };
    }

    @Override
    public String type() {
        return SPEC.id();
    }

    @Override
    public Connector connector(ConnectorContext context) {
        return new FileConnector(this, context);
    }
}
