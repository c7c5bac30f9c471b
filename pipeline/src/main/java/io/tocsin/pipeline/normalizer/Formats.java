package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import io.tocsin.event.Fields;
import io.tocsin.expression.BoundedRegex;
import io.tocsin.pipeline.normalizer.flow.FlowProtocol;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/// The list of formats. Help, forms, the manual and validation read it.
final class Formats {
    static final List<ComponentSpec<FormatPlan>> ALL = List.of(
            plain(
                    "auditd",
                    "Records of the Linux audit system: one, or all of an event as `assemble: auditd` joins them.",
                    AuditdFormat::defaults,
                    AuditdFormat::new),
            plain(
                    "cef",
                    "Common Event Format, with or without a syslog header before it.",
                    CefFormat::defaults,
                    CefFormat::new),
            flow("ipfix", "IPFIX (RFC 7011): each record is an event.", Set.of(FlowProtocol.IPFIX)),
            plain("json", "One JSON object; parts are named by their path.", JsonFormat::defaults, JsonFormat::new),
            keyValue(),
            flow(
                    "netflow",
                    "Packets of flow exporters, told apart by their version: NetFlow 5, NetFlow 9, IPFIX.",
                    EnumSet.allOf(FlowProtocol.class)),
            flow("netflow5", "NetFlow 5: each record is an event.", Set.of(FlowProtocol.NETFLOW_5)),
            flow("netflow9", "NetFlow 9 (RFC 3954): each record is an event.", Set.of(FlowProtocol.NETFLOW_9)),
            pattern(),
            regexp(),
            plain(
                    "syslog",
                    "Syslog of RFC 5424 and of RFC 3164 as it is met.",
                    SyslogFormat::defaults,
                    SyslogFormat::new),
            text());

    private Formats() {}

    private static ComponentSpec<FormatPlan> plain(
            String id, String sentence, Consumer<SourceMapping> defaults, Function<SourceMapping, Format> create) {
        return ComponentSpec.of(id, sentence, _ -> _ -> new FormatPlan(defaults, create, List.of()));
    }

    private static ComponentSpec<FormatPlan> flow(String id, String sentence, Set<FlowProtocol> protocols) {
        return ComponentSpec.of(id, sentence, keys -> {
            var time = keys.duration(
                            "holdTime",
                            "How long records wait for their template before they go on undecoded.",
                            Duration.ZERO,
                            Duration.ofDays(1))
                    .defaultTo(Duration.ofMinutes(5));
            var size = keys.size(
                            "holdSize",
                            "Memory for records that wait for their template.",
                            new ByteSize(0),
                            ByteSize.ofGibibytes(1))
                    .defaultTo(ByteSize.ofMebibytes(8));
            return values -> {
                long nanos = values.get(time).toNanos();
                long bytes = values.get(size).bytes();
                return new FormatPlan(
                        FlowDefaults::add,
                        (mapping, memory) -> new FlowFormat(protocols, nanos, bytes, mapping, memory),
                        List.of(),
                        true);
            };
        });
    }

    private static ComponentSpec<FormatPlan> text() {
        return ComponentSpec.of(
                "text",
                "Takes nothing apart: the whole text is the part text.",
                _ -> _ -> new FormatPlan(_ -> {}, TextFormat::new, List.of("text")));
    }

    private static ComponentSpec<FormatPlan> keyValue() {
        return ComponentSpec.of("kv", "Pairs of key and value.", keys -> {
            var pair = keys.text("pairDelimiter", "What stands between pairs; a space stands for any run of spaces.")
                    .defaultTo(" ");
            var value = keys.text("valueDelimiter", "What stands between key and value.")
                    .defaultTo("=");
            var quotes = keys.flag("quotes", "Values may stand in quotes.").defaultTo(true);
            return values -> {
                String between = values.get(pair);
                String inside = values.get(value);
                boolean quoted = values.get(quotes);
                if (between.isEmpty()) {
                    values.refuse("pairDelimiter", "a delimiter needs at least one character [key=pairDelimiter]");
                }
                if (inside.isEmpty()) {
                    values.refuse("valueDelimiter", "a delimiter needs at least one character [key=valueDelimiter]");
                }
                return new FormatPlan(
                        KvFormat::defaults, mapping -> new KvFormat(between, inside, quoted, mapping), List.of());
            };
        });
    }

    private static ComponentSpec<FormatPlan> pattern() {
        return ComponentSpec.of("pattern", "Texts of fixed wording with named places, the first that fits.", keys -> {
            var patterns = keys.list(
                            "patterns",
                            "Literal text with places such as {SourceAddress:ip}; or match with constants to set.",
                            ValueType.<Expression<TextPattern>>of(
                                    "pattern",
                                    ConfigNode.mapping().build(),
                                    (name, node, problems) -> Expression.read(name, node, TextPattern::parse, problems),
                                    expression -> expression.match().toString()))
                    .required();
            return values -> {
                List<Expression<TextPattern>> choices = values.get(patterns);
                List<String> names = choices.stream()
                        .flatMap(choice -> choice.match().names().stream())
                        .filter(name -> !name.isEmpty())
                        .distinct()
                        .toList();
                return new FormatPlan(
                        mapping -> schemaNames(names, mapping), mapping -> new PatternFormat(choices, mapping), names);
            };
        });
    }

    private static ComponentSpec<FormatPlan> regexp() {
        String sentence = "Regular expressions in RE2 syntax with named groups, the first that fits.";
        return ComponentSpec.of("regexp", sentence, keys -> {
            var expressions = keys.list(
                            "expressions",
                            "Expressions such as user (?P<SourceUserName>\\w+); or match with constants to set.",
                            ValueType.<Expression<BoundedRegex>>of(
                                    "expression",
                                    ConfigNode.mapping().build(),
                                    (name, node, problems) ->
                                            Expression.read(name, node, RegexpConversions::compile, problems),
                                    expression -> expression.match().toString()))
                    .required();
            return values -> {
                List<Expression<BoundedRegex>> read = values.get(expressions);
                List<String> names = read.stream()
                        .flatMap(expression -> expression.match().groupNames().keySet().stream())
                        .distinct()
                        .toList();
                return new FormatPlan(
                        mapping -> schemaNames(names, mapping), mapping -> new RegexpFormat(read, mapping), names);
            };
        });
    }

    /// Names that are schema fields or dynamic fields map to them.
    static void schemaNames(List<String> names, SourceMapping mapping) {
        for (String name : names) {
            Field field = Fields.byName(name);
            int dot = name.indexOf('.');
            DynamicKind family = dot > 0 ? DynamicKind.ofPrefix(name.substring(0, dot)) : null;
            if (field != null && field.group() != FieldGroup.SERVICE) {
                mapping.add(name, Target.of(field));
            } else if (family != null && dot + 1 < name.length()) {
                mapping.add(name, Target.of(family, name.substring(dot + 1), List.of()));
            }
        }
    }

    /// Type of the key `format`.
    static ValueType<FormatPlan> type() {
        return ValueTypes.component(ALL);
    }
}
