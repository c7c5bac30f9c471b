package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Says where in our events the fields and log sources of Sigma are.
///
/// [#schema()] is for normalized events: known Sigma fields are fields of the schema, all others stand
/// in
/// `Extra` under their own name. [#raw()] is for events whose keys are Sigma's own field names, all of
/// them
/// in `Extra`.
///
/// Thread-safety: immutable.
public final class SigmaTaxonomy {
    private static final String RESOURCE = "taxonomy.yaml";
    private static final FieldReference CHANNEL = extra("Channel");
    private static final FieldReference EVENT_ID = extra("EventID");

    private final boolean raw;
    private final Map<String, FieldReference> fields = new HashMap<>();
    /// Event logs of a Windows service, such as `security`.
    private final Map<String, List<String>> channels = new HashMap<>();
    /// Pairs of event log and event id of a Windows category, such as `process_creation`.
    private final Map<String, List<WindowsEvents>> categories = new HashMap<>();
    /// What normalized events of a product, service or category look like.
    private final Map<String, Filter> sources = new HashMap<>();

    private final Map<String, List<String>> placeholders = new HashMap<>();

    private record WindowsEvents(List<String> channels, List<String> eventIds) {}

    private SigmaTaxonomy(boolean raw, ConfigNode.Mapping table) {
        this.raw = raw;
        mapping(table, "windowsServices").entries().forEach(entry -> channels.put(entry.name(), texts(entry.value())));
        for (ConfigNode.Entry entry : mapping(table, "windowsCategories").entries()) {
            List<WindowsEvents> events = new ArrayList<>();
            for (ConfigNode item : ((ConfigNode.Sequence) entry.value()).items()) {
                ConfigNode.Mapping pair = (ConfigNode.Mapping) item;
                List<String> names = new ArrayList<>();
                texts(pair, "services").forEach(service -> names.addAll(channels.getOrDefault(service, List.of())));
                events.add(new WindowsEvents(List.copyOf(names), texts(pair, "eventIds")));
            }
            categories.put(entry.name(), events);
        }
        if (!raw) {
            for (ConfigNode.Entry entry : mapping(table, "fields").entries()) {
                String name = ((ConfigNode.Scalar) entry.value()).text();
                FieldReference field = FieldReference.byName(name);
                if (field == null) {
                    throw new IllegalStateException("BUG: the shipped taxonomy names an unknown field [" + name + "]");
                }
                fields.put(entry.name(), field);
            }
            for (ConfigNode.Entry entry : mapping(table, "sources").entries()) {
                sources.put(entry.name(), source((ConfigNode.Mapping) entry.value()));
            }
        }
    }

    /// For normalized events.
    public static SigmaTaxonomy schema() {
        return new SigmaTaxonomy(false, table());
    }

    /// For events whose keys are Sigma's field names.
    public static SigmaTaxonomy raw() {
        return new SigmaTaxonomy(true, table());
    }

    String identity() {
        return raw ? "raw" : "schema";
    }

    /// The field of our events that a Sigma rule means.
    FieldReference field(String name, SigmaLogsource logsource) {
        if (raw) {
            return extra(name);
        }
        // A rule about Windows or a cloud speaks its source's own names, which a normalizer has left in Extra.
        FieldReference special = fields.get(logsource.product() + "/" + name);
        FieldReference general = special == null ? fields.get(name) : special;
        return general == null ? extra(name) : general;
    }

    /// The values that an organisation has given a placeholder, none when it has not.
    List<String> placeholder(String name) {
        return placeholders.getOrDefault(name, List.of());
    }

    /// What an event must say of itself to come from a log source. Raw events are taken when they say
    /// nothing; normalized events must say it.
    Filter logsource(SigmaLogsource logsource) {
        boolean isWindows = logsource.product().equals("windows")
                || (logsource.product().isEmpty()
                        && logsource.service().isEmpty()
                        && categories.containsKey(logsource.category()));
        if (isWindows) {
            return windows(logsource);
        }
        if (raw) {
            // An event with a Windows event log is not from elsewhere.
            return Filter.not(Filter.all(List.of(present(CHANNEL), present(EVENT_ID))));
        }
        List<Filter> parts = new ArrayList<>();
        for (String part : List.of(logsource.product(), logsource.service(), logsource.category())) {
            if (!part.isEmpty()) {
                Filter known = sources.get(part);
                parts.add(known == null ? claims(part) : known);
            }
        }
        return parts.isEmpty() ? Filter.TRUE : Filter.all(parts);
    }

    private Filter windows(SigmaLogsource logsource) {
        List<WindowsEvents> wanted = new ArrayList<>(categories.getOrDefault(logsource.category(), List.of()));
        List<String> service = channels.get(logsource.service());
        if (service != null) {
            wanted.add(new WindowsEvents(service, List.of()));
        }
        if (wanted.isEmpty()) {
            return raw ? Filter.TRUE : present(EVENT_ID);
        }
        List<Filter> alternatives = new ArrayList<>();
        List<String> allIds = new ArrayList<>();
        boolean anyId = false;
        for (WindowsEvents events : wanted) {
            Filter channel = same(CHANNEL, events.channels());
            anyId |= events.eventIds().isEmpty();
            allIds.addAll(events.eventIds());
            alternatives.add(
                    events.eventIds().isEmpty()
                            ? channel
                            : Filter.all(List.of(channel, same(EVENT_ID, events.eventIds()))));
        }
        if (raw) {
            List<Filter> silent = new ArrayList<>();
            silent.add(Filter.not(present(CHANNEL)));
            if (!anyId) {
                silent.add(Filter.any(List.of(Filter.not(present(EVENT_ID)), same(EVENT_ID, allIds))));
            }
            alternatives.add(Filter.all(silent));
        }
        return Filter.any(alternatives);
    }

    /// An event that says nothing known is believed when its product, vendor or category is called so.
    private static Filter claims(String part) {
        List<Filter> places = new ArrayList<>();
        for (Field field : List.of(Field.DEVICE_PRODUCT, Field.DEVICE_VENDOR, Field.DEVICE_EVENT_CATEGORY)) {
            places.add(new Filter.Test(FieldReference.of(field), new Match.Same(part, true)));
        }
        return Filter.any(places);
    }

    private static Filter source(ConfigNode.Mapping mapping) {
        List<Filter> parts = new ArrayList<>();
        for (ConfigNode.Entry entry : mapping.entries()) {
            FieldReference field = FieldReference.byName(entry.name());
            if (field == null) {
                throw new IllegalStateException(
                        "BUG: the shipped taxonomy names an unknown field [" + entry.name() + "]");
            }
            parts.add(same(field, texts(entry.value())));
        }
        // Several fields are several ways to say it.
        return Filter.any(parts);
    }

    private static Filter present(FieldReference field) {
        return new Filter.Test(field, new Match.Present());
    }

    private static Filter same(FieldReference field, List<String> values) {
        return Filter.any(values.stream()
                .map(value -> (Filter) new Filter.Test(field, new Match.Same(value, true)))
                .toList());
    }

    private static FieldReference extra(String name) {
        String key = name.length() > FieldReference.MAXIMUM_KEY_LENGTH
                ? name.substring(0, FieldReference.MAXIMUM_KEY_LENGTH)
                : name;
        return FieldReference.of(DynamicKind.EXTRA, key);
    }

    private static ConfigNode.Mapping table() {
        try (InputStream in = SigmaTaxonomy.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("BUG: the shipped taxonomy is missing");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Problems problems = new Problems();
            ConfigNode node = YamlReader.read(RESOURCE, text, problems);
            problems.throwIfAny();
            if (node instanceof ConfigNode.Mapping mapping) {
                return mapping;
            }
            throw new IllegalStateException("BUG: the shipped taxonomy is no mapping");
        } catch (IOException e) {
            throw new UncheckedIOException("shipped taxonomy cannot be read", e);
        }
    }

    private static ConfigNode.Mapping mapping(ConfigNode.Mapping table, String name) {
        if (table.get(name) instanceof ConfigNode.Mapping mapping) {
            return mapping;
        }
        throw new IllegalStateException("BUG: the shipped taxonomy has no mapping of this name [" + name + "]");
    }

    private static List<String> texts(ConfigNode.Mapping mapping, String name) {
        ConfigNode node = mapping.get(name);
        return node == null ? List.of() : texts(node);
    }

    private static List<String> texts(ConfigNode node) {
        return switch (node) {
            case ConfigNode.Scalar scalar -> List.of(scalar.text());
            case ConfigNode.Sequence list ->
                list.items().stream()
                        .map(item -> ((ConfigNode.Scalar) item).text())
                        .toList();
            case ConfigNode.Mapping _ -> List.of();
        };
    }
}
