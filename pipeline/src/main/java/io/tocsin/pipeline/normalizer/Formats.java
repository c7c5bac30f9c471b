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
            cef(),
            separated("csv", "Values separated by commas, with quotes as of RFC 4180.", ",", "\""),
            flow("ipfix", "IPFIX (RFC 7011): each record is an event.", Set.of(FlowProtocol.IPFIX)),
            json(),
            keyValue(),
            plain(
                    "leef",
                    "Log Event Extended Format 1.0 and 2.0, with or without a syslog header before it.",
                    LeefFormat::defaults,
                    LeefFormat::new),
            flow(
                    "netflow",
                    "Packets of flow exporters, told apart by their version: NetFlow 5, NetFlow 9, IPFIX.",
                    EnumSet.allOf(FlowProtocol.class)),
            flow("netflow5", "NetFlow 5: each record is an event.", Set.of(FlowProtocol.NETFLOW_5)),
            flow("netflow9", "NetFlow 9 (RFC 3954): each record is an event.", Set.of(FlowProtocol.NETFLOW_9)),
            pattern(),
            regexp(),
            ComponentSpec.of(
                    "sflow5",
                    "sFlow 5: each sampled packet and each reading of counters is an event.",
                    _ -> _ -> new FormatPlan(
                            FlowDefaults::add, (mapping, _) -> new SflowFormat(mapping), List.of(), true)),
            plain(
                    "sql",
                    "A row of a database as one JSON object; parts are the columns in small letters.",
                    JsonFormat::defaults,
                    mapping -> new JsonEvents("", new SqlFormat(mapping))),
            syslog(),
            text(),
            separated("tsv", "Values separated by tabs, Zeek logs included.", "\t", ""),
            xml());

    private Formats() {}

    private static ComponentSpec<FormatPlan> cef() {
        String sentence = "Common Event Format, with or without a syslog header before it.";
        return ComponentSpec.of("cef", sentence, keys -> {
            var fold = keys.flag("foldLabels", "Values of custom keys are parts with the name that their label says.")
                    .defaultTo(false);
            return values -> {
                boolean folds = values.get(fold);
                return new FormatPlan(CefFormat::defaults, mapping -> new CefFormat(mapping, folds), List.of());
            };
        });
    }

    private static ComponentSpec<FormatPlan> syslog() {
        return ComponentSpec.of("syslog", "Syslog of RFC 5424 and of RFC 3164 as it is met.", keys -> {
            var anyTag = keys.flag("anyTag", "The word behind the host is the tag even when no colon follows.")
                    .defaultTo(false);
            var priority = keys.integer("defaultPriority", "Priority of messages that have none; 13 is usual.", 0, 191)
                    .optional();
            var literal = keys.flag(
                            "literal",
                            "RFC 3164 to the letter: no year behind a time, no tag behind two spaces, and a text"
                                    + " without any header is a message; anyTag with it.")
                    .defaultTo(false);
            return values -> {
                boolean words = values.get(anyTag);
                boolean letters = values.get(literal);
                Integer number = values.get(priority);
                return new FormatPlan(
                        SyslogFormat::defaults,
                        mapping -> new SyslogFormat(mapping, words, letters, number == null ? -1 : number),
                        List.of());
            };
        });
    }

    private static ComponentSpec<FormatPlan> json() {
        return ComponentSpec.of("json", "One JSON object; parts are named by their path.", keys -> {
            var events = keys.text(
                            "events",
                            "Path of an array of which each object is an event; * for the array of the whole text.")
                    .example("Records")
                    .optional();
            return values -> {
                String path = values.get(events);
                return new FormatPlan(
                        JsonFormat::defaults,
                        mapping -> path == null
                                ? new JsonFormat(mapping)
                                : new JsonEvents(path.equals("*") ? "" : path, new JsonFormat(mapping)),
                        List.of());
            };
        });
    }

    private static ComponentSpec<FormatPlan> separated(String id, String sentence, String delimiter, String quote) {
        return ComponentSpec.of(id, sentence, keys -> {
            var between = keys.text("delimiter", "What stands between values.").defaultTo(delimiter);
            var around = keys.text("quote", "Character around values that hold a delimiter; empty for none.")
                    .defaultTo(quote);
            var columns = keys.list("columns", "Names of the columns, in order.", ValueTypes.TEXT)
                    .defaultTo(List.of());
            var header = keys.choice(
                            "header",
                            "Where names come from that are not given: the first record of a stream, or lines with #"
                                    + " at the head: directives for any, zeek or w3c for those alone.",
                            CsvFormat.Header.class)
                    .defaultTo(CsvFormat.Header.NONE);
            var trim = keys.flag("trim", "Spaces around values do not belong to them.")
                    .defaultTo(false);
            var atLeast = keys.integer("atLeast", "Values that a record must have to be taken for one.", 1, 4096)
                    .defaultTo(1);
            var exact = keys.flag("exact", "A record of another length than its header is foreign.")
                    .defaultTo(false);
            return values -> {
                String quotes = values.get(around);
                if (values.get(between).isEmpty()) {
                    values.refuse("delimiter", "a delimiter needs at least one character [key=delimiter]");
                }
                if (quotes.length() > 1 || (quotes.length() == 1 && quotes.charAt(0) >= 128)) {
                    values.refuse("quote", "one ASCII character is expected [key=quote]");
                }
                CsvFormat.Options options = new CsvFormat.Options(
                        values.get(between),
                        quotes.isEmpty() ? -1 : quotes.charAt(0),
                        values.get(columns),
                        values.get(header),
                        values.get(trim),
                        values.get(atLeast),
                        values.get(exact));
                return new FormatPlan(
                        JsonFormat::defaults, (mapping, memory) -> new CsvFormat(options, mapping, memory), List.of());
            };
        });
    }

    private static ComponentSpec<FormatPlan> xml() {
        return ComponentSpec.of("xml", "XML; parts are named by the path of elements and attributes.", keys -> {
            var keyAttributes = keys.list(
                            "keyAttributes",
                            "Paths of attributes whose value is a further step of the path.",
                            ValueTypes.TEXT)
                    .defaultTo(List.of("Event.EventData.Data.Name"));
            var arrays = keys.list("arrays", "Paths of elements that are numbered from the first.", ValueTypes.TEXT)
                    .defaultTo(List.of());
            var events = keys.text("events", "Path of the elements that are an event each; empty for the outermost.")
                    .example("Events.Event")
                    .defaultTo("");
            return values -> {
                List<String> attributes = values.get(keyAttributes);
                List<String> numbered = values.get(arrays);
                String path = values.get(events);
                return new FormatPlan(
                        JsonFormat::defaults, mapping -> new XmlFormat(attributes, numbered, path, mapping), List.of());
            };
        });
    }

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
