package io.tocsin.pipeline.aggregate;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueType;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.stage.StageConfig;
import io.tocsin.pipeline.stage.StagePlan;
import io.tocsin.pipeline.stage.StageResources;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A rule of aggregation as it is written.
///
/// @param plan the rule; nothing in it has to be looked up
public record AggregateConfig(AggregatePlan plan) implements StageConfig {
    /// The id of the kind of stage.
    public static final String KIND = "aggregate";

    private static final ValueType<FieldReference> FIELD = ValueType.of(
            "field", ConfigNode.mapping().put("type", "string").build(), AggregateConfig::field, FieldReference::name);

    /// The kind of stage.
    public static final ComponentSpec<AggregateConfig> SPEC =
            ComponentSpec.of(KIND, "Folds events that are alike into one with their number.", keys -> {
                var name = keys.text("name", "Name of the rule; the aggregates carry it as AggregationRuleName.")
                        .defaultTo(KIND);
                var where = keys.key("where", "Which events take part; all of them without it.", Condition.TYPE)
                        .example("DeviceAction = 'allow'")
                        .optional();
                var threshold = keys.integer("threshold", "Events after which an aggregate goes on.", 1, 1_000_000)
                        .defaultTo(100);
                var lifetime = keys.duration(
                                "lifetime",
                                "Time after the first event at which an aggregate goes on, whatever it holds.",
                                Duration.ofMillis(100),
                                Duration.ofDays(1))
                        .defaultTo(Duration.ofSeconds(60));
                var identical = keys.list(
                                "identical", "Fields whose values events must share; the aggregate has them.", FIELD)
                        .example("SourceAddress, DestinationAddress")
                        .required();
                var unique = keys.list("unique", "Fields of which the aggregate holds all distinct values.", FIELD)
                        .defaultTo(List.of());
                var sum = keys.list(
                                "sum",
                                "Fields that are added up: numbers by value, texts one behind the other with commas.",
                                FIELD)
                        .defaultTo(List.of());
                var groups = keys.integer(
                                "maxOpen",
                                "Aggregates open at one time; beyond it the oldest goes on early.",
                                1,
                                10_000_000)
                        .defaultTo(100_000);
                return values -> {
                    AggregatePlan plan = new AggregatePlan(
                            values.get(name),
                            values.get(where),
                            values.get(threshold),
                            values.get(lifetime),
                            values.get(identical),
                            values.get(unique),
                            values.get(sum),
                            values.get(groups));
                    Set<String> seen = new HashSet<>();
                    plan.fields().forEach(field -> {
                        if (!seen.add(field.name())) {
                            throw new IllegalArgumentException(
                                    "a field is identical, unique or summed, only one of them" + " [field="
                                            + field.name() + "]");
                        }
                    });
                    if (values.get(identical).isEmpty()) {
                        throw new IllegalArgumentException("an aggregate needs at least one field in identical");
                    }
                    return new AggregateConfig(plan);
                };
            });

    private static @Nullable FieldReference field(String name, ConfigNode node, Problems problems) {
        if (!(node instanceof ConfigNode.Scalar scalar)) {
            problems.add(node.position(), "the name of a field is expected [key=" + name + "]");
            return null;
        }
        FieldReference found = FieldReference.byName(scalar.text());
        if (found == null || found instanceof FieldReference.AnyField) {
            problems.add(
                    node.position(),
                    "no such field [field=" + scalar.text() + "]" + FieldReference.hint(scalar.text()));
            return null;
        }
        if (found instanceof FieldReference.Fixed fixed && !AggregatePlan.isWritable(fixed.field())) {
            problems.add(
                    node.position(),
                    "the field is filled by the product itself and cannot be aggregated [field=" + scalar.text() + "]");
            return null;
        }
        return found;
    }

    @Override
    public String type() {
        return KIND;
    }

    @Override
    public StagePlan plan(StageResources resources, Position position, Problems problems) {
        return plan;
    }
}
