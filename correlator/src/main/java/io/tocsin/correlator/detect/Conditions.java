package io.tocsin.correlator.detect;

import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import java.util.function.Consumer;

/// What conditions speak of.
final class Conditions {
    private Conditions() {}

    static void fields(Condition condition, Consumer<FieldReference> into) {
        switch (condition) {
            case Condition.And and -> and.parts().forEach(part -> fields(part, into));
            case Condition.Or or -> or.parts().forEach(part -> fields(part, into));
            case Condition.Not not -> fields(not.part(), into);
            case Condition.Test test -> into.accept(test.field());
            case Condition.Relation relation -> {
                into.accept(relation.left());
                into.accept(relation.right());
            }
        }
    }
}
