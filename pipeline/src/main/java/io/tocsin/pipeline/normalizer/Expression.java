package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One of several expressions that are tried on a text: a text alone, or `match` with constants that hold when it
/// fits. Immutable.
///
/// @param <T> the compiled expression
record Expression<T>(T match, List<Constant> constants) {
    private record Written(String match, List<Constant> constants) {}

    private static final ConfigSpec<Written> SPEC =
            ConfigSpec.of("expression", "An expression with constants.", keys -> {
                var match = keys.text("match", "The expression.").required();
                var set = keys.key(
                                "set", "Fields and the values they get when the expression fits.", FieldNames.CONSTANTS)
                        .defaultTo(List.of());
                return values -> new Written(values.get(match), values.get(set));
            });

    Expression {
        constants = List.copyOf(constants);
    }

    /// Reads an expression.
    ///
    /// @param compile throws [IllegalArgumentException] when the text is none
    static <T> @Nullable Expression<T> read(
            String name, ConfigNode node, Function<String, T> compile, Problems problems) {
        Written written;
        switch (node) {
            case ConfigNode.Scalar scalar -> written = new Written(scalar.text(), List.of());
            case ConfigNode.Mapping mapping -> written = SPEC.read(mapping, problems);
            case ConfigNode.Sequence sequence -> {
                problems.add(sequence.position(), "an expression is expected, found a list [key=" + name + "]");
                return null;
            }
        }
        if (written == null) {
            return null;
        }
        try {
            return new Expression<>(compile.apply(written.match), written.constants);
        } catch (IllegalArgumentException e) {
            problems.add(node.position(), String.valueOf(e.getMessage()));
            return null;
        }
    }
}
