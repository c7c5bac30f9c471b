package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.config.YamlWriter;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.sigma.pipeline.Pipeline;
import io.tocsin.correlator.sigma.pipeline.Pipelines;
import io.tocsin.correlator.sigma.pipeline.SigmaLogsource;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Says where in our events the fields and log sources of Sigma are.
///
/// [#schema()] is for normalized events: known Sigma fields are fields of the schema, all others stand in `Extra`
/// under their own name. [#raw()] is for events whose keys are Sigma's own field names, all of them in `Extra`.
///
/// Thread-safety: immutable.
public final class SigmaTaxonomy {
    /// Those that are shipped, the later ones win.
    private static final List<String> SHIPPED =
            List.of("general.yaml", "windows.yaml", "linux.yaml", "zeek.yaml", "web.yaml", "cloud.yaml");

    private static final FieldReference CHANNEL = extra("Channel");
    private static final FieldReference EVENT_ID = extra("EventID");

    private final boolean raw;
    private final List<SigmaMapping> mappings;
    private final Pipelines pipelines;
    private final String identity;

    private SigmaTaxonomy(boolean raw, List<SigmaMapping> mappings, Pipelines pipelines, String identity) {
        this.raw = raw;
        this.mappings = List.copyOf(mappings);
        this.pipelines = pipelines;
        this.identity = identity;
    }

    /// For normalized events.
    public static SigmaTaxonomy schema() {
        return Shipped.SCHEMA;
    }

    /// For events whose keys are Sigma's field names.
    public static SigmaTaxonomy raw() {
        return Shipped.RAW;
    }

    /// True for a resource of kind `sigma-mapping`, and for a processing pipeline.
    public static boolean isMapping(ConfigNode document) {
        return SigmaMapping.isMapping(document) || Pipeline.isPipeline(document);
    }

    /// True for a processing pipeline.
    public static boolean isPipeline(ConfigNode document) {
        return Pipeline.isPipeline(document);
    }

    /// These mappings over those it has, what they say wins; and these pipelines beside those it has, in the order of
    /// their priorities. A pipeline of the same place is taken once.
    ///
    /// @param documents resources of kind `sigma-mapping`, and processing pipelines
    /// @param problems takes what is wrong with them; such a document is left out
    /// @param notes takes what of pipelines is passed over
    public SigmaTaxonomy with(List<ConfigNode> documents, Problems problems, Problems notes) {
        List<SigmaMapping> all = new ArrayList<>(mappings);
        Pipelines ordered = pipelines;
        StringBuilder known = new StringBuilder(identity);
        for (ConfigNode document : documents) {
            boolean read;
            if (Pipeline.isPipeline(document)) {
                if (ordered.holds(document)) {
                    continue;
                }
                Pipeline pipeline = Pipeline.read(document, problems, notes);
                ordered = pipeline == null ? ordered : ordered.with(pipeline);
                read = pipeline != null;
            } else {
                SigmaMapping mapping = SigmaMapping.read(document, problems);
                if (mapping != null) {
                    all.add(mapping);
                }
                read = mapping != null;
            }
            if (read) {
                known.append('\n').append(YamlWriter.write(document));
            }
        }
        return documents.isEmpty() ? this : new SigmaTaxonomy(raw, all, ordered, known.toString());
    }

    /// What works on rules before they are compiled.
    Pipelines pipelines() {
        return pipelines;
    }

    /// Differs when rules may mean something else.
    String identity() {
        return identity;
    }

    /// The fields of our events where the value of a Sigma field may stand.
    ///
    /// @param given true when a pipeline gave the name: then it may be that of one of our fields
    List<FieldReference> fields(String name, SigmaLogsource logsource, boolean given) {
        if (given) {
            FieldReference ours = FieldReference.byName(name);
            if (ours instanceof FieldReference.Dynamic || (ours != null && !raw)) {
                return List.of(ours);
            }
        }
        if (!raw) {
            // A mapping for certain rules is nearer than one for all of them.
            for (boolean special : new boolean[] {true, false}) {
                for (SigmaMapping mapping : mappings.reversed()) {
                    List<FieldReference> places = mapping.fields().get(name);
                    if (places != null
                            && !places.isEmpty()
                            && special != mapping.rules().isEmpty()
                            && mapping.isFor(logsource)) {
                        return places;
                    }
                }
            }
        }
        // A rule about Windows or a cloud speaks its source's own names, which a normalizer has left in Extra.
        return List.of(extra(name));
    }

    /// The names of fields that the mappings know.
    public Set<String> names() {
        Set<String> names = new HashSet<>();
        mappings.forEach(mapping -> names.addAll(mapping.fields().keySet()));
        return names;
    }

    /// The values that an organisation has given a placeholder, none when it has not.
    List<String> placeholder(String name) {
        return last(mapping -> mapping.placeholders().get(name), List.of());
    }

    private <T> T last(Function<SigmaMapping, @Nullable T> part, T otherwise) {
        for (SigmaMapping mapping : mappings.reversed()) {
            T found = part.apply(mapping);
            if (found != null) {
                return found;
            }
        }
        return otherwise;
    }

    private List<String> channels(String service) {
        return last(mapping -> mapping.channels().get(service), List.of());
    }

    private List<SigmaMapping.WindowsEvents> categories(String category) {
        return last(mapping -> mapping.categories().get(category), List.of());
    }

    /// What an event must say of itself to come from a log source. Raw events are taken when they say
    /// nothing; normalized events must say it.
    Filter logsource(SigmaLogsource logsource) {
        boolean isWindows = logsource.product().equals("windows")
                || (logsource.product().isEmpty()
                        && logsource.service().isEmpty()
                        && !categories(logsource.category()).isEmpty());
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
                Filter near = last(mapping -> mapping.sources().get(logsource.product() + "/" + part), Filter.FALSE);
                Filter known = near.equals(Filter.FALSE)
                        ? last(mapping -> mapping.sources().get(part), Filter.FALSE)
                        : near;
                parts.add(known.equals(Filter.FALSE) ? claims(part) : known);
            }
        }
        return parts.isEmpty() ? Filter.TRUE : Filter.all(parts);
    }

    private record WindowsEvents(List<String> channels, List<String> eventIds) {}

    private Filter windows(SigmaLogsource logsource) {
        List<WindowsEvents> wanted = new ArrayList<>();
        for (SigmaMapping.WindowsEvents events : categories(logsource.category())) {
            List<String> names = new ArrayList<>();
            events.services().forEach(service -> names.addAll(channels(service)));
            wanted.add(new WindowsEvents(names, events.eventIds()));
        }
        List<String> service = channels(logsource.service());
        if (!service.isEmpty()) {
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

    /// Read when they are needed first, and once.
    private static final class Shipped {
        private static final List<SigmaMapping> MAPPINGS = shipped();
        private static final SigmaTaxonomy SCHEMA = new SigmaTaxonomy(false, MAPPINGS, Pipelines.NONE, "schema");
        private static final SigmaTaxonomy RAW = new SigmaTaxonomy(true, MAPPINGS, Pipelines.NONE, "raw");
    }

    private static List<SigmaMapping> shipped() {
        List<SigmaMapping> mappings = new ArrayList<>();
        for (String name : SHIPPED) {
            try (InputStream in = SigmaTaxonomy.class.getResourceAsStream("mappings/" + name)) {
                if (in == null) {
                    throw new IllegalStateException("BUG: a shipped mapping is missing [name=" + name + "]");
                }
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                Problems problems = new Problems();
                for (ConfigNode document : YamlReader.readAll(name, text, problems)) {
                    SigmaMapping mapping = SigmaMapping.read(document, problems);
                    if (mapping != null) {
                        mappings.add(mapping);
                    }
                }
                problems.throwIfAny();
            } catch (IOException e) {
                throw new UncheckedIOException("shipped mapping cannot be read", e);
            }
        }
        return mappings;
    }
}
