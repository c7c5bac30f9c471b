package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// `case`: texts in small or large letters, or as `snake_case`.
record CaseOfValues(String method) implements ValueTransformation {
    private static final List<String> METHODS = List.of("lower", "upper", "snake_case");

    static CaseOfValues read(Settings settings) {
        return new CaseOfValues(settings.word("method", "lower", METHODS));
    }

    @Override
    public @Nullable List<ValueText> texts(
            ConfigNode.Scalar written, ValueText text, DetectionItem line, RuleDraft draft) {
        if (!DetectionItem.isText(written)) {
            return null;
        }
        return List.of(text.literals(
                part -> switch (method) {
                    case "upper" -> part.toUpperCase(Locale.ROOT);
                    case "snake_case" -> snake(part);
                    default -> part.toLowerCase(Locale.ROOT);
                },
                false));
    }

    /// A line below before each large letter that begins a word, and all letters small.
    private static String snake(String text) {
        StringBuilder snake = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean begins = i > 0
                    && Character.isUpperCase(c)
                    && (Character.isLowerCase(text.charAt(i - 1))
                            || Character.isDigit(text.charAt(i - 1))
                            || (Character.isUpperCase(text.charAt(i - 1))
                                    && i + 1 < text.length()
                                    && Character.isLowerCase(text.charAt(i + 1))));
            if (begins) {
                snake.append('_');
            }
            snake.append(Character.toLowerCase(c));
        }
        return snake.toString();
    }
}
