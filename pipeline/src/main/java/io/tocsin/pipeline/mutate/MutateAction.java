package io.tocsin.pipeline.mutate;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.ValueTypes;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.enrich.FieldInput;
import io.tocsin.pipeline.enrich.FieldOutput;
import io.tocsin.pipeline.normalizer.Conversion;
import io.tocsin.pipeline.normalizer.Conversions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One item of the list of changes. When it says several things, they are done in the order of the components here.
///
/// @param when events that it is for; null: all
/// @param set field and text; an empty text clears the field
/// @param copy field to fill, and the field that it is copied from
/// @param rename new name, and the field that loses its value to it
/// @param convert field, and what is done to its text
/// @param remove fields that are taken away
public record MutateAction(
        @Nullable Condition when,
        Map<FieldReference, String> set,
        Map<FieldReference, FieldReference> copy,
        Map<FieldReference, FieldReference> rename,
        Map<FieldReference, List<Conversion>> convert,
        List<FieldReference> remove) {
    static final ConfigSpec<MutateAction> SPEC = ConfigSpec.of("action", "One change of an event.", keys -> {
        var when = keys.key("when", "Events that it is for; all of them without it.", Condition.TYPE)
                .optional();
        var set = keys.key(
                        "set", "Field and text; an empty text clears the field.", FieldOutput.mapping(ValueTypes.TEXT))
                .defaultTo(Map.of());
        var copy = keys.key("copy", "Field to fill and field to copy.", FieldOutput.mapping(FieldInput.TYPE))
                .example("{ DestinationUserName: SourceUserName }")
                .defaultTo(Map.of());
        var rename = keys.key(
                        "rename",
                        "New field and old field, which is empty then.",
                        FieldOutput.mapping(FieldOutput.TYPE))
                .example("{ S.ticket: Extra.ticket_no }")
                .defaultTo(Map.of());
        var convert = keys.key("convert", "Field and what to do to its text.", FieldOutput.mapping(Conversions.LIST))
                .example("{ SourceHostName: lower }")
                .defaultTo(Map.of());
        var remove =
                keys.list("remove", "Fields to take away.", FieldOutput.TYPE).defaultTo(List.of());
        return values -> {
            MutateAction action = new MutateAction(
                    values.get(when),
                    values.get(set),
                    values.get(copy),
                    values.get(rename),
                    values.get(convert),
                    values.get(remove));
            if (action.isEmpty()) {
                throw new IllegalArgumentException("one of set, copy, rename, convert, remove is expected");
            }
            return action;
        };
    });

    public MutateAction {
        remove = List.copyOf(remove);
    }

    private boolean isEmpty() {
        return set.isEmpty() && copy.isEmpty() && rename.isEmpty() && convert.isEmpty() && remove.isEmpty();
    }
}
