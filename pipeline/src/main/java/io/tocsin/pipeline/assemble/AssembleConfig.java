package io.tocsin.pipeline.assemble;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueType;
import io.tocsin.error.TocsinException;
import io.tocsin.expression.BoundedRegex;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How the parts of an event are found and joined, as it is written: the name of a preset, or a mapping.
///
/// @param preset name of the preset or `lines`, for people
/// @param reader makes what tells groups apart
/// @param ordered parts are put in the order of their numbers, else they stay as they came
/// @param separator stands between the parts in the joined text
/// @param timeout a group ends when its sender's time has gone on by so much
/// @param idleTimeout a group ends so long after its first line came, whatever the sender's time says
/// @param lateFor how long a group that was handed on is remembered
/// @param limits what one sender may hold
public record AssembleConfig(
        String preset,
        Supplier<PartReader> reader,
        boolean ordered,
        String separator,
        Duration timeout,
        Duration idleTimeout,
        Duration lateFor,
        Limits limits) {
    /// Bounds of memory.
    ///
    /// @param lines of one group
    /// @param bytes of one group
    /// @param groups open at one time, per sender
    /// @param senderBytes of all open groups of one sender
    public record Limits(int lines, int bytes, int groups, int senderBytes) {}

    private static final List<String> PRESETS = List.of("auditd");

    /// The records of the Linux audit system. The bounds are those of requirement A8.
    public static final AssembleConfig AUDITD = new AssembleConfig(
            "auditd",
            AuditdParts::new,
            false,
            "\n",
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofMinutes(2),
            new Limits(10_000, 4 << 20, 1000, 8 << 20));

    private static final ValueType<BoundedRegex> REGEX = ValueType.ofText(
            "regular expression",
            "a regular expression in RE2 syntax",
            text -> {
                try {
                    return BoundedRegex.compile(text, false);
                } catch (TocsinException _) {
                    return null;
                }
            },
            BoundedRegex::expression);

    /// The table of its keys.
    public static final ConfigSpec<AssembleConfig> SPEC =
            ConfigSpec.of("assemble", "Joins lines that are one event before they are parsed.", keys -> {
                var preset = keys.text("preset", "A ready set of everything below: auditd. The other keys adjust it.")
                        .optional();
                var key = keys.key(
                                "key",
                                "Lines with the same text in all groups of the expression belong together; without it, those of one sender.",
                                REGEX)
                        .example("id=(\\w+)")
                        .optional();
                var start = keys.key("start", "A line that fits begins the next event.", REGEX)
                        .example("^\\d{4}-")
                        .optional();
                var end = keys.key("end", "A line that fits is the last one of its event.", REGEX)
                        .optional();
                var number = keys.key(
                                "number",
                                "The first group is the place of the line in its event; the parts are put in order.",
                                REGEX)
                        .example("part=(\\d+)")
                        .optional();
                var count = keys.key("count", "The first group says of how many lines the event consists.", REGEX)
                        .example("of=(\\d+)")
                        .optional();
                var separator = keys.text("separator", "Stands between the lines in the joined text.")
                        .defaultTo("\n");
                var timeout = keys.duration(
                                "timeout",
                                "An event ends when the times in later lines of its sender, if any, are so much further on.",
                                Duration.ofMillis(1),
                                Duration.ofHours(1))
                        .defaultTo(Duration.ofSeconds(2));
                var idle = keys.duration(
                                "idleTimeout",
                                "An event ends so long after its first line came.",
                                Duration.ofMillis(50),
                                Duration.ofHours(1))
                        .defaultTo(Duration.ofSeconds(5));
                var late = keys.duration(
                                "lateFor",
                                "How long the key of an event is remembered, so that lines that come late are marked.",
                                Duration.ZERO,
                                Duration.ofHours(1))
                        .defaultTo(Duration.ofMinutes(2));
                var lines = keys.integer("maxLines", "Lines of one event; a longer one is split.", 1, 1_000_000)
                        .defaultTo(10_000);
                var bytes = keys.size(
                                "maxEventSize",
                                "Bytes of one event; a longer one is split.",
                                new ByteSize(64),
                                ByteSize.ofMebibytes(16))
                        .defaultTo(ByteSize.ofMebibytes(4));
                var groups = keys.integer(
                                "maxOpen", "Open events of one sender; beyond it the oldest ends, marked.", 1, 100_000)
                        .defaultTo(1000);
                var senderBytes = keys.size(
                                "maxOpenSize",
                                "Bytes of the open events of one sender; beyond it the oldest ends, marked.",
                                new ByteSize(1024),
                                ByteSize.ofMebibytes(1024))
                        .defaultTo(ByteSize.ofMebibytes(8));
                return values -> {
                    String name = values.get(preset);
                    Limits limits = new Limits(
                            values.get(lines), (int) values.get(bytes).bytes(), values.get(groups), (int)
                                    values.get(senderBytes).bytes());
                    Supplier<PartReader> reader;
                    if (name != null) {
                        if (!PRESETS.contains(name)) {
                            throw new IllegalArgumentException(
                                    "unknown preset [preset=" + name + ", choices=" + String.join("|", PRESETS) + "]");
                        }
                        reader = AuditdParts::new;
                    } else {
                        BoundedRegex keyed = values.get(key);
                        BoundedRegex starts = values.get(start);
                        BoundedRegex ends = values.get(end);
                        BoundedRegex numbers = values.get(number);
                        BoundedRegex counts = values.get(count);
                        if (keyed == null && starts == null && ends == null) {
                            throw new IllegalArgumentException(
                                    "lines cannot be told apart: give a preset, or key, start or end");
                        }
                        reader = () -> new PatternParts(keyed, starts, ends, numbers, counts);
                    }
                    return new AssembleConfig(
                            name == null ? "lines" : name,
                            reader,
                            values.get(number) != null,
                            values.get(separator),
                            values.get(timeout),
                            values.get(idle),
                            values.get(late),
                            limits);
                };
            });

    /// Joins what was held before; takes no line.
    ///
    /// @param separator stands between the parts
    /// @param ordered parts are put in the order of their numbers
    static AssembleConfig left(String separator, boolean ordered) {
        return new AssembleConfig(
                "left",
                () -> new PatternParts(null, null, null, null, null),
                ordered,
                separator,
                AUDITD.timeout,
                AUDITD.idleTimeout,
                Duration.ZERO,
                AUDITD.limits);
    }

    /// A mapping, or the name of a preset.
    public static final ValueType<AssembleConfig> TYPE = ValueType.of(
            "auditd or mapping",
            SPEC.jsonSchema(),
            (name, node, problems) -> read(node, problems),
            AssembleConfig::preset);

    private static @Nullable AssembleConfig read(ConfigNode node, Problems problems) {
        if (node instanceof ConfigNode.Scalar scalar) {
            AssembleConfig found = preset(scalar.text());
            if (found == null) {
                problems.add(
                        node.position(),
                        "unknown preset [assemble=" + scalar.text() + ", choices=" + String.join("|", PRESETS) + "]");
            }
            return found;
        }
        return SPEC.read(node, problems);
    }

    /// The preset with this name, or null.
    public static @Nullable AssembleConfig preset(String name) {
        return name.equals(AUDITD.preset) ? AUDITD : null;
    }

    /// Makes an assembler that holds nothing yet.
    public Assembler create() {
        return new Assembler(this, reader.get());
    }
}
