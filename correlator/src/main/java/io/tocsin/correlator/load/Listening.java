package io.tocsin.correlator.load;

import io.tocsin.event.Field;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import io.tocsin.expression.Operator;
import java.util.Set;

/// Tells which rules ask for what the correlator itself says: correlation events (`Type` 3) and notices (`Type` 5).
final class Listening {
    private static final Set<FieldReference> FIELDS =
            Set.of(FieldReference.of(Field.CORRELATION_RULE_ID), FieldReference.of(Field.CORRELATION_RULE_NAME));
    private static final FieldReference TYPE = FieldReference.of(Field.TYPE);

    private Listening() {}

    /// True when the condition speaks of the rule that made an event, or of its type as 3 or 5.
    static boolean isIn(Condition condition) {
        return switch (condition) {
            case Condition.And and -> and.parts().stream().anyMatch(Listening::isIn);
            case Condition.Or or -> or.parts().stream().anyMatch(Listening::isIn);
            case Condition.Not _ -> false;
            case Condition.Relation relation -> FIELDS.contains(relation.left()) || FIELDS.contains(relation.right());
            case Condition.Test test ->
                FIELDS.contains(test.field())
                        || (test.field().equals(TYPE)
                                && test.operator() == Operator.EQUAL
                                && (test.values().contains("3") || test.values().contains("5")));
        };
    }
}
