package io.tocsin.expression;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A condition on events as a tree; says which events are meant. Written as text (`docs/guides/conditions.md`) or
/// as a YAML tree; both forms and this tree turn into each other without loss. Immutable.
///
/// An empty field makes every [Test] and [Relation] false, whatever the operator, and so its [Not] true; the only
/// exception is `=` with an empty text among its values.
public sealed interface Condition {
    /// Deepest nesting.
    int MAXIMUM_DEPTH = 64;
    /// Longest text, in characters.
    int MAXIMUM_TEXT_LENGTH = 1 << 20;
    /// Most values of one [Test].
    int MAXIMUM_VALUES = 20_000;
    /// Longest value, in characters.
    int MAXIMUM_VALUE_LENGTH = 8_192;

    /// A condition as a value in configuration: its text, or its tree.
    ValueType<Condition> TYPE = ValueType.of(
            "condition",
            ConfigNode.mapping().put("x-type", "condition").build(),
            (name, node, problems) -> Condition.read(node, problems),
            Condition::text);

    /// All parts hold; true when there is none. Never has exactly one part.
    record And(List<Condition> parts) implements Condition {
        public And {
            parts = List.copyOf(parts);
            requireNotOne(parts);
        }
    }

    /// One of the parts holds; false when there is none. Never has exactly one part.
    record Or(List<Condition> parts) implements Condition {
        public Or {
            parts = List.copyOf(parts);
            requireNotOne(parts);
        }
    }

    record Not(Condition part) implements Condition {}

    /// A field compared with constants: holds when one of the values of the field fits one of the constants.
    ///
    /// @param values as they are written: texts, numbers in decimal, networks, regular expressions, bit numbers;
    /// none for `EXISTS`, exactly one for orders, else at least one
    record Test(FieldReference field, Operator operator, List<String> values, boolean ignoreCase) implements Condition {
        public Test {
            values = List.copyOf(values);
            int least = operator == Operator.EXISTS ? 0 : 1;
            int most = operator == Operator.EXISTS ? 0 : operator.takesList() ? MAXIMUM_VALUES : 1;
            if (values.size() < least || values.size() > most) {
                throw new IllegalArgumentException("wrong number of values [operator=" + operator.symbol() + ", values="
                        + values.size() + ", least=" + least + ", most=" + most + "]");
            }
            requireIgnoreCaseFits(operator, ignoreCase);
        }
    }

    /// A field compared with another field of the same event.
    record Relation(FieldReference left, Operator operator, FieldReference right, boolean ignoreCase)
            implements Condition {
        public Relation {
            if (!operator.takesField()) {
                throw new IllegalArgumentException(
                        "operator takes no field on its right [operator=" + operator.symbol() + "]");
            }
            requireIgnoreCaseFits(operator, ignoreCase);
        }
    }

    /// Holds for every event.
    static Condition always() {
        return new And(List.of());
    }

    /// Holds for no event.
    static Condition never() {
        return new Or(List.of());
    }

    /// All of these; one part stands for itself.
    static Condition and(List<? extends Condition> parts) {
        return parts.size() == 1 ? parts.getFirst() : new And(List.copyOf(parts));
    }

    /// One of these; one part stands for itself.
    static Condition or(List<? extends Condition> parts) {
        return parts.size() == 1 ? parts.getFirst() : new Or(List.copyOf(parts));
    }

    static Condition not(Condition part) {
        return new Not(part);
    }

    static Condition test(FieldReference field, Operator operator, String... values) {
        return new Test(field, operator, List.of(values), false);
    }

    static Condition exists(FieldReference field) {
        return new Test(field, Operator.EXISTS, List.of(), false);
    }

    /// Reads the text form.
    ///
    /// @throws InvalidConditionException with all problems
    static Condition parse(String text) {
        Problems problems = new Problems();
        Condition condition = parse("condition", text, problems);
        if (condition == null) {
            throw new InvalidConditionException(text, problems.list());
        }
        return condition;
    }

    /// Reads the text form; returns null after all problems were added. Their lines and columns count in the text.
    ///
    /// @param source name of the text in messages
    static @Nullable Condition parse(String source, String text, Problems problems) {
        return new ConditionParser(source, text, problems).parse();
    }

    /// Reads a condition from configuration: a text, or a tree of `and`, `or`, `not` and tests. Returns null after
    /// all problems were added.
    static @Nullable Condition read(ConfigNode node, Problems problems) {
        return new ConditionTree(problems).read(node);
    }

    /// The canonical text. Parsing it gives this condition again.
    default String text() {
        return ConditionPrinter.print(this);
    }

    /// The YAML tree. Reading it gives this condition again.
    default ConfigNode tree() {
        return ConditionTree.write(this);
    }

    /// Compiles the condition for one thread.
    ///
    /// @throws InvalidConditionException when a value does not fit its field or operator; cannot happen to a
    /// condition that was parsed or read
    default CompiledCondition compile() {
        return CompiledCondition.of(this);
    }

    /// All fields that the condition looks at, each once, in the order of their first appearance.
    default List<FieldReference> fields() {
        List<FieldReference> fields = new ArrayList<>();
        collectFields(this, fields);
        return fields.stream().distinct().toList();
    }

    private static void collectFields(Condition condition, List<FieldReference> fields) {
        switch (condition) {
            case And and -> and.parts.forEach(part -> collectFields(part, fields));
            case Or or -> or.parts.forEach(part -> collectFields(part, fields));
            case Not not -> collectFields(not.part, fields);
            case Test test -> fields.add(test.field);
            case Relation relation -> {
                fields.add(relation.left);
                fields.add(relation.right);
            }
        }
    }

    private static void requireNotOne(List<Condition> parts) {
        if (parts.size() == 1) {
            throw new IllegalArgumentException("a single part stands for itself: use Condition.and or Condition.or");
        }
    }

    private static void requireIgnoreCaseFits(Operator operator, boolean ignoreCase) {
        if (ignoreCase && !operator.takesIgnoreCase()) {
            throw new IllegalArgumentException("ignoreCase has no meaning here [operator=" + operator.symbol() + "]");
        }
    }
}
