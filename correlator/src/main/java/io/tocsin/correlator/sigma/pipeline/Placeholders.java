package io.tocsin.correlator.sigma.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which placeholders a transformation fills: those included, or all but those excluded, or all. Immutable.
///
/// @param include null when all are
/// @param exclude null when none is
record Placeholders(
        @Nullable List<String> include, @Nullable List<String> exclude) {
    private static final Pattern PLACEHOLDER = Pattern.compile("%([^%\\s]+)%");

    static Placeholders read(Settings settings) {
        List<String> include = settings.textsOrNull("include");
        List<String> exclude = settings.textsOrNull("exclude");
        if (include != null && exclude != null) {
            settings.refuse("placeholders are either included or excluded [keys=include, exclude]");
        }
        return new Placeholders(include, exclude);
    }

    private boolean areFilled(String name) {
        return (include == null || include.contains(name)) && (exclude == null || !exclude.contains(name));
    }

    /// Names of the placeholders in a text that are to be filled, each once.
    List<String> in(String text) {
        List<String> names = new ArrayList<>();
        Matcher matcher = PLACEHOLDER.matcher(text);
        while (matcher.find()) {
            if (areFilled(matcher.group(1)) && !names.contains(matcher.group(1))) {
                names.add(matcher.group(1));
            }
        }
        return names;
    }
}
