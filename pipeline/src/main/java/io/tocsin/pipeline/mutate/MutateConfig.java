package io.tocsin.pipeline.mutate;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.pipeline.stage.OpenStage;
import io.tocsin.pipeline.stage.StageConfig;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.stage.StagePlan;
import io.tocsin.pipeline.stage.StageResources;
import java.util.List;
import java.util.function.Function;

/// The stage `mutate` as it is written: a list of changes that are made one after another.
public record MutateConfig(String name, List<MutateAction> actions) implements StageConfig, StagePlan {
    /// The id of the stage.
    public static final String TYPE = "mutate";

    /// The kind of stage.
    public static final ComponentSpec<MutateConfig> SPEC =
            ComponentSpec.of(TYPE, "Sets, copies, renames, converts and removes fields.", MutateConfig::keys);

    private static Function<Values, MutateConfig> keys(ConfigSpec.Builder keys) {
        var name = keys.text("name", "What the stage is called in figures.").defaultTo(TYPE);
        var actions = keys.list("actions", "What to do, in order.", ValueTypes.nested(MutateAction.SPEC))
                .required();
        return values -> new MutateConfig(values.get(name), values.get(actions));
    }

    public MutateConfig {
        actions = List.copyOf(actions);
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public StagePlan plan(StageResources resources, Position position, Problems problems) {
        return this;
    }

    @Override
    public OpenStage open(StageContext context) {
        return () -> new MutateStage(actions);
    }
}
