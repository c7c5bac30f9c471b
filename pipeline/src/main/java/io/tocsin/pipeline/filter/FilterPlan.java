package io.tocsin.pipeline.filter;

import io.tocsin.expression.Condition;
import io.tocsin.pipeline.stage.OpenStage;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.stage.StagePlan;

/// A filter that is ready to be made.
///
/// @param name that of the shared filter, else `filter`
/// @param mode what happens to events that the condition fits
public record FilterPlan(String name, EventFilter.Mode mode, Condition condition) implements StagePlan {
    @Override
    public String type() {
        return FilterConfig.KIND;
    }

    @Override
    public OpenStage open(StageContext context) {
        return () -> new EventFilter(mode, condition.compile());
    }
}
