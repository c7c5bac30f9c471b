package io.tocsin.pipeline.topology;

import io.tocsin.pipeline.aggregate.AggregatePlan;
import io.tocsin.pipeline.aggregate.Aggregator;
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

    private record Opened(StageMeter meter, OpenStage stage, boolean isAggregator) {}

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
        Set<String> names = new HashSet<>(FixedStages.NAMES);
        boolean done = false;
        try {
            for (StagePlan plan : plans) {
                String name = plan.name();
                for (int number = 2; !names.add(name); number++) {
                    name = plan.name() + "-" + number;
                }
                stages.opened.add(new Opened(
                        new StageMeter(name, plan.type()), plan.open(context), plan instanceof AggregatePlan));
            }
            done = true;
            return stages;
        } finally {
            if (!done) {
                stages.close();
            }
        }
    }

    /// The stages of a second pass.
    ///
    /// @param slow stages behind the last aggregator, from the first one on that may wait
    record HeldStages(List<HeldSteps.Segment> segments, StageChain slow) {}

    /// Makes the stages of one lane.
    ///
    /// @param end those before this one
    Chains create(int end) {
        List<StageChain.Step> quick = new ArrayList<>();
        List<StageChain.Step> slow = new ArrayList<>();
        for (Opened one : opened.subList(0, end)) {
            Stage stage = one.stage().create();
            (slow.isEmpty() && !stage.mayWait() ? quick : slow).add(new StageChain.Step(stage, one.meter()));
        }
        return new Chains(new StageChain(quick), new StageChain(slow));
    }

    /// Makes the stages of the second pass: those of one thread that stand between aggregators, and behind the last one
    /// those that are quick.
    ///
    /// @param first the first stage of the second pass
    HeldStages createHeld(int first) {
        List<HeldSteps.Segment> segments = new ArrayList<>();
        List<StageChain.Step> quick = new ArrayList<>();
        List<StageChain.Step> slow = new ArrayList<>();
        int lastAggregator = -1;
        for (int i = first; i < opened.size(); i++) {
            lastAggregator = opened.get(i).isAggregator() ? i : lastAggregator;
        }
        for (int i = first; i < opened.size(); i++) {
            Opened one = opened.get(i);
            Stage stage = one.stage().create();
            if (stage instanceof Aggregator aggregator) {
                segments.add(new HeldSteps.Segment(new StageChain(quick), aggregator, one.meter()));
                quick = new ArrayList<>();
            } else {
                boolean behind = i > lastAggregator && (!slow.isEmpty() || stage.mayWait());
                (behind ? slow : quick).add(new StageChain.Step(stage, one.meter()));
            }
        }
        segments.add(new HeldSteps.Segment(new StageChain(quick), null, null));
        return new HeldStages(segments, new StageChain(slow));
    }

    /// Where the first aggregator stands, or the number of stages.
    int firstAggregator() {
        for (int i = 0; i < opened.size(); i++) {
            if (opened.get(i).isAggregator()) {
                return i;
            }
        }
        return opened.size();
    }

    int count() {
        return opened.size();
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
