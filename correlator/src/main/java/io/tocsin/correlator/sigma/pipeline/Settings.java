package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.error.TocsinException;
import io.tocsin.expression.BoundedRegex;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The keys of one mapping of a pipeline. Whoever reads them says so by asking; [#refuseOthers()] refuses the rest.
///
/// Thread-safety: one thread.
final class Settings {
    private final ConfigNode.Mapping mapping;
    private final Problems problems;
    private final Set<String> asked = new LinkedHashSet<>();

    Settings(ConfigNode.Mapping mapping, Problems problems) {
        this.mapping = mapping;
        this.problems = problems;
    }

    Position position() {
        return mapping.position();
    }

    Problems problems() {
        return problems;
    }

    void refuse(String message) {
        problems.add(mapping.position(), message);
    }

    /// The node as it stands there, `null` values too; null without one.
    @Nullable
    ConfigNode written(String name) {
        asked.add(name);
        for (ConfigNode.Entry entry : mapping.entries()) {
            if (entry.name().equals(name)) {
                return entry.value();
            }
        }
        return null;
    }

    @Nullable
    ConfigNode node(String name) {
        asked.add(name);
        return mapping.get(name);
    }

    /// A value that must be there; empty after the problem was added.
    String text(String name) {
        return scalar(name).text();
    }

    ConfigNode.Scalar scalar(String name) {
        ConfigNode node = node(name);
        if (node instanceof ConfigNode.Scalar scalar) {
            return scalar;
        }
        problems.add(
                node == null ? position() : node.position(),
                node == null
                        ? "value is missing [key=" + name + "]"
                        : "a value is expected, found a " + node.shape() + " [key=" + name + "]");
        return ConfigNode.text("");
    }

    String text(String name, String otherwise) {
        return node(name) == null ? otherwise : text(name);
    }

    /// One of these words.
    String word(String name, String otherwise, List<String> known) {
        String word = text(name, otherwise);
        if (!known.contains(word)) {
            refuse("value is not known [" + name + "=" + word + "]" + Suggestions.hint(word, known) + ": use one of "
                    + String.join(", ", known));
        }
        return word;
    }

    boolean flag(String name) {
        String text = text(name, "false");
        if (!text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
            refuse("true or false is expected [" + name + "=" + text + "]");
        }
        return text.equalsIgnoreCase("true");
    }

    /// A list of texts, or one text, that must be there.
    List<String> texts(String name) {
        List<String> texts = texts(node(name));
        if (texts.isEmpty()) {
            refuse("values are missing [key=" + name + "]");
        }
        return texts;
    }

    /// The same, null without the key.
    @Nullable
    List<String> textsOrNull(String name) {
        return node(name) == null ? null : texts(name);
    }

    private List<String> texts(@Nullable ConfigNode node) {
        List<String> texts = new ArrayList<>();
        switch (node) {
            case null -> {}
            case ConfigNode.Scalar scalar -> texts.add(scalar.text());
            case ConfigNode.Sequence list -> {
                for (ConfigNode item : list.items()) {
                    if (item instanceof ConfigNode.Scalar scalar) {
                        texts.add(scalar.text());
                    } else {
                        problems.add(item.position(), "a value is expected, found a " + item.shape());
                    }
                }
            }
            case ConfigNode.Mapping wrong ->
                problems.add(wrong.position(), "a value or a list of values is expected, found a mapping");
        }
        return texts;
    }

    /// Names with one or more texts each.
    Map<String, List<String>> mapping(String name) {
        Map<String, List<String>> read = new LinkedHashMap<>();
        if (node(name) instanceof ConfigNode.Mapping said) {
            for (ConfigNode.Entry entry : said.entries()) {
                List<String> texts = texts(entry.value());
                if (texts.isEmpty()) {
                    problems.add(entry.position(), "nothing to put in its place [name=" + entry.name() + "]");
                }
                read.put(entry.name(), texts);
            }
        }
        if (read.isEmpty()) {
            refuse("a mapping of names is expected [key=" + name + "]");
        }
        return read;
    }

    /// A regular expression, or one that fits nothing after the problem was added.
    ///
    /// @param before put before the expression, such as an anchor
    BoundedRegex regex(String expression, String before, String after) {
        try {
            return BoundedRegex.compile(before + expression + after, false);
        } catch (TocsinException invalid) {
            refuse(String.valueOf(invalid.getMessage()));
            return BoundedRegex.compile("", false);
        }
    }

    /// Refuses keys that nobody asked for.
    void refuseOthers() {
        for (ConfigNode.Entry entry : mapping.entries()) {
            if (!asked.contains(entry.name())) {
                problems.add(
                        entry.position(),
                        "key is not known [key=" + entry.name() + "]" + Suggestions.hint(entry.name(), asked));
            }
        }
    }
}
