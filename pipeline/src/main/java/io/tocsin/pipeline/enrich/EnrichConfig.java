package io.tocsin.pipeline.enrich;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.pipeline.enrich.indicator.IndicatorConfig;
import io.tocsin.pipeline.reference.DictionaryConfig;
import io.tocsin.pipeline.stage.StageConfig;
import io.tocsin.pipeline.stage.StagePlan;
import io.tocsin.pipeline.stage.StageResources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The stage `enrich` as it is written: a list of enrichments, each in place or the name of a shared one (`kind:
/// enrichment`).
///
/// @param rules the enrichments in the order in which they run
public record EnrichConfig(String name, List<Rule> rules, Duration timeLimit, Duration refresh) implements StageConfig {
    /// The id of the stage.
    public static final String TYPE = "enrich";
    /// What `kind` of a shared enrichment says.
    public static final String KIND = "enrichment";

    /// The kinds of resources that enrichments name.
    public static final List<String> RESOURCE_KINDS =
            List.of(DictionaryConfig.DICTIONARY_KIND, KIND, IndicatorConfig.KIND, DictionaryConfig.TABLE_KIND);

    private static final ValueType<Enrichment> ENRICHMENT = ValueTypes.component(Enrichments.ALL);

    /// One item of the list.
    ///
    /// @param enrichment what stands in place, or null
    /// @param use name of a shared one, or null
    public record Rule(
            @Nullable Enrichment enrichment, @Nullable String use, Position position) {}

    private static final ValueType<Rule> RULE =
            ValueType.of("enrichment, or name of a shared one", ENRICHMENT.schema(), EnrichConfig::rule, rule -> "");

    /// The kind of stage.
    public static final ComponentSpec<EnrichConfig> SPEC = ComponentSpec.of(
            TYPE, "Adds to events what dictionaries, databases, servers and threat lists know.", EnrichConfig::keys);

    public EnrichConfig {
        rules = List.copyOf(rules);
    }

    private static Function<Values, EnrichConfig> keys(ConfigSpec.Builder keys) {
        var name = keys.text("name", "What the stage is called in figures.").defaultTo(TYPE);
        var rules = keys.list("rules", "Enrichments in the order in which they run.", RULE)
                .required();
        var timeLimit = keys.duration(
                        "timeLimit",
                        "How long the events of a batch wait for name servers and directories, all together; then they go on without.",
                        Duration.ZERO,
                        Duration.ofSeconds(30))
                .defaultTo(Duration.ofMillis(500));
        var refresh = keys.duration(
                        "refresh",
                        "How often files are looked at for changes.",
                        Duration.ofMillis(10),
                        Duration.ofHours(1))
                .defaultTo(Duration.ofSeconds(5));
        return values ->
                new EnrichConfig(values.get(name), values.get(rules), values.get(timeLimit), values.get(refresh));
    }

    private static @Nullable Rule rule(String key, ConfigNode node, Problems problems) {
        if (node instanceof ConfigNode.Scalar scalar) {
            return new Rule(null, scalar.text(), node.position());
        }
        Enrichment enrichment = ENRICHMENT.read(key, node, problems);
        return enrichment == null ? null : new Rule(enrichment, null, node.position());
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public @Nullable StagePlan plan(StageResources resources, Position position, Problems problems) {
        int before = problems.count();
        List<Enrichment> resolved = new ArrayList<>();
        for (Rule rule : rules) {
            String use = rule.use();
            Enrichment written = use == null ? rule.enrichment() : shared(use, rule.position(), resources, problems);
            Enrichment enrichment = written == null ? null : written.resolve(resources, rule.position(), problems);
            if (enrichment != null) {
                resolved.add(enrichment);
            }
        }
        return problems.count() > before ? null : new EnrichPlan(name, resolved, timeLimit, refresh);
    }

    private static @Nullable Enrichment shared(
            String name, Position position, StageResources resources, Problems problems) {
        ConfigNode document = resources.find(KIND, name);
        if (document == null) {
            problems.add(
                    position,
                    "no such enrichment [enrichment=" + name + "]" + Suggestions.hint(name, resources.names(KIND)));
            return null;
        }
        return shared(document, problems);
    }

    /// Reads a resource of kind `enrichment`; null after all problems were added.
    public static @Nullable Enrichment shared(ConfigNode document, Problems problems) {
        ConfigNode spec = document instanceof ConfigNode.Mapping mapping ? mapping.get("spec") : null;
        if (!(document instanceof ConfigNode.Mapping mapping) || spec == null) {
            problems.add(document.position(), "an enrichment is a mapping with kind, name and spec");
            return null;
        }
        Enrichment enrichment = ENRICHMENT.read("spec", spec, problems);
        String name = mapping.text("name");
        return enrichment == null || name == null
                ? enrichment
                : enrichment.named(enrichment.head().named(name));
    }

    /// Checks a resource of one of the [#RESOURCE_KINDS], whether somebody uses it or not.
    public static void check(ConfigNode.Mapping document, Problems problems) {
        String kind = String.valueOf(document.text("kind"));
        ConfigNode spec = document.get("spec");
        if (kind.equals(KIND)) {
            shared(document, problems);
        } else if (spec == null) {
            problems.add(document.position(), "key is missing [key=spec]");
        } else if (kind.equals(IndicatorConfig.KIND)) {
            IndicatorConfig.SPEC.read(spec, problems);
        } else {
            DictionaryConfig.read(kind, spec, problems);
        }
    }
}
