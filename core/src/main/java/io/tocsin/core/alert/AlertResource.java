package io.tocsin.core.alert;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The outside of a resource that this package reads: its kind, its name, nothing else beside `spec`.
final class AlertResource {
    private static final Set<String> KEYS = Set.of("kind", "name", "spec");
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,127}");

    private AlertResource() {}

    /// The name; null after all that is wrong was added.
    static @Nullable String name(ConfigNode.Mapping document, Problems problems) {
        for (ConfigNode.Entry entry : document.entries()) {
            if (!KEYS.contains(entry.name())) {
                problems.add(
                        entry.position(),
                        "unknown key [key=" + entry.name() + "]" + Suggestions.hint(entry.name(), KEYS));
            }
        }
        String name = document.text("name");
        if (name == null || !NAME.matcher(name).matches()) {
            problems.add(
                    document.position(),
                    "a name has small letters, digits, '.', '_' and '-', at most 128 [name=" + name + "]");
            return null;
        }
        if (document.get("spec") == null) {
            problems.add(document.position(), "key is missing [key=spec]");
            return null;
        }
        return name;
    }
}
