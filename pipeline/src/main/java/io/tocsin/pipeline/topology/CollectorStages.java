package io.tocsin.pipeline.topology;

import io.tocsin.pipeline.stage.OpenStage;
import io.tocsin.pipeline.stage.Stage;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.stage.StageMeter;
import io.tocsin.pipeline.stage.StagePlan;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The stages of one collector: opened once, made anew for each lane.
///
/// Thread-safety: any thread.
final class CollectorStages implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(CollectorStages.class.getName());

    private record Opened(StageMeter meter, OpenStage stage) {}

    /// The stages of a lane.
    ///
    /// @param quick those that never wait
    /// @param slow the first one that may wait, and all behind it
    record Chains(StageChain quick, StageChain slow) {}

    private final List<Opened> opened = new ArrayList<>();

    private CollectorStages() {}

    /// Opens all stages; those that were opened are closed again when one fails.
    static CollectorStages open(List<StagePlan> plans, StageContext context) {
        CollectorStages stages = new CollectorStages();
        Set<String> names = new HashSet<>();
        boolean done = false;
        try {
            for (StagePlan plan : plans) {
                String name = plan.name();
                for (int number = 2; !names.add(name); number++) {
                    name = plan.name() + "-" + number;
                }
                stages.opened.add(new Opened(new StageMeter(name, plan.type()), plan.open(context)));
            }
            done = true;
            return stages;
        } finally {
            if (!done) {
                stages.close();
            }
        }
    }

    /// Makes the stages of one lane.
    Chains create() {
        List<StageChain.Step> quick = new ArrayList<>();
        List<StageChain.Step> slow = new ArrayList<>();
        for (Opened one : opened) {
            Stage stage = one.stage().create();
            (slow.isEmpty() && !stage.mayWait() ? quick : slow).add(new StageChain.Step(stage, one.meter()));
        }
        return new Chains(new StageChain(quick), new StageChain(slow));
    }

    /// What the stages count, in their order.
    List<StageMeter.Figures> figures() {
        return opened.stream()
                .map(one -> one.meter().figures(one.stage().counts()))
                .toList();
    }

    @Override
    public void close() {
        for (Opened one : opened) {
            try {
                one.stage().close();
            } catch (RuntimeException e) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "stage did not close [stage=" + one.meter().name() + "]",
                        e);
            }
        }
    }
}
