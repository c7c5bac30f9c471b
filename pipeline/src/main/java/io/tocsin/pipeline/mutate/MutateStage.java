package io.tocsin.pipeline.mutate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.expression.CompiledCondition;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.enrich.FieldInput;
import io.tocsin.pipeline.enrich.FieldOutput;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Changes the fields of the events of one lane.
///
/// Thread-safety: one thread at a time, as its conditions.
final class MutateStage implements Stage {
    /// A change made ready.
    private record Action(@Nullable CompiledCondition when, List<Change> changes) {}

    /// One change of one field.
    private sealed interface Change {
        final class Set implements Change {
            private final FieldOutput output;
            private final byte[] text;

            Set(FieldOutput output, String text) {
                this.output = output;
                this.text = text.getBytes(UTF_8);
            }
        }

        record Copy(FieldCopy copy) implements Change {}

        record Rename(FieldCopy copy, FieldOutput old) implements Change {}

        record Convert(FieldInput input, FieldOutput output) implements Change {}

        record Remove(FieldOutput output) implements Change {}
    }

    private final List<Action> actions = new ArrayList<>();

    MutateStage(List<MutateAction> written) {
        for (MutateAction action : written) {
            List<Change> changes = new ArrayList<>();
            action.set().forEach((field, text) -> changes.add(new Change.Set(output(field), text)));
            action.copy().forEach((to, from) -> changes.add(new Change.Copy(new FieldCopy(from, to))));
            action.rename()
                    .forEach((to, from) -> changes.add(new Change.Rename(new FieldCopy(from, to), output(from))));
            action.convert()
                    .forEach((field, conversions) ->
                            changes.add(new Change.Convert(new FieldInput(field, conversions), output(field))));
            action.remove().forEach(field -> changes.add(new Change.Remove(output(field))));
            actions.add(new Action(action.when() == null ? null : action.when().compile(), List.copyOf(changes)));
        }
    }

    private static FieldOutput output(FieldReference field) {
        return new FieldOutput(field, true);
    }

    @Override
    public Outcome process(OpenEvent event) {
        for (int i = 0; i < actions.size(); i++) {
            Action action = actions.get(i);
            if (action.when == null || action.when.test(event.read())) {
                for (int j = 0; j < action.changes.size(); j++) {
                    change(event, action.changes.get(j));
                }
            }
        }
        return Outcome.PASS;
    }

    private static void change(OpenEvent event, Change change) {
        switch (change) {
            case Change.Set set -> set.output.text(event, set.text, 0, set.text.length);
            case Change.Copy(FieldCopy copy) -> copy.copy(event);
            case Change.Rename(FieldCopy copy, FieldOutput old) -> {
                if (copy.copy(event)) {
                    old.clear(event);
                }
            }
            case Change.Convert(FieldInput input, FieldOutput output) -> {
                if (input.read(event)) {
                    output.text(event, input.bytes(), input.offset(), input.length());
                } else if (input.isDropped()) {
                    output.clear(event);
                }
            }
            case Change.Remove(FieldOutput output) -> output.clear(event);
        }
    }
}
