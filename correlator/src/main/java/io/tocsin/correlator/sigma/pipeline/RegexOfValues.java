package io.tocsin.correlator.sigma.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `regex`: in query languages that heed case it writes texts as expressions. Here texts are compared without regard to
/// case anyway, so that two of its three methods change nothing; `plain` makes the line heed case.
record RegexOfValues(String method) implements LineTransformation {
    private static final List<String> METHODS = List.of("plain", "ignore_case_flag", "ignore_case_brackets");

    static RegexOfValues read(Settings settings) {
        return new RegexOfValues(settings.word("method", "ignore_case_brackets", METHODS));
    }

    @Override
    public @Nullable Selection changed(DetectionItem line, RuleDraft draft) {
        if (!method.equals("plain") || !line.isTextual() || line.has("cased")) {
            return null;
        }
        List<String> modifiers = new ArrayList<>(line.modifiers());
        modifiers.add("cased");
        return line.with(modifiers, line.value());
    }
}
